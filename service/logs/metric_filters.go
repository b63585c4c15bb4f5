package logs

import (
	"context"
	"fmt"
	"strings"
	"time"

	"maru.dev/maru/api/cloudwatch"
	api "maru.dev/maru/api/logs"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/logs/chunk"
	"maru.dev/maru/service/logs/filter"
	"maru.dev/maru/service/logs/metricfilter"
	"maru.dev/maru/task"
)

const (
	// maxMetricFilters is how many a group may have.
	maxMetricFilters = 100
	// maxData is how many points one call publishes.
	maxData = 500
	// logsPrincipal is who calls others for groups.
	logsPrincipal = "logs.amazonaws.com"
)

// metricFilter is a metric filter of a group.
type metricFilter struct {
	Name        string
	Pattern     string
	Transform   api.MetricTransformation
	Created     int64
	Transformed *bool
	Criteria    *string
	System      []string
}

func (h home) metricFilterKey(groupID, name string) kv.Key { return h.key("m", groupID, name) }

// parse reads the filter.
func (f *metricFilter) parse() (*metricfilter.Filter, error) {
	t := f.Transform
	s := metricfilter.Spec{
		Pattern: f.Pattern, Namespace: t.MetricNamespace, Name: t.MetricName, Value: t.MetricValue, Default: t.DefaultValue, Dimensions: t.Dimensions,
	}
	if t.Unit != nil && *t.Unit != "None" {
		s.Unit = *t.Unit
	}
	return metricfilter.New(s)
}

// PutMetricFilter makes metrics of a group's events from now on.
//
// Spec: CloudWatch Logs API Reference, PutMetricFilter.
func (s *Service) PutMetricFilter(ctx context.Context, in *api.PutMetricFilterInput) (*api.PutMetricFilterOutput, error) {
	f := metricFilter{
		Name: in.FilterName, Pattern: in.FilterPattern, Transform: in.MetricTransformations[0], Created: s.Clock.Now().UnixMilli(),
		Transformed: in.ApplyOnTransformedLogs, Criteria: in.FieldSelectionCriteria, System: in.EmitSystemFieldDimensions,
	}
	if strings.HasPrefix(f.Transform.MetricNamespace, "AWS/") {
		return nil, invalid("The namespace AWS/ is reserved for AWS services.")
	}
	if _, err := f.parse(); err != nil {
		return nil, invalid("%v", err)
	}
	err := s.change(ctx, in.LogGroupName, func(tx *kv.Tx, h home, g *group) error {
		old, ok, err := kv.Get[metricFilter](tx, h.metricFilterKey(g.ID, f.Name))
		if err != nil {
			return err
		}
		stored := f
		if ok {
			stored.Created = old.Created
		} else {
			if g.MetricFilters >= maxMetricFilters {
				return &api.LimitExceededException{Message: "Resource limit exceeded."}
			}
			if g.MetricFilters == 0 {
				if err := begin(tx, h, g, metricsFollower); err != nil {
					return err
				}
			}
			g.MetricFilters++
		}
		return kv.Put(tx, h.metricFilterKey(g.ID, f.Name), stored)
	})
	if err != nil {
		return nil, err
	}
	return &api.PutMetricFilterOutput{}, nil
}

