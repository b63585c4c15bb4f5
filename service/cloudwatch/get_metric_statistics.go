package cloudwatch

import (
	"context"
	"time"

	api "maru.dev/maru/api/cloudwatch"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
)

// maxDatapoints is how many data points GetMetricStatistics returns.
const maxDatapoints = 1440

// GetMetricStatistics returns statistics of one metric.
//
// Spec: CloudWatch API Reference, GetMetricStatistics.
func (s *Service) GetMetricStatistics(ctx context.Context, in *api.GetMetricStatisticsInput) (*api.GetMetricStatisticsOutput, error) {
	stats, err := checkStatistics(in)
	if err != nil {
		return nil, err
	}
	period := time.Duration(in.Period) * time.Second
	sp := span{in.StartTime.Truncate(period), in.EndTime, period}
	asked := sp.end.Sub(sp.start)
	n := asked / period
	if asked%period > 0 {
		n++
	}
	if n > maxDatapoints {
		return nil, clash("You have requested up to %d datapoints, which exceeds the limit of %d. You may reduce the datapoints requested by increasing Period, or decreasing the time range.", n, maxDatapoints)
	}
	now := s.Clock.Now()
	if oldest := now.Add(-retention()[time.Hour]); sp.start.Before(oldest) {
		sp.start = oldest.Truncate(period) // nothing is kept from before
	}
	out := &api.GetMetricStatisticsOutput{Label: &in.MetricName, Datapoints: []api.Datapoint{}}
	id := newMetricID(in.Namespace, in.MetricName, in.Dimensions)
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		for p, err := range read(tx, homeOf(call.From(ctx)), id, sp, in.Unit, now) {
			if err != nil {
				return err
			}
			out.Datapoints = append(out.Datapoints, datapoint(p, stats))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// checkStatistics checks a request, and returns the statistics that it names.
func checkStatistics(in *api.GetMetricStatisticsInput) (map[string]statistic, error) {
	stats := make(map[string]statistic)
	switch {
	case len(in.Statistics) == 0 && len(in.ExtendedStatistics) == 0:
		return nil, &api.MissingRequiredParameterException{Message: "Must specify either Statistics or ExtendedStatistics"}
	case !in.StartTime.Before(in.EndTime):
		return nil, invalid("The parameter StartTime must be less than the parameter EndTime.")
	}
	if err := checkPeriod(in.Period); err != nil {
		return nil, err
	}
	for _, name := range append(append([]string{}, in.Statistics...), in.ExtendedStatistics...) {
		st, ok := parseStatistic(name)
		if !ok {
			return nil, invalid("The value %s for parameter ExtendedStatistics is not supported.", name)
		}
		stats[name] = st
	}
	return stats, nil
}

// checkPeriod refuses periods that no metric has.
func checkPeriod(seconds int32) error {
	switch {
	case seconds == 1 || seconds == 5 || seconds == 10 || seconds == 20 || seconds == 30:
		return nil
	case seconds <= 0 || seconds%60 != 0:
		return invalid("The parameter Period must be a multiple of 60, or one of 1, 5, 10, 20 and 30.")
	}
	return nil
}

// datapoint is a period's statistics as they are told.
func datapoint(p *point, stats map[string]statistic) api.Datapoint {
	d := api.Datapoint{Timestamp: new(p.at), Unit: new(p.unit)}
	for name, st := range stats {
		v, ok := st.of(&p.data)
		if !ok {
			continue
		}
		switch name {
		case "SampleCount":
			d.SampleCount = &v
		case "Average":
			d.Average = &v
		case "Sum":
			d.Sum = &v
		case "Minimum":
			d.Minimum = &v
		case "Maximum":
			d.Maximum = &v
		default:
			if d.ExtendedStatistics == nil {
				d.ExtendedStatistics = make(map[string]float64)
			}
			d.ExtendedStatistics[name] = v
		}
	}
	return d
}
