package cloudwatch

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	api "maru.dev/maru/api/cloudwatch"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/cloudwatch/expression"
	"maru.dev/maru/service/cloudwatch/insights"
	"maru.dev/maru/service/share"
	"maru.dev/maru/wire"
)

// defaultPeriod is the period of expressions that nothing gives another one.
const defaultPeriod = 300

const (
	// maxSteps is how many data points the queries of a request may look at and
	// make. It is far more than a reply has room for.
	maxSteps = 10_000_000
	// stepBytes is what a step may have the server hold: a point of a series.
	stepBytes = 32
	// maxShared is how many bytes all requests at a time may hold in points.
	maxShared = 512 << 20
	// maxLabel is how long a label may be, and what is filled into it.
	maxLabel = 2048
)

// queryID is the form of a query's id.
var queryID = regexp.MustCompile(`^[a-z][a-zA-Z0-9_]{0,254}$`)

// query is a metric data query that has been read: one of a metric, a math
// expression, or a query of Metrics Insights.
type query struct {
	*api.MetricDataQuery
	stat   statistic
	metric metricID
	math   *expression.Expr
	sql    *insights.Query
}

// returned says whether the query's result is wanted.
func (q *query) returned() bool { return q.ReturnData == nil || *q.ReturnData }

// period is the query's period, or 0 if it has none of its own.
func (q *query) period() time.Duration {
	switch {
	case q.MetricStat != nil:
		return time.Duration(q.MetricStat.Period) * time.Second
	case q.Period != nil:
		return time.Duration(*q.Period) * time.Second
	}
	return 0
}

// source is what a series of one metric was made of.
type source struct {
	id   metricID
	stat string
}

// unfit is the error ValidationError.
func unfit(format string, args ...any) error {
	return &wire.APIError{Code: "ValidationError", Message: fmt.Sprintf(format, args...)}
}

// readQueries reads queries that refer to each other.
func readQueries(list []api.MetricDataQuery) ([]*query, error) {
	var out []*query
	byID := make(map[string]*query)
	for i := range list {
		q, err := readQuery(&list[i])
		if err != nil {
			return nil, err
		}
		if byID[q.Id] != nil {
			return nil, unfit("The values for parameter id in MetricDataQueries are not unique.")
		}
		byID[q.Id] = q
		out = append(out, q)
	}
	selects := 0
	for _, q := range out {
		if q.sql != nil {
			selects++
		}
		if q.math == nil {
			continue
		}
		for _, name := range q.math.Names() {
			if byID[name] == nil {
				return nil, unfit("Error in expression '%s': The id '%s' is not defined", q.Id, name)
			}
		}
	}
	if selects > 1 {
		return nil, unfit("Only one Metrics Insights query is allowed in a request.")
	}
	return out, circular(out, byID)
}

// readQuery reads one query.
func readQuery(d *api.MetricDataQuery) (*query, error) {
	q := &query{MetricDataQuery: d}
	switch {
	case !queryID.MatchString(d.Id):
		return nil, unfit("The value '%s' for parameter id is not valid: it must match ^[a-z][a-zA-Z0-9_]*$.", d.Id)
	case (d.Expression == nil) == (d.MetricStat == nil):
		return nil, unfit("Exactly one of the parameters Expression and MetricStat must be specified for the id '%s'.", d.Id)
	case len(wire.Value(d.Label)) > maxLabel:
		return nil, unfit("The value for parameter label of the id '%s' is not valid: it is longer than %d characters.", d.Id, maxLabel)
	case d.Period != nil && !goodPeriod(*d.Period):
		return nil, unfit("Period must be 1, 5, 10, 20, 30 or a multiple of 60.")
	case d.MetricStat != nil:
		return q, q.readMetric()
	}
	var err error
	if insights.Is(*d.Expression) {
		if d.Period == nil {
			return nil, unfit("The parameter Period is required for the Metrics Insights query '%s'.", d.Id)
		}
		q.sql, err = insights.Parse(*d.Expression)
	} else {
		q.math, err = expression.Parse(*d.Expression)
	}
	return q, q.fault(err)
}

// readMetric reads the query's metric and statistic.
func (q *query) readMetric() error {
	m, st := q.MetricStat.Metric, q.MetricStat
	switch {
	case m == nil || wire.Value(m.MetricName) == "":
		return unfit("The parameter MetricDataQueries.member.MetricStat.Metric.MetricName is required.")
	case wire.Value(m.Namespace) == "":
		return unfit("The parameter MetricDataQueries.member.MetricStat.Metric.Namespace is required.")
	case !goodPeriod(st.Period):
		return unfit("Period must be 1, 5, 10, 20, 30 or a multiple of 60.")
	}
	var ok bool
	if q.stat, ok = parseStatistic(st.Stat); !ok {
		return unfit("The value '%s' for parameter MetricDataQueries.member.MetricStat.Stat is not a valid statistic.", st.Stat)
	}
	q.metric = newMetricID(*m.Namespace, *m.MetricName, m.Dimensions)
	return nil
}

// goodPeriod says whether a metric can be asked for in periods of so many seconds.
func goodPeriod(seconds int32) bool { return checkPeriod(seconds) == nil }

