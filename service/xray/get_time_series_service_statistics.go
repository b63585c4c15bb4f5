package xray

import (
	"context"
	"slices"
	"time"

	api "maru.dev/maru/api/xray"
	"maru.dev/maru/service/xray/filter"
	"maru.dev/maru/service/xray/trace"
	"maru.dev/maru/wire"
)

// maxWindows is how many windows one reply has.
const maxWindows = 1500

// GetTimeSeriesServiceStatistics returns how requests went, a window of time
// after the other.
//
// Spec: X-Ray API Reference, GetTimeSeriesServiceStatistics.
func (s *Service) GetTimeSeriesServiceStatistics(ctx context.Context, in *api.GetTimeSeriesServiceStatisticsInput) (*api.GetTimeSeriesServiceStatisticsOutput, error) {
	if err := checkRange(in.StartTime, in.EndTime, longestGraph); err != nil {
		return nil, err
	}
	period := int64(60)
	if in.Period != nil {
		period = int64(*in.Period)
	}
	switch {
	case period != 60 && period != 300:
		return nil, invalid("Period must be 60 or 300 seconds.")
	case wire.Value(in.NextToken) != "":
		return nil, invalid("Invalid NextToken.")
	case wire.Value(in.ForecastStatistics):
		return nil, invalid("Forecasts are available only for groups whose insights are enabled.")
	case in.EndTime.Sub(in.StartTime) > time.Duration(period*maxWindows)*time.Second:
		return nil, invalid("Too many windows.")
	}
	expr, err := parseFilter(in.EntitySelectorExpression)
	if err != nil {
		return nil, err
	}
	entities, ok := expr.Entities()
	if !ok {
		if wire.Value(in.EntitySelectorExpression) != "" {
			return nil, invalid("The entity selector must select services or edges.")
		}
		entities = []filter.Entity{{Edge: true}}
	}
	var windows map[int64]*trace.Statistics
	all := walk{from: in.StartTime, to: in.EndTime, group: named(in.GroupName, in.GroupARN)}
	err = s.each(ctx, all, func(f found) {
		f.trace.Count(f.subject, entities, period, windows)
	}, func() { windows = map[int64]*trace.Statistics{} })
	if err != nil {
		return nil, err
	}
	out := &api.GetTimeSeriesServiceStatisticsOutput{TimeSeriesServiceStatistics: []api.TimeSeriesServiceStatistics{}, ContainsOldGroupVersions: new(false)}
	for at, w := range windows {
		one := api.TimeSeriesServiceStatistics{Timestamp: new(time.Unix(at, 0).UTC()), ResponseTimeHistogram: w.Histogram()}
		if entities[0].Edge {
			one.EdgeSummaryStatistics = w.Edge()
		} else {
			one.ServiceSummaryStatistics = w.Service()
		}
		out.TimeSeriesServiceStatistics = append(out.TimeSeriesServiceStatistics, one)
	}
	slices.SortFunc(out.TimeSeriesServiceStatistics, func(a, b api.TimeSeriesServiceStatistics) int { return a.Timestamp.Compare(*b.Timestamp) })
	return out, nil
}
