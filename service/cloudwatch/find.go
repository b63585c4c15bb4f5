package cloudwatch

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	api "maru.dev/maru/api/cloudwatch"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/cloudwatch/expression"
	"maru.dev/maru/service/cloudwatch/insights"
	"maru.dev/maru/service/cloudwatch/search"
)

const (
	// maxFound is how many series a search returns.
	maxFound = 500
	// maxScanned is how many metrics a Metrics Insights query looks at.
	maxScanned = 10_000
	// groupedSteps is how many steps a point counts that is merged with others.
	groupedSteps = 5
)

// eachMetric visits the metrics below a key that have had data of late, until
// visit says that it has enough.
func (e *evaluator) eachMetric(under kv.Key, visit func(id metricID) (more bool, err error)) error {
	since := e.now.Add(-listedFor)
	for row, err := range kv.Scan[metric](e.tx, kv.Prefix(under)) {
		if err != nil {
			return fmt.Errorf("list metrics: %w", err)
		}
		if !e.steps.Take(1) {
			return e.steps.Err()
		}
		if row.Value.Last.Before(since) {
			continue
		}
		m, err := listed(row.Key, &row.Value)
		if err != nil {
			return err
		}
		if more, err := visit(metricID{*m.Namespace, *m.MetricName, m.Dimensions}); err != nil || !more {
			return err
		}
	}
	return nil
}

// search returns a statistic of the metrics that a search expression finds.
func (e *evaluator) search(text, stat string, period time.Duration) ([]expression.Series, error) {
	q, err := search.Parse(text)
	if err != nil {
		return nil, &expression.Error{Message: err.Error()}
	}
	st, ok := parseStatistic(stat)
	if !ok {
		return nil, &expression.Error{Message: fmt.Sprintf("'%s' is not a valid statistic", stat)}
	}
	if !goodPeriod(int32(period / time.Second)) {
		return nil, &expression.Error{Message: "Period must be 1, 5, 10, 20, 30 or a multiple of 60"}
	}
	under := e.home.key("m")
	if q.Namespace != "" {
		under = under.With(q.Namespace)
	}
	var found []metricID
	err = e.eachMetric(under, func(id metricID) (bool, error) {
		dims := make([]search.Dimension, len(id.Dimensions))
		for i, d := range id.Dimensions {
			dims[i] = search.Dimension(d)
		}
		if !q.Match(search.Metric{Namespace: id.Namespace, Name: id.Name, Dimensions: dims}) {
			return true, nil
		}
		if len(found) == maxFound {
			e.warn("MaxMetricsExceeded", fmt.Sprintf("A search expression matched more than %d metrics; only the first %d were returned.", maxFound, maxFound))
			return false, nil
		}
		found = append(found, id)
		return true, nil
	})
	if err != nil {
		return nil, err
	}
	out := make([]expression.Series, len(found))
	for i, id := range found {
		if out[i], err = e.series(id, st, stat, period, nil); err != nil {
			return nil, err
		}
		out[i].Metric, out[i].Label = false, foundLabel(id, found)
		if !e.steps.Take(len(out[i].Label)) {
			return nil, e.steps.Err()
		}
	}
	return out, nil
}

// warn adds a message to the reply, once.
func (e *evaluator) warn(code, value string) {
	if !slices.ContainsFunc(e.messages, func(m api.MessageData) bool { return *m.Code == code }) {
		e.messages = append(e.messages, api.MessageData{Code: &code, Value: &value})
	}
}

// foundLabel is what tells a metric that was found from the others: its
// dimensions' values, and its name where they differ in it.
func foundLabel(id metricID, among []metricID) string {
	var parts []string
	for _, d := range id.Dimensions {
		parts = append(parts, d.Value)
	}
	if len(parts) == 0 || slices.ContainsFunc(among, func(o metricID) bool { return o.Name != id.Name }) {
		parts = append(parts, id.Name)
	}
	return strings.Join(parts, " ")
}

// group is a series of a Metrics Insights query in the making.
type group struct {
	labels  []string
	buckets map[time.Time]*bucket
}

