package xray

import (
	"context"
	"time"

	api "maru.dev/maru/api/xray"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/wire"
)

const (
	// longestSearch is the longest time that summaries are returned for at once.
	longestSearch = 24 * time.Hour
	// pageTraces and pageScan are how many traces one page returns, and looks at.
	pageTraces = 200
	pageScan   = 5000
)

// GetTraceSummaries returns the summaries of the traces of a time range that a
// filter expression matches, newest first.
//
// Spec: X-Ray API Reference, GetTraceSummaries.
func (s *Service) GetTraceSummaries(ctx context.Context, in *api.GetTraceSummariesInput) (*api.GetTraceSummariesOutput, error) {
	if err := checkRange(in.StartTime, in.EndTime, longestSearch); err != nil {
		return nil, err
	}
	expr, err := parseFilter(in.FilterExpression)
	if err != nil {
		return nil, err
	}
	indices := map[string]string{"": byStart, api.TimeRangeTypeTraceId: byStart, api.TimeRangeTypeEvent: byEvent, api.TimeRangeTypeService: byEnd}
	h := homeOf(ctx)
	q := search{h: h, index: indices[wire.Value(in.TimeRangeType)], from: in.StartTime, to: in.EndTime, filter: expr}
	rate, err := q.sampled(wire.Value(in.Sampling), in.SamplingStrategy)
	if err != nil {
		return nil, err
	}
	r, err := pageAfter(h.key(q.index), q.window(), in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &api.GetTraceSummariesOutput{TraceSummaries: []api.TraceSummary{}, ApproximateTime: new(s.now())}
	err = s.Store.View(ctx, func(tx *kv.Tx) error { return q.page(tx, r, rate, out) })
	if err != nil {
		return nil, err
	}
	return out, nil
}

// page fills one page of summaries.
func (q *search) page(tx *kv.Tx, r kv.Range, rate float64, out *api.GetTraceSummariesOutput) (err error) {
	if q.groups, err = loadGroupTests(tx, q.h); err != nil {
		return err
	}
	seen := int64(0)
	out.TracesProcessedCount = &seen
	for f, err := range q.traces(tx, r) {
		if err != nil {
			return err
		}
		if !kept(f.trace.ID, rate) {
			continue
		}
		seen++
		if q.filter.Match(f.subject) {
			sum := f.trace.Summary(f.head.Revision)
			if q.index == byEvent {
				sum.MatchedEventTime = &f.at
			}
			out.TraceSummaries = append(out.TraceSummaries, sum)
			out.ApproximateTime = new(f.trace.Start())
		}
		if len(out.TraceSummaries) == pageTraces || seen == pageScan {
			out.NextToken = service.PageToken(q.h.key(q.index), string(f.key))
			return nil
		}
	}
	return nil
}
