package cloudwatch

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	api "maru.dev/maru/api/cloudwatch"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/cloudwatch/expression"
	"maru.dev/maru/wire"
)

const (
	// maxQueries is how many queries a request may have.
	maxQueries = 500
	// maxResultPoints is how many data points a reply has, at most.
	maxResultPoints = 100_800
)

// GetMetricData returns statistics of several metrics, and what expressions make
// of them. Queries are evaluated as far as a page needs them.
//
// Spec: CloudWatch API Reference, GetMetricData.
func (s *Service) GetMetricData(ctx context.Context, in *api.GetMetricDataInput) (*api.GetMetricDataOutput, error) {
	queries, err := checkQueries(in)
	if err != nil {
		return nil, err
	}
	from, err := readCursor(in)
	if err != nil {
		return nil, err
	}
	zone := ""
	if in.LabelOptions != nil {
		zone = wire.Value(in.LabelOptions.Timezone)
	}
	location, err := readZone(zone)
	if err != nil {
		return nil, err
	}
	own := s.memory.Join()
	defer own.Leave()
	var out *api.GetMetricDataOutput
	now, h := s.Clock.Now(), homeOf(call.From(ctx))
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		e := newEvaluator(tx, h, queries, in.StartTime, in.EndTime, now)
		e.within(own)
		p := &results{in: in, left: maxResultPoints, labels: labeller{h, location, now}, out: &api.GetMetricDataOutput{MetricDataResults: []api.MetricDataResult{}}}
		if in.MaxDatapoints != nil {
			p.left = min(p.left, int(*in.MaxDatapoints))
		}
		if err := p.fill(e, from); err != nil {
			return err
		}
		out = p.out
		out.Messages = append([]api.MessageData{}, e.messages...)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// checkQueries refuses requests that cannot be answered.
func checkQueries(in *api.GetMetricDataInput) ([]*query, error) {
	switch {
	case !in.StartTime.Before(in.EndTime):
		return nil, unfit("The parameter StartTime must be less than the parameter EndTime.")
	case len(in.MetricDataQueries) == 0 || len(in.MetricDataQueries) > maxQueries:
		return nil, unfit("The collection MetricDataQueries must have a size of 1 to %d.", maxQueries)
	case in.MaxDatapoints != nil && *in.MaxDatapoints < 1:
		return nil, unfit("The parameter MaxDatapoints must be greater than 0.")
	case in.ScanBy != nil && *in.ScanBy != api.ScanByTimestampAscending && *in.ScanBy != api.ScanByTimestampDescending:
		return nil, unfit("The value '%s' for parameter ScanBy is not valid.", *in.ScanBy)
	}
	queries, err := readQueries(in.MetricDataQueries)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(queries, (*query).returned) {
		return nil, unfit("At least one query must have ReturnData set to true.")
	}
	return queries, nil
}

// cursor is where a page begins: a query, a series of its and a point.
type cursor struct {
	Query, Series, Point int
	Of                   string // the request that it belongs to
}

// requestMark tells requests apart whose pages have nothing to do with each other.
func requestMark(in *api.GetMetricDataInput) string {
	same := *in
	same.NextToken, same.MaxDatapoints = nil, nil
	all, err := json.Marshal(same)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(all)
	return hex.EncodeToString(sum[:8])
}

// readCursor reads a page's token.
func readCursor(in *api.GetMetricDataInput) (cursor, error) {
	c := cursor{Of: requestMark(in)}
	if wire.Value(in.NextToken) == "" {
		return c, nil
	}
	var got cursor
	raw, err := base64.RawURLEncoding.DecodeString(*in.NextToken)
	if err == nil {
		err = json.Unmarshal(raw, &got)
	}
	if err != nil || got.Of != c.Of || got.Query < 0 || got.Series < 0 || got.Point < 0 || got.token() != *in.NextToken {
		return c, &api.InvalidNextToken{Message: "The service cannot parse the next token"}
	}
	return got, nil
}

// token is the cursor as its page's token.
func (c cursor) token() string {
	raw := fmt.Appendf(nil, `{"Query":%d,"Series":%d,"Point":%d,"Of":%q}`, c.Query, c.Series, c.Point, c.Of)
	return base64.RawURLEncoding.EncodeToString(raw)
}

// results are a page in the making.
type results struct {
	in     *api.GetMetricDataInput
	out    *api.GetMetricDataOutput
	labels labeller
	left   int // points that it has room for
}

// fill adds results from a place on, until the page is full.
func (p *results) fill(e *evaluator, from cursor) error {
	for i, q := range e.queries {
		if i < from.Query || !q.returned() {
			continue
		}
		v, err := e.value(q)
		if err != nil {
			return err
		}
		for k := range v.Series {
			if i == from.Query && k < from.Series {
				continue
			}
			skip := 0
			if i == from.Query && k == from.Series {
				skip = from.Point
			}
			if p.left == 0 {
				p.out.NextToken = new(cursor{i, k, skip, from.Of}.token())
				return nil
			}
			label := p.labels.label(q, &v.Series[k], v.Type == expression.Array)
			if !e.steps.Take(len(label)) { // a search may find as many series as it likes
				return q.fault(e.steps.Err())
			}
			if cut := p.add(q, &v, k, skip, label); cut > 0 {
				p.out.NextToken = new(cursor{i, k, cut, from.Of}.token())
				return nil
			}
		}
	}
	return nil
}

// add adds a series from a point on, under a label; cut, if it is not 0, is the point that the
// page has no more room for.
func (p *results) add(q *query, v *expression.Value, k, skip int, label string) (cut int) {
	s := &v.Series[k]
	result := api.MetricDataResult{
		Id: &q.Id, Label: &label,
		StatusCode: new(api.StatusCodeComplete), Timestamps: []time.Time{}, Values: []float64{},
	}
	if v.Dropped {
		result.Messages = []api.MessageData{{
			Code: new("ArithmeticError"), Value: new("One or more data-points have been dropped due to non-numeric values (NaN, -Infinite, +Infinite)"),
		}}
	}
	n := len(s.Points)
	skip = min(skip, n)
	end := min(n, skip+p.left)
	for i := skip; i < end; i++ {
		at := i
		if p.in.ScanBy == nil || *p.in.ScanBy != api.ScanByTimestampAscending {
			at = n - 1 - i
		}
		result.Timestamps = append(result.Timestamps, s.Points[at].At)
		result.Values = append(result.Values, s.Points[at].Value)
	}
	p.left -= end - skip
	if end < n {
		cut = end
		result.StatusCode = new(api.StatusCodePartialData)
	}
	p.out.MetricDataResults = append(p.out.MetricDataResults, result)
	return cut
}
