package trace

// A batch of messages is handled once, for many traces. The segment that handles
// it has links to the others; where the platform itself handles it, each of those
// has a segment that links onward.

// onward tells whether a link is to a segment that comes after this one.
func (l *Link) onward() bool { return l.Attributes["ReferenceType"] == "child" }

// linked is a link of a segment to another trace, from which its work came.
type linked struct {
	hop
	id string // of the segment in that trace
	to *node
	by *Segment
}

// hop is a segment that goes on from another trace.
type hop struct{ trace, segment, from string }

// addLinks takes note of a segment's links, and of those of what is in it.
func (g *Graph) addLinks(t *Trace, owner *Segment) {
	owner.walk(func(s *Segment) bool {
		for i := range s.Links {
			l := &s.Links[i]
			switch {
			case l.TraceID == t.ID:
			case l.onward():
				if g.told == nil {
					g.told = map[hop]bool{}
				}
				g.told[hop{l.TraceID, l.ID, t.ID}] = true
			default:
				g.links = append(g.links, linked{hop{t.ID, s.ID, l.TraceID}, l.ID, g.node(owner.service(t.Account)), s})
			}
		}
		return true
	})
}

// goesOn tells whether a segment's work is told in another trace.
func (s *Segment) goesOn() bool {
	for i := range s.Links {
		if s.Links[i].onward() {
			return true
		}
	}
	return false
}

// Linked returns the ids of the traces that Follow has to see: those to which
// segments of the graph link, and which do not tell of it themselves.
func (g *Graph) Linked() (ids []string) {
	known := map[string]bool{}
	for _, l := range g.links {
		if !g.told[l.hop] && !known[l.from] {
			known[l.from] = true
			ids = append(ids, l.from)
		}
	}
	return ids
}

// Follow adds the edges of all links to a trace. What is not in the graph has
// none.
func (g *Graph) Follow(t *Trace) {
	for _, l := range g.links {
		if l.from != t.ID || g.told[l.hop] {
			continue
		}
		if service, sent := t.sender(l.id); sent != nil && g.nodes[service] != nil {
			e := g.nodes[service].edge(l.to)
			e.stats.add(l.by)
			e.received(sent, l.by)
		}
	}
}

// sender is what a link's other end is: the service, and the segment that tells
// of it; where that is a call, it is the service that was called.
func (t *Trace) sender(id string) (Service, *Segment) {
	owner, s := t.owner[id], t.byID[id]
	switch {
	case id == "" && t.root() != nil:
		return t.root().service(t.Account), t.root()
	case owner == nil || s == nil:
		return Service{}, nil
	case s == owner || !s.downstream():
		return owner.service(t.Account), s
	case t.called[id] != nil:
		return t.called[id].service(t.Account), s
	}
	return s.callee(t.Account), s
}

// received counts an event that was sent by one segment and taken by another, of
// which they tell in traces of their own.
func (e *edge) received(sent, taken *Segment) {
	e.link = true
	e.ages.add(max(0, taken.Start-sent.end()))
}
