package trace

import (
	"cmp"
	"math"
	"slices"
	"time"

	api "maru.dev/maru/api/xray"
)

// Graph is the services of many traces, and the requests between them.
type Graph struct {
	nodes map[Service]*node
	order []*node
	links []linked
	told  map[hop]bool // links of which the other side tells
}

// node is a service with what was asked of it.
type node struct {
	service   Service
	root      bool
	active    bool
	stats     Statistics
	durations histogram
	edges     map[*node]*edge
	out       []*edge
}

// edge is the requests of one service to another.
type edge struct {
	to      *node
	stats   Statistics
	aliases set
	link    bool      // some of them are told in two traces that are linked
	ages    histogram // of what came by a link
}

// Statistics counts requests by how they ended.
type Statistics struct {
	start, end                 float64
	ok, throttle, other, fault int64
	seconds                    float64
	times                      histogram
}

// histogram counts seconds, rounded to two digits.
type histogram map[float64]int32

// add counts a value.
func (h *histogram) add(v float64) {
	if *h == nil {
		*h = histogram{}
	}
	if v > 0 {
		unit := math.Pow(10, math.Floor(math.Log10(v))-1)
		unit = max(unit, 0.001)
		v = math.Round(v/unit) * unit
	}
	(*h)[round(max(v, 0))]++
}

// entries is the histogram in the API's form.
func (h histogram) entries() []api.HistogramEntry {
	out := make([]api.HistogramEntry, 0, len(h))
	for v, n := range h {
		out = append(out, api.HistogramEntry{Value: &v, Count: &n})
	}
	slices.SortFunc(out, func(a, b api.HistogramEntry) int { return cmp.Compare(*a.Value, *b.Value) })
	return out
}

// add counts a request.
func (s *Statistics) add(seg *Segment) {
	if s.start == 0 || seg.Start < s.start {
		s.start = seg.Start
	}
	s.end = max(s.end, seg.end())
	if seg.InProgress {
		return
	}
	switch {
	case seg.Fault:
		s.fault++
	case seg.Throttle:
		s.throttle++
	case seg.Error:
		s.other++
	default:
		s.ok++
	}
	s.seconds += seg.end() - seg.Start
	s.times.add(seg.end() - seg.Start)
}

// total is how many requests have ended.
func (s *Statistics) total() int64 { return s.ok + s.throttle + s.other + s.fault }

// Empty tells whether no request has ended.
func (s *Statistics) Empty() bool { return s.total() == 0 }

// Histogram is the spread of response times.
func (s *Statistics) Histogram() []api.HistogramEntry { return s.times.entries() }

// Service is s as a service has it.
func (s *Statistics) Service() *api.ServiceStatistics {
	e := s.Edge()
	return &api.ServiceStatistics{
		OkCount: e.OkCount, ErrorStatistics: e.ErrorStatistics, FaultStatistics: e.FaultStatistics,
		TotalCount: e.TotalCount, TotalResponseTime: e.TotalResponseTime,
	}
}

// Edge is s as an edge has it.
func (s *Statistics) Edge() *api.EdgeStatistics {
	return &api.EdgeStatistics{
		OkCount:           &s.ok,
		ErrorStatistics:   &api.ErrorStatistics{ThrottleCount: &s.throttle, OtherCount: &s.other, TotalCount: new(s.throttle + s.other)},
		FaultStatistics:   &api.FaultStatistics{OtherCount: &s.fault, TotalCount: &s.fault},
		TotalCount:        new(s.total()),
		TotalResponseTime: new(round(s.seconds)),
	}
}

// node finds or makes a service's node.
func (g *Graph) node(s Service) *node {
	if n := g.nodes[s]; n != nil {
		return n
	}
	if g.nodes == nil {
		g.nodes = map[Service]*node{}
	}
	n := &node{service: s, edges: map[*node]*edge{}}
	g.nodes[s] = n
	g.order = append(g.order, n)
	return n
}