// selected is what a Metrics Insights query selects.
func (e *evaluator) selected(q *query) (expression.Value, error) {
	groups := make(map[string]*group)
	scanned := 0
	err := e.eachMetric(e.home.key("m", q.sql.Namespace, q.sql.Metric), func(id metricID) (bool, error) {
		dims := make(map[string]string, len(id.Dimensions))
		for _, d := range id.Dimensions {
			dims[d.Name] = d.Value
		}
		if !q.sql.Match(dims) {
			return true, nil
		}
		if scanned++; scanned > maxScanned {
			e.warn("MaxMetricsExceeded", fmt.Sprintf("The query matched more than %d metrics; only the first %d were considered.", maxScanned, maxScanned))
			return false, nil
		}
		return true, e.gather(groups, q, id, dims)
	})
	if err != nil {
		return expression.Value{}, err
	}
	st, _ := parseStatistic(map[string]string{"AVG": "Average", "COUNT": "SampleCount", "MAX": "Maximum", "MIN": "Minimum", "SUM": "Sum"}[q.sql.Function])
	out := make([]expression.Series, 0, len(groups))
	for _, g := range groups {
		out = append(out, g.series(q, st))
	}
	if len(q.sql.GroupBy) == 0 {
		if len(out) == 0 {
			out = append(out, expression.Series{Period: q.period()})
		}
		return expression.Of(out[0]), nil
	}
	slices.SortFunc(out, func(a, b expression.Series) int { return cmp.Compare(a.Label, b.Label) })
	rank(out, q.sql)
	return expression.OfAll(out[:min(len(out), q.sql.Limit)]), nil
}

// gather merges a metric's data into its group.
func (e *evaluator) gather(groups map[string]*group, q *query, id metricID, dims map[string]string) error {
	var g *group // none of a metric without data
	for p, err := range read(e.tx, e.home, id, span{e.start.Truncate(q.period()), e.end, q.period()}, nil, e.now) {
		if err != nil {
			return err
		}
		if g == nil {
			g = groupOf(groups, q, dims)
		}
		b := g.buckets[p.at]
		if b == nil {
			b = &bucket{}
			g.buckets[p.at] = b
		}
		p.data.Bins = nil // what no function of these queries asks for
		b.merge(&p.data)
		if !e.steps.Take(groupedSteps) {
			return e.steps.Err()
		}
	}
	return nil
}

// groupOf is the group of a metric of these dimensions, a new one if it is the first.
func groupOf(groups map[string]*group, q *query, dims map[string]string) *group {
	labels := make([]string, len(q.sql.GroupBy))
	for i, name := range q.sql.GroupBy {
		value, ok := dims[name]
		if !ok {
			value = "Other"
		}
		labels[i] = value
	}
	key := strings.Join(labels, "\x00")
	if groups[key] == nil {
		groups[key] = &group{labels, make(map[time.Time]*bucket)}
	}
	return groups[key]
}

// series is the group's statistic.
func (g *group) series(q *query, st statistic) expression.Series {
	s := expression.Series{Label: strings.Join(g.labels, " "), Period: q.period()}
	for at, b := range g.buckets {
		if v, ok := st.of(b); ok {
			s.Points = append(s.Points, expression.Point{At: at, Value: v})
		}
	}
	slices.SortFunc(s.Points, func(a, b expression.Point) int { return a.At.Compare(b.At) })
	return s
}

// rank puts series into the order that a query asks for.
func rank(all []expression.Series, q *insights.Query) {
	if q.OrderBy == "" {
		return
	}
	slices.SortStableFunc(all, func(a, b expression.Series) int {
		x, y := summary(q.OrderBy, a.Points), summary(q.OrderBy, b.Points)
		if q.Desc {
			x, y = y, x
		}
		return cmp.Compare(x, y)
	})
}

// summary is a function over the values of points.
func summary(function string, points []expression.Point) float64 {
	b := &bucket{}
	for _, p := range points {
		b.Sum += p.Value
		if b.Count == 0 {
			b.Min, b.Max = p.Value, p.Value
		}
		b.Min, b.Max = min(b.Min, p.Value), max(b.Max, p.Value)
		b.Count++
	}
	switch function {
	case "AVG":
		return b.Sum / max(b.Count, 1)
	case "COUNT", "DATAPOINT_COUNT":
		return b.Count
	case "MAX":
		return b.Max
	case "MIN":
		return b.Min
	}
	return b.Sum
}
