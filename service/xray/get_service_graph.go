package xray

import (
	"context"
	"time"

	api "maru.dev/maru/api/xray"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/xray/filter"
	"maru.dev/maru/service/xray/trace"
	"maru.dev/maru/wire"
)

const (
	// longestGraph is the longest time that a graph is made of.
	longestGraph = 6 * time.Hour
	// graphTraces is how many traces a graph is made of, at most: the newest.
	graphTraces = 20000
	// graphLinks is to how many traces links are followed, at most.
	graphLinks = 1000
)

// GetServiceGraph returns the services that were at work in a time range, and
// the requests between them.
//
// Spec: X-Ray API Reference, GetServiceGraph.
func (s *Service) GetServiceGraph(ctx context.Context, in *api.GetServiceGraphInput) (*api.GetServiceGraphOutput, error) {
	if err := checkRange(in.StartTime, in.EndTime, longestGraph); err != nil {
		return nil, err
	}
	if wire.Value(in.NextToken) != "" {
		return nil, invalid("Invalid NextToken.") // a graph is one page
	}
	var g trace.Graph
	all := walk{from: in.StartTime, to: in.EndTime, group: named(in.GroupName, in.GroupARN), plain: true}
	err := s.each(ctx, all, func(f found) { g.Add(f.trace) }, func() { g = trace.Graph{} })
	if err != nil {
		return nil, err
	}
	err = s.Store.View(ctx, func(tx *kv.Tx) error { return follow(tx, homeOf(ctx), &g) })
	if err != nil {
		return nil, err
	}
	return &api.GetServiceGraphOutput{
		StartTime: &in.StartTime, EndTime: &in.EndTime, Services: g.Services(), ContainsOldGroupVersions: new(false),
	}, nil
}

// follow adds the edges of links between traces to a graph.
func follow(tx *kv.Tx, h home, g *trace.Graph) error {
	linked := g.Linked()
	for _, id := range linked[:min(len(linked), graphLinks)] {
		t, err := loadTrace(tx, h, id)
		if err != nil {
			return err
		}
		if t != nil {
			g.Follow(t)
		}
	}
	return nil
}

// named is a group's ARN or name, or "" for none.
func named(name, arn *string) string {
	if wire.Value(arn) != "" {
		return *arn
	}
	return wire.Value(name)
}

// walk says which traces are wanted.
type walk struct {
	from, to time.Time
	group    string
	plain    bool // only the traces, and not what filters know of them
}

// each hands the traces of a time range and a group to a function, after reset.
func (s *Service) each(ctx context.Context, w walk, add func(found), reset func()) error {
	h := homeOf(ctx)
	return s.Store.View(ctx, func(tx *kv.Tx) error {
		reset()
		tests, err := loadGroupTests(tx, h)
		if err != nil {
			return err
		}
		var expr *filter.Expr
		if w.group != "" {
			g, err := loadGroup(tx, h, w.group)
			if err != nil {
				return err
			}
			if expr, err = filter.Parse(g.Filter); err != nil {
				return err
			}
		}
		q := search{h: h, index: byStart, from: w.from, to: w.to, groups: tests, plain: w.plain && expr == nil}
		n := 0
		for f, err := range q.traces(tx, q.window()) {
			if err != nil {
				return err
			}
			if n++; n > graphTraces {
				return nil
			}
			if q.plain || expr.Match(f.subject) {
				add(f)
			}
		}
		return nil
	})
}

// GetTraceGraph returns the graph of certain traces.
//
// Spec: X-Ray API Reference, GetTraceGraph.
func (s *Service) GetTraceGraph(ctx context.Context, in *api.GetTraceGraphInput) (*api.GetTraceGraphOutput, error) {
	if len(in.TraceIds) > maxTraceIDs {
		return nil, invalid("At most %d trace IDs are allowed in a request.", maxTraceIDs)
	}
	if wire.Value(in.NextToken) != "" {
		return nil, invalid("Invalid NextToken.")
	}
	h := homeOf(ctx)
	var g trace.Graph
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		g = trace.Graph{}
		for _, asked := range in.TraceIds {
			id, ok := trace.NormalID(asked)
			if !ok {
				return invalid("Invalid trace id: %s", asked)
			}
			t, err := loadTrace(tx, h, id)
			if err != nil {
				return err
			}
			if t != nil {
				g.Add(t)
			}
		}
		return follow(tx, h, &g)
	})
	if err != nil {
		return nil, err
	}
	return &api.GetTraceGraphOutput{Services: g.Services()}, nil
}