// edge finds or makes the edge between two nodes.
func (n *node) edge(to *node) *edge {
	if e := n.edges[to]; e != nil {
		return e
	}
	e := &edge{to: to, aliases: set{}}
	n.edges[to] = e
	n.out = append(n.out, e)
	return e
}

// Add adds a trace's requests.
func (g *Graph) Add(t *Trace) {
	for _, c := range t.calls() {
		to := g.node(c.service)
		seen := c.to
		if seen == nil {
			seen = c.by
		}
		to.stats.add(seen)
		if c.to != nil {
			to.active = true
			to.root = to.root || c.from == nil
			if !seen.InProgress {
				to.durations.add(seen.last() - seen.Start)
			}
		}
		e := g.node(t.caller(c)).edge(to)
		e.stats.add(c.span())
		e.aliases.add(c.alias)
		if c.from != nil && c.to != nil && c.to.goesOn() {
			e.received(c.by, c.to)
		}
	}
	for _, s := range t.Segments {
		if s.Type == "" {
			g.addLinks(t, s)
		}
	}
}

// Services is the graph in the API's form, services first, then what is beyond
// them.
func (g *Graph) Services() []api.ServiceShape {
	slices.SortStableFunc(g.order, func(a, b *node) int {
		return cmp.Or(cmp.Compare(a.rank(), b.rank()), cmp.Compare(a.service.Name, b.service.Name),
			cmp.Compare(a.service.Type, b.service.Type), cmp.Compare(a.service.Account, b.service.Account))
	})
	number := map[*node]int32{}
	for i, n := range g.order {
		number[n] = int32(i)
	}
	out := make([]api.ServiceShape, 0, len(g.order))
	for _, n := range g.order {
		out = append(out, n.shape(number))
	}
	return out
}

// rank puts what has told of itself before what was only called, and clients
// last.
func (n *node) rank() int {
	switch {
	case n.service.Type == clientType:
		return 2
	case n.active:
		return 0
	}
	return 1
}

// shape is a node in the API's form.
func (n *node) shape(number map[*node]int32) api.ServiceShape {
	id := n.service.ID()
	out := api.ServiceShape{
		ReferenceId: new(number[n]), Name: id.Name, Names: id.Names, AccountId: id.AccountId, Type: id.Type,
		State: new("unknown"), Edges: []api.Edge{}, DurationHistogram: n.durations.entries(), ResponseTimeHistogram: n.stats.Histogram(),
	}
	if n.active {
		out.State = new("active")
	}
	if n.root {
		out.Root = new(true)
	}
	slices.SortFunc(n.out, func(a, b *edge) int { return cmp.Compare(number[a.to], number[b.to]) })
	start, end := n.stats.start, n.stats.end
	for _, e := range n.out {
		out.Edges = append(out.Edges, e.shape(number))
		if start == 0 || n.service.Type == clientType && e.stats.start < start {
			start = e.stats.start
		}
		if n.service.Type == clientType {
			end = max(end, e.stats.end)
		}
	}
	out.StartTime, out.EndTime = times(start, end)
	if n.service.Type != clientType {
		out.SummaryStatistics = n.stats.Service()
	}
	return out
}

// shape is an edge in the API's form.
func (e *edge) shape(number map[*node]int32) api.Edge {
	out := api.Edge{
		ReferenceId: new(number[e.to]), SummaryStatistics: e.stats.Edge(), ResponseTimeHistogram: e.stats.Histogram(),
		Aliases: []api.Alias{}, ReceivedEventAgeHistogram: e.ages.entries(),
	}
	if e.link {
		out.EdgeType = new("link")
	}
	for _, name := range e.aliases.list() {
		out.Aliases = append(out.Aliases, api.Alias{Name: &name, Names: []string{name}, Type: e.to.service.ID().Type})
	}
	out.StartTime, out.EndTime = times(e.stats.start, e.stats.end)
	return out
}

// times are two moments in the API's form.
func times(start, end float64) (*time.Time, *time.Time) {
	return new(Time(start)), new(Time(end))
}
