package cloudwatch

import (
	"context"
	"fmt"
	"strings"
	"time"

	api "maru.dev/maru/api/cloudwatch"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

const (
	metricsPage = 500
	// listedFor is how long a metric without new data is listed.
	listedFor = 14 * 24 * time.Hour
)

// ListMetrics lists metrics by namespace and name.
//
// Spec: CloudWatch API Reference, ListMetrics.
func (s *Service) ListMetrics(ctx context.Context, in *api.ListMetricsInput) (*api.ListMetricsOutput, error) {
	since := s.Clock.Now().Add(-listedFor)
	if in.RecentlyActive != nil {
		if *in.RecentlyActive != api.RecentlyActivePt3h {
			return nil, invalid("The value %s for parameter RecentlyActive is invalid.", *in.RecentlyActive)
		}
		since = s.Clock.Now().Add(-3*time.Hour - touchEvery)
	}
	prefix := homeOf(call.From(ctx)).key("m")
	narrow := prefix
	if in.Namespace != nil {
		narrow = narrow.With(*in.Namespace)
		if in.MetricName != nil {
			narrow = narrow.With(*in.MetricName)
		}
	}
	r, err := page(kv.Prefix(narrow), prefix, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &api.ListMetricsOutput{Metrics: []api.Metric{}}
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		var last kv.Key
		for row, err := range kv.Scan[metric](tx, r) {
			if err != nil {
				return fmt.Errorf("list metrics: %w", err)
			}
			m, err := listed(row.Key, &row.Value)
			if err != nil {
				return err
			}
			if row.Value.Last.Before(since) || in.MetricName != nil && *m.MetricName != *in.MetricName || !filtered(m.Dimensions, in.Dimensions) {
				continue
			}
			if len(out.Metrics) == metricsPage {
				out.NextToken = service.RowToken(prefix, last)
				return nil
			}
			out.Metrics, last = append(out.Metrics, m), row.Key
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// listed reads a metric from its row.
func listed(key kv.Key, row *metric) (api.Metric, error) {
	var ns, name, dims string
	if err := key.Scan(4, &ns, &name, &dims); err != nil {
		return api.Metric{}, err
	}
	m := api.Metric{Namespace: &ns, MetricName: &name, Dimensions: []api.Dimension{}}
	if row.Dimensions != nil {
		m.Dimensions = row.Dimensions
		return m, nil
	}
	for d := range strings.SplitSeq(strings.TrimSuffix(dims, "\x01"), "\x01") {
		if n, v, ok := strings.Cut(d, "\x00"); ok {
			m.Dimensions = append(m.Dimensions, api.Dimension{Name: n, Value: v})
		}
	}
	return m, nil
}

// filtered says whether dimensions meet all filters.
func filtered(dims []api.Dimension, filters []api.DimensionFilter) bool {
	for _, f := range filters {
		met := false
		for _, d := range dims {
			met = met || d.Name == f.Name && (f.Value == nil || *f.Value == d.Value)
		}
		if !met {
			return false
		}
	}
	return true
}
