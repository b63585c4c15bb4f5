package cloudwatch

import (
	"context"
	"fmt"
	"slices"

	api "maru.dev/maru/api/cloudwatch"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/wire"
)

// DescribeAnomalyDetectors lists detectors. Those of metric math are asked for
// by their type.
//
// Spec: CloudWatch API Reference, DescribeAnomalyDetectors.
func (s *Service) DescribeAnomalyDetectors(ctx context.Context, in *api.DescribeAnomalyDetectorsInput) (*api.DescribeAnomalyDetectorsOutput, error) {
	types := in.AnomalyDetectorTypes
	if len(types) == 0 {
		types = []string{api.AnomalyDetectorTypeSingleMetric}
	}
	limit := 50
	if in.MaxResults != nil {
		if limit = int(*in.MaxResults); limit < 1 {
			return nil, invalid("The parameter MaxResults must be greater than 0.")
		}
	}
	prefix := homeOf(call.From(ctx)).key("n")
	r, err := page(kv.Prefix(prefix), prefix, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &api.DescribeAnomalyDetectorsOutput{AnomalyDetectors: []api.AnomalyDetector{}}
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		var last kv.Key
		for row, err := range kv.Scan[detector](tx, r) {
			if err != nil {
				return fmt.Errorf("list anomaly detectors: %w", err)
			}
			if !slices.Contains(types, row.Value.kind()) || !row.Value.asked(in) {
				continue
			}
			if len(out.AnomalyDetectors) == limit {
				out.NextToken = service.RowToken(prefix, last)
				return nil
			}
			out.AnomalyDetectors, last = append(out.AnomalyDetectors, row.Value.described()), row.Key
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// asked says whether a request is about the detector's metric.
func (d *detector) asked(in *api.DescribeAnomalyDetectorsInput) bool {
	has := func(id metricID) bool {
		return (in.Namespace == nil || *in.Namespace == id.Namespace) && (in.MetricName == nil || *in.MetricName == id.Name) &&
			(len(in.Dimensions) == 0 || newMetricID("", "", in.Dimensions).dimensions() == id.dimensions())
	}
	if d.Math == nil {
		return has(d.Metric)
	}
	return slices.ContainsFunc(d.Math, func(q api.MetricDataQuery) bool {
		if q.MetricStat == nil || q.MetricStat.Metric == nil {
			return false
		}
		m := q.MetricStat.Metric
		return has(newMetricID(wire.Value(m.Namespace), wire.Value(m.MetricName), m.Dimensions))
	})
}

// described is the detector as it is told.
func (d *detector) described() api.AnomalyDetector {
	out := api.AnomalyDetector{Configuration: d.Config, StateValue: &d.State, MetricCharacteristics: d.Characteristics}
	if out.Configuration == nil {
		out.Configuration = &api.AnomalyDetectorConfiguration{}
	}
	if d.Math != nil {
		out.MetricMathAnomalyDetector = &api.MetricMathAnomalyDetector{MetricDataQueries: d.Math}
		return out
	}
	out.Namespace, out.MetricName, out.Dimensions, out.Stat = &d.Metric.Namespace, &d.Metric.Name, d.Metric.Dimensions, &d.Stat
	out.SingleMetricAnomalyDetector = &api.SingleMetricAnomalyDetector{
		Namespace: &d.Metric.Namespace, MetricName: &d.Metric.Name, Dimensions: d.Metric.Dimensions, Stat: &d.Stat,
	}
	return out
}
