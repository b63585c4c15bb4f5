package trace

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
)

// Trace is the segments of a trace, put together.
type Trace struct {
	ID      string
	Account string
	// Segments are those without a segment that they belong to, by start: the
	// subsegments that came alone are in theirs if it is there.
	Segments []*Segment

	owner  map[string]*Segment // by the id of a segment or subsegment: the segment
	called map[string]*Segment // by the id of what called it: the segment
	byID   map[string]*Segment
}

// New puts documents of a trace together. It takes them over.
func New(id, account string, documents []*Segment) *Trace {
	t := &Trace{ID: id, Account: account, owner: map[string]*Segment{}, called: map[string]*Segment{}, byID: map[string]*Segment{}}
	alone := t.join(documents)
	for _, s := range documents {
		if !alone[s] {
			t.Segments = append(t.Segments, s)
		}
	}
	slices.SortStableFunc(t.Segments, func(a, b *Segment) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.ID, b.ID))
	})
	for _, s := range t.Segments {
		s.walk(func(sub *Segment) bool {
			t.owner[sub.ID] = s
			return true
		})
		if s.ParentID != "" && s.Type == "" {
			if t.called[s.ParentID] == nil {
				t.called[s.ParentID] = s
			}
		}
	}
	return t
}

// join puts the subsegments that came alone into their parents, and returns
// those that found one. A circle of parents stays apart.
func (t *Trace) join(documents []*Segment) (joined map[*Segment]bool) {
	home := map[*Segment]*Segment{} // by document: the one that it was put into
	in := map[string]*Segment{}     // by id: the document that holds it
	for _, s := range documents {
		s.walk(func(sub *Segment) bool {
			if t.byID[sub.ID] == nil {
				t.byID[sub.ID], in[sub.ID] = sub, s
			}
			return true
		})
	}
	joined = map[*Segment]bool{}
	for _, s := range documents {
		parent := t.byID[s.ParentID]
		if s.Type != "subsegment" || parent == nil || circular(home, s, in[s.ParentID]) {
			continue
		}
		home[s], joined[s] = in[s.ParentID], true
		parent.Subsegments = append(parent.Subsegments, s)
	}
	return joined
}

// circular tells whether s would come to hold itself.
func circular(home map[*Segment]*Segment, s, into *Segment) bool {
	for at := into; at != nil; at = home[at] {
		if at == s {
			return true
		}
	}
	return false
}

// root is the segment that the trace began with: the first without a parent in
// the trace.
func (t *Trace) root() *Segment {
	for _, s := range t.Segments {
		if s.Type == "" && t.owner[s.ParentID] == nil {
			return s
		}
	}
	if len(t.Segments) == 0 {
		return nil
	}
	return t.Segments[0]
}

// call is one request from one service to another.
type call struct {
	from     *Segment // nil for a client of the trace
	by       *Segment // the subsegment, or segment, that called; nil for a client
	to       *Segment // nil where the other side has told nothing
	service  Service  // the other side
	alias    string   // by what name it was called, where that differs
	inferred bool
}

// calls returns all requests of the trace.
func (t *Trace) calls() (out []call) {
	for _, s := range t.Segments {
		if s.Type == "" {
			switch from := t.owner[s.ParentID]; {
			case from == nil:
				out = append(out, call{to: s, service: s.service(t.Account)})
			case from != s:
				by := t.byID[s.ParentID]
				c := call{from: from, by: by, to: s, service: s.service(t.Account)}
				if by != from && by.Name != s.Name {
					c.alias = by.Name
				}
				out = append(out, c)
			}
		}
		s.walk(func(sub *Segment) bool {
			if sub != s && sub.downstream() && t.called[sub.ID] == nil {
				out = append(out, call{from: s, by: sub, service: sub.callee(t.Account), inferred: true})
			}
			return true
		})
	}
	return out
}

// span is what a call took, as its caller saw it, or as its callee did.
func (c call) span() *Segment {
	if c.by != nil && c.by != c.from {
		return c.by
	}
	return c.to
}

// InferredID is the id of the segment that is made for a call whose other side
// has told nothing: always the same one.
func InferredID(trace, by string) string {
	sum := sha256.Sum256([]byte(trace + by))
	return hex.EncodeToString(sum[:8])
}

// start and last are the trace's first and last moment.
func (t *Trace) span() (start, last float64) {
	for i, s := range t.Segments {
		if i == 0 || s.Start < start {
			start = s.Start
		}
		last = max(last, s.last())
	}
	return start, last
}

// Duration is from the start of the first segment to the end of the last, in
// seconds, to the millisecond.
func (t *Trace) Duration() float64 {
	start, last := t.span()
	return round(last - start)
}
