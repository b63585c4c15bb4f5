package cloudwatch

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"time"

	api "maru.dev/maru/api/cloudwatch"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// maxQueries is how many queries a request may have.
const maxQueries = 500

// maxResultPoints is how many data points a reply has, at most.
const maxResultPoints = 100_800

// queryID is the form of a query's id.
var queryID = regexp.MustCompile(`^[a-z][a-zA-Z0-9_]*$`)

// GetMetricData returns statistics of several metrics. All of a request's points
// fit into one reply; one that asks for more is refused.
//
// Spec: CloudWatch API Reference, GetMetricData.
func (s *Service) GetMetricData(ctx context.Context, in *api.GetMetricDataInput) (*api.GetMetricDataOutput, error) {
	if err := checkQueries(in); err != nil {
		return nil, err
	}
	out := &api.GetMetricDataOutput{MetricDataResults: []api.MetricDataResult{}, Messages: []api.MessageData{}}
	now, h := s.Clock.Now(), homeOf(call.From(ctx))
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		for _, q := range in.MetricDataQueries {
			if q.ReturnData != nil && !*q.ReturnData {
				continue
			}
			result, err := query(tx, h, in, q, now)
			if err != nil {
				return err
			}
			out.MetricDataResults = append(out.MetricDataResults, result)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// checkQueries refuses queries that cannot be answered.
func checkQueries(in *api.GetMetricDataInput) error {
	if !in.StartTime.Before(in.EndTime) {
		return &wire.APIError{Code: "ValidationError", Message: "The parameter StartTime must be less than the parameter EndTime."}
	}
	if len(in.MetricDataQueries) == 0 || len(in.MetricDataQueries) > maxQueries {
		return &wire.APIError{Code: "ValidationError", Message: "The collection MetricDataQueries must have a size of 1 to 500."}
	}
	if in.NextToken != nil && *in.NextToken != "" {
		return &api.InvalidNextToken{Message: "The service cannot parse the next token"}
	}
	limit := int64(maxResultPoints)
	if in.MaxDatapoints != nil {
		limit = min(limit, int64(*in.MaxDatapoints))
	}
	seen, points := make(map[string]bool), int64(0)
	for _, q := range in.MetricDataQueries {
		if !queryID.MatchString(q.Id) || seen[q.Id] {
			return &wire.APIError{Code: "ValidationError", Message: "The values for parameter id in MetricDataQueries must be unique and match [a-z][a-zA-Z0-9_]*: " + q.Id}
		}
		seen[q.Id] = true
		switch {
		case q.Expression != nil:
			return wire.NotImplemented("cloudwatch", "GetMetricData with expressions")
		case q.MetricStat == nil || q.MetricStat.Metric == nil:
			return &wire.APIError{Code: "ValidationError", Message: "The parameter MetricDataQueries.member.MetricStat is required."}
		}
		if err := checkPeriod(q.MetricStat.Period); err != nil {
			return &wire.APIError{Code: "ValidationError", Message: err.(interface{ ErrorMessage() string }).ErrorMessage()}
		}
		points += int64(in.EndTime.Sub(in.StartTime)/(time.Duration(q.MetricStat.Period)*time.Second)) + 1
	}
	if points > limit+int64(len(in.MetricDataQueries)) {
		return wire.NotImplemented("cloudwatch", "GetMetricData over several pages")
	}
	return nil
}

// query answers one query.
func query(tx *kv.Tx, h home, in *api.GetMetricDataInput, q api.MetricDataQuery, now time.Time) (api.MetricDataResult, error) {
	result := api.MetricDataResult{Id: &q.Id, StatusCode: new(api.StatusCodeComplete), Timestamps: []time.Time{}, Values: []float64{}}
	st, ok := parseStatistic(q.MetricStat.Stat)
	if !ok {
		return result, &wire.APIError{Code: "ValidationError", Message: "The value " + q.MetricStat.Stat + " for parameter MetricDataQueries.member.MetricStat.Stat is not supported."}
	}
	m := q.MetricStat.Metric
	id := newMetricID(text(m.Namespace), text(m.MetricName), m.Dimensions)
	result.Label = &id.Name
	if q.Label != nil {
		result.Label = new(label(*q.Label, id, q.MetricStat))
	}
	period := time.Duration(q.MetricStat.Period) * time.Second
	points, err := read(tx, h, id, span{in.StartTime.Truncate(period), in.EndTime, period}, q.MetricStat.Unit, now)
	if err != nil {
		return result, err
	}
	for i := range points {
		if i > 0 && points[i].at.Equal(points[i-1].at) {
			continue // of several units the first counts
		}
		if v, ok := st.of(&points[i].data); ok {
			result.Timestamps = append(result.Timestamps, points[i].at)
			result.Values = append(result.Values, v)
		}
	}
	if in.ScanBy == nil || *in.ScanBy != api.ScanByTimestampAscending {
		slices.Reverse(result.Timestamps)
		slices.Reverse(result.Values)
	}
	return result, nil
}

// label fills in what a label's template names of its metric.
func label(template string, id metricID, stat *api.MetricStat) string {
	pairs := []string{"${PROP('MetricName')}", id.Name, "${PROP('Namespace')}", id.Namespace, "${PROP('Stat')}", stat.Stat}
	for _, d := range id.Dimensions {
		pairs = append(pairs, "${PROP('Dim."+d.Name+"')}", d.Value)
	}
	return strings.NewReplacer(pairs...).Replace(template)
}

// text is an optional text; "" when it is not given.
func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