// fault is an expression's error as its caller is told of it.
func (q *query) fault(err error) error {
	if err == nil {
		return nil
	}
	if u, ok := errors.AsType[*expression.UnsupportedError](err); ok {
		return wire.NotImplemented("cloudwatch", u.Function)
	}
	var told string
	if e, ok := errors.AsType[*expression.Error](err); ok {
		told = e.Message
	} else if e, ok := errors.AsType[*insights.Error](err); ok {
		told = e.Message
	} else {
		return err
	}
	return unfit("Error in expression '%s' [%s]", q.Id, told)
}

// circular refuses queries that need themselves.
func circular(all []*query, byID map[string]*query) error {
	const busy, done = 1, 2
	seen := make(map[string]int)
	var visit func(q *query) error
	visit = func(q *query) error {
		switch seen[q.Id] {
		case done:
			return nil
		case busy:
			return unfit("Error in expression '%s': The expression refers to itself", q.Id)
		}
		seen[q.Id] = busy
		if q.math != nil {
			for _, name := range q.math.Names() {
				if err := visit(byID[name]); err != nil {
					return err
				}
			}
		}
		seen[q.Id] = done
		return nil
	}
	for _, q := range all {
		if err := visit(q); err != nil {
			return err
		}
	}
	return nil
}

// evaluator evaluates queries over a span of time, each once and only when it
// is needed.
type evaluator struct {
	tx         *kv.Tx
	home       home
	now        time.Time
	start, end time.Time
	queries    []*query
	done       map[string]expression.Value
	steps      *expression.Steps // of all of its queries
	messages   []api.MessageData
	// model, if set, knows what is expected of an expression, so that it need
	// not be learnt.
	model func(e *evaluator, of *expression.Expr, period time.Duration) (*model, error)
}

// newEvaluator evaluates queries from start, which is included, to end.
func newEvaluator(tx *kv.Tx, h home, queries []*query, start, end, now time.Time) *evaluator {
	if oldest := now.Add(-retention()[time.Hour]); start.Before(oldest) {
		start = oldest
	}
	return &evaluator{tx: tx, home: h, now: now, start: start, end: end, queries: queries, done: make(map[string]expression.Value), steps: expression.NewSteps(maxSteps, nil)}
}

// within has the memory for the evaluator's points be a share of what all requests
// have for theirs.
func (e *evaluator) within(own *share.Share) {
	e.steps = expression.NewSteps(maxSteps, func(n int) error {
		if !own.Take(int64(n) * stepBytes) {
			return &wire.APIError{Code: "ThrottlingException", Message: "Rate exceeded: too many large requests are being answered."}
		}
		return nil
	})
}

// period is the longest period of the metrics and queries that say one.
func (e *evaluator) period() time.Duration {
	var longest time.Duration
	for _, q := range e.queries {
		longest = max(longest, q.period())
	}
	if longest == 0 {
		return defaultPeriod * time.Second
	}
	return longest
}

// value is what the query comes to.
func (e *evaluator) value(q *query) (expression.Value, error) {
	if v, ok := e.done[q.Id]; ok {
		return v, nil
	}
	var (
		v   expression.Value
		err error
	)
	switch {
	case q.MetricStat != nil:
		var s expression.Series
		s, err = e.series(q.metric, q.stat, q.MetricStat.Stat, q.period(), q.MetricStat.Unit)
		v = expression.Of(s)
	case q.sql != nil:
		v, err = e.selected(q)
	default:
		period := q.period()
		if period == 0 {
			period = e.period()
		}
		v, err = q.math.Eval(e.env(period))
	}
	if err != nil {
		return v, q.fault(err)
	}
	e.done[q.Id] = v
	return v, nil
}

// env is what math is evaluated in.
func (e *evaluator) env(period time.Duration) *expression.Env {
	return &expression.Env{
		Start: e.start, End: e.end, Period: period, Steps: e.steps,
		Lookup: func(id string) (expression.Value, error) {
			for _, q := range e.queries {
				if q.Id == id {
					return e.value(q)
				}
			}
			return expression.Value{}, &expression.Error{Message: "The id '" + id + "' is not defined"}
		},
		Metrics: func(part string) ([]expression.Series, error) {
			var out []expression.Series
			for _, q := range e.queries {
				if q.MetricStat == nil || !strings.Contains(q.Id, part) {
					continue
				}
				v, err := e.value(q)
				if err != nil {
					return nil, err
				}
				out = append(out, v.Series...)
			}
			return out, nil
		},
		Search: func(query, stat string, p time.Duration) ([]expression.Series, error) {
			if p == 0 {
				p = period
			}
			return e.search(query, stat, p)
		},
		Band: func(of *expression.Expr, width float64) (upper, lower expression.Series, err error) {
			return e.band(of, width, period)
		},
	}
}

// series is a metric's statistic in every period that has data. Of data of
// several units those of the first count.
func (e *evaluator) series(id metricID, st statistic, stat string, period time.Duration, unit *string) (expression.Series, error) {
	s := expression.Series{Label: id.Name, Period: period, Metric: true, Source: source{id, stat}}
	e.steps.Take(1)
	for p, err := range first(read(e.tx, e.home, id, span{e.start.Truncate(period), e.end, period}, unit, e.now)) {
		if err != nil {
			return s, err
		}
		if !e.steps.Take(1) {
			break
		}
		if v, ok := st.of(&p.data); ok {
			s.Points = append(s.Points, expression.Point{At: p.at, Value: v})
		}
	}
	return s, e.steps.Err()
}