// DeleteMetricFilter removes a metric filter; what it has made stays.
//
// Spec: CloudWatch Logs API Reference, DeleteMetricFilter.
func (s *Service) DeleteMetricFilter(ctx context.Context, in *api.DeleteMetricFilterInput) (*api.DeleteMetricFilterOutput, error) {
	err := s.change(ctx, in.LogGroupName, func(tx *kv.Tx, h home, g *group) error {
		_, ok, err := tx.Get(h.metricFilterKey(g.ID, in.FilterName))
		if err != nil {
			return err
		}
		if !ok {
			return &api.ResourceNotFoundException{Message: "The specified metric filter does not exist."}
		}
		g.MetricFilters--
		return tx.Delete(h.metricFilterKey(g.ID, in.FilterName))
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteMetricFilterOutput{}, nil
}

// DescribeMetricFilters returns metric filters: of a group, of a metric, or all.
//
// Spec: CloudWatch Logs API Reference, DescribeMetricFilters.
func (s *Service) DescribeMetricFilters(ctx context.Context, in *api.DescribeMetricFiltersInput) (*api.DescribeMetricFiltersOutput, error) {
	if (in.MetricName == nil) != (in.MetricNamespace == nil) {
		return nil, invalid("metricName and metricNamespace must be specified together.")
	}
	h := homeOf(ctx)
	after := ""
	if in.NextToken != nil {
		b, err := readPage(h.key("m"), *in.NextToken)
		if err != nil {
			return nil, err
		}
		after = b
	}
	out := &api.DescribeMetricFiltersOutput{MetricFilters: []api.MetricFilter{}}
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		groups, err := groupsWith(tx, h, in.LogGroupName, func(g *group) bool { return g.MetricFilters > 0 })
		if err != nil {
			return err
		}
		for _, g := range groups {
			for row, err := range kv.Scan[metricFilter](tx, kv.Prefix(h.key("m", g.ID))) {
				if err != nil {
					return err
				}
				f := row.Value
				if !f.chosen(in) || g.Name+"\x00"+f.Name <= after {
					continue
				}
				if len(out.MetricFilters) == pageSize(in.Limit) {
					last := out.MetricFilters[len(out.MetricFilters)-1]
					out.NextToken = service.PageToken(h.key("m"), *last.LogGroupName+"\x00"+*last.FilterName)
					return nil
				}
				out.MetricFilters = append(out.MetricFilters, f.render(g.Name))
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// groupsWith returns the group of a name, or those that are chosen.
func groupsWith(tx *kv.Tx, h home, name *string, chosen func(g *group) bool) (groups []group, err error) {
	if name != nil {
		g, err := loadGroup(tx, h, *name)
		return []group{g}, err
	}
	for row, err := range kv.Scan[group](tx, kv.Prefix(h.key("g"))) {
		if err != nil {
			return nil, err
		}
		if chosen(&row.Value) {
			groups = append(groups, row.Value)
		}
	}
	return groups, nil
}

// chosen says whether a request wants a filter.
func (f *metricFilter) chosen(in *api.DescribeMetricFiltersInput) bool {
	if in.FilterNamePrefix != nil && !strings.HasPrefix(f.Name, *in.FilterNamePrefix) {
		return false
	}
	return in.MetricName == nil || f.Transform.MetricName == *in.MetricName && f.Transform.MetricNamespace == *in.MetricNamespace
}

// render writes a filter as clients see it.
func (f *metricFilter) render(group string) api.MetricFilter {
	return api.MetricFilter{
		FilterName: &f.Name, FilterPattern: &f.Pattern, MetricTransformations: []api.MetricTransformation{f.Transform}, CreationTime: &f.Created,
		LogGroupName: &group, ApplyOnTransformedLogs: f.Transformed, FieldSelectionCriteria: f.Criteria, EmitSystemFieldDimensions: f.System,
	}
}

// TestMetricFilter tells which messages a pattern matches, and what it takes from
// them.
//
// Spec: CloudWatch Logs API Reference, TestMetricFilter.
func (s *Service) TestMetricFilter(_ context.Context, in *api.TestMetricFilterInput) (*api.TestMetricFilterOutput, error) {
	p, err := filter.Parse(in.FilterPattern)
	if err != nil {
		return nil, invalid("Invalid filter pattern: %v", err)
	}
	out := &api.TestMetricFilterOutput{Matches: []api.MetricFilterMatchRecord{}}
	for i, m := range in.LogEventMessages {
		if p.Match(m) {
			out.Matches = append(out.Matches, api.MetricFilterMatchRecord{EventNumber: new(int64(i + 1)), EventMessage: &m, ExtractedValues: p.Extracted(m)})
		}
	}
	return out, nil
}

// publish makes metrics of what came in: by the group's filters, and of events
// in the embedded metric format.
func (s *Service) publish(ctx context.Context, h home, g *group, list []arrived, trace string) error {
	filters, err := s.metricFilters(ctx, h, g)
	if err != nil {
		return err
	}
	b := metricfilter.NewBatch()
	var scratch []byte
	for _, a := range list {
		body, err := a.chunk.Unpack(scratch)
		if err != nil {
			return task.Dead(err)
		}
		scratch = body.Scratch()
		var maybe []*metricfilter.Filter
		for _, f := range filters {
			if f.Maybe(body.Text) {
				maybe = append(maybe, f)
			} else {
				b.Skip(f, a.chunk.First)
			}
		}
		embedded := metricfilter.Embedded(body.Text)
		if len(maybe) == 0 && !embedded {
			continue
		}
		if err := take(b, &body, maybe, embedded); err != nil {
			return task.Dead(err)
		}
	}
	b.Finish(filters)
	if len(list) == 0 {
		return nil
	}
	once := fmt.Sprintf("%s/%d", g.ID, list[len(list)-1].spot.Version)
	return s.putData(ctx, h, g, b.Points(), once, trace)
}

// take gives a chunk's events to the filters that may want them.
func take(b *metricfilter.Batch, body *chunk.Body, filters []*metricfilter.Filter, embedded bool) error {
	return body.All(func(_ int, e chunk.Event) bool {
		for _, f := range filters {
			b.Add(f, e.At, e.Message)
		}
		if embedded {
			b.AddEmbedded(e.At, e.Message)
		}
		return true
	})
}

// metricFilters reads a group's filters. One that cannot be read any more is
// left out.
func (s *Service) metricFilters(ctx context.Context, h home, g *group) (filters []*metricfilter.Filter, err error) {
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		for row, err := range kv.Scan[metricFilter](tx, kv.Prefix(h.key("m", g.ID))) {
			if err != nil {
				return err
			}
			f, err := row.Value.parse()
			if err != nil {
				s.Log.WarnContext(ctx, "a metric filter cannot be read", "group", g.Name, "filter", row.Value.Name, "err", err)
				continue
			}
			filters = append(filters, f)
		}
		return nil
	})
	return filters, err
}

// putData publishes points, each namespace by itself. What CloudWatch refuses is
// dropped with a log line: it would refuse it again. once names the batch among
// its repetitions; a namespace of it and a part are one more.
func (s *Service) putData(ctx context.Context, h home, g *group, points []metricfilter.Point, once, trace string) error {
	part := 0
	for len(points) > 0 {
		n := 0
		in := &cloudwatch.PutMetricDataInput{Namespace: points[0].Namespace}
		for n < len(points) && n < maxData && points[n].Namespace == in.Namespace {
			in.MetricData = append(in.MetricData, datum(&points[n]))
			n++
		}
		points = points[n:]
		as := call.As(ctx, logsPrincipal, h.arnOf(g.Name), h.Account, h.Region)
		info := call.From(as)
		info.Once = fmt.Sprintf("%s/%d/%s", once, part, in.Namespace)
		part++
		if trace != "" {
			info.TraceID = trace
		}
		as = call.With(as, info)
		if _, err := s.Caller.Call(as, "cloudwatch", "PutMetricData", in); task.Refused(err) {
			s.Log.WarnContext(ctx, "metrics of log events were refused", "group", g.Name, "namespace", in.Namespace, "err", err)
		} else if err != nil {
			return fmt.Errorf("publish metrics of log group %s: %w", g.Name, err)
		}
	}
	return nil
}

// datum writes a point for CloudWatch.
func datum(p *metricfilter.Point) cloudwatch.MetricDatum {
	d := cloudwatch.MetricDatum{
		MetricName: p.Name, Timestamp: new(time.UnixMilli(p.At)), Values: p.Values, Counts: p.Counts, StorageResolution: &p.Resolution,
	}
	if p.Unit != "" {
		d.Unit = &p.Unit
	}
	pairs := p.Pairs()
	for i := 0; i+1 < len(pairs); i += 2 {
		d.Dimensions = append(d.Dimensions, cloudwatch.Dimension{Name: pairs[i], Value: pairs[i+1]})
	}
	return d
}
