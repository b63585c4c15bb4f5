package cloudwatch

import (
	"context"
	"fmt"
	"slices"

	api "maru.dev/maru/api/cloudwatch"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/cloudwatch/draw"
	"maru.dev/maru/service/cloudwatch/expression"
	"maru.dev/maru/service/cloudwatch/widget"
	"maru.dev/maru/wire"
)

// maxLines is how many lines a graph has; the others are left out, and the graph
// says that it is partial.
const maxLines = 500

// GetMetricWidgetImage draws a graph of metrics.
//
// Spec: CloudWatch API Reference, GetMetricWidgetImage.
func (s *Service) GetMetricWidgetImage(ctx context.Context, in *api.GetMetricWidgetImageInput) (*api.GetMetricWidgetImageOutput, error) {
	switch wire.Value(in.OutputFormat) {
	case "", "png":
	case "image/png":
		return nil, wire.NotImplemented("cloudwatch", "GetMetricWidgetImage with OutputFormat image/png")
	default:
		return nil, unfit("The value '%s' for parameter OutputFormat is not valid: it must be png or image/png.", *in.OutputFormat)
	}
	now, h := s.Clock.Now(), homeOf(call.From(ctx))
	w, err := widget.Parse(in.MetricWidget, now)
	if err != nil {
		return nil, unfit("Invalid MetricWidget: %s", err)
	}
	list := widgetQueries(w)
	queries, err := readQueries(list)
	if err != nil {
		return nil, err
	}
	own := s.memory.Join()
	defer own.Leave()
	c := chartOf(w)
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		e := newEvaluator(tx, h, queries, w.Start, w.End, now)
		e.within(own)
		c.Lines, c.Partial, err = lines(e, w, labeller{h, w.Zone, now})
		return err
	})
	if err != nil {
		return nil, err
	}
	image, err := c.PNG()
	if err != nil {
		return nil, fmt.Errorf("draw widget: %w", err)
	}
	return &api.GetMetricWidgetImageOutput{MetricWidgetImage: image}, nil
}

// widgetQueries are the queries of a widget's metrics. Those without an id get
// one that no other has.
func widgetQueries(w *widget.Widget) []api.MetricDataQuery {
	out := make([]api.MetricDataQuery, len(w.Metrics))
	taken := func(id string) bool {
		return slices.ContainsFunc(w.Metrics, func(m widget.Metric) bool { return m.ID == id })
	}
	for i, m := range w.Metrics {
		id := m.ID
		for n := i; id == "" || m.ID == "" && taken(id); n += len(w.Metrics) {
			id = fmt.Sprintf("widget%d", n)
		}
		q := api.MetricDataQuery{Id: id, Label: m.Label, ReturnData: new(!m.Hidden)}
		if m.Expression != "" {
			q.Expression, q.Period = new(m.Expression), new(m.Period)
		} else {
			dims := make([]api.Dimension, len(m.Dimensions))
			for k, d := range m.Dimensions {
				dims[k] = api.Dimension(d)
			}
			q.MetricStat = &api.MetricStat{Metric: &api.Metric{Namespace: new(m.Namespace), MetricName: new(m.Name), Dimensions: dims}, Period: m.Period, Stat: m.Stat}
		}
		out[i] = q
	}
	return out
}

// lines are the series of a widget's metrics that are visible.
func lines(e *evaluator, w *widget.Widget, l labeller) (out []draw.Line, partial bool, err error) {
	for i, q := range e.queries {
		if !q.returned() {
			continue
		}
		v, err := e.value(q)
		if err != nil {
			return nil, false, err
		}
		for k := range v.Series {
			if len(out) == maxLines {
				return out, true, nil
			}
			series := &v.Series[k]
			line := draw.Line{Label: l.label(q, series, v.Type == expression.Array), Right: w.Metrics[i].Right}
			if v.Type != expression.Array || len(v.Series) == 1 {
				line.Color = w.Metrics[i].Color
			}
			for _, p := range series.Points {
				line.Points = append(line.Points, draw.Point(p))
			}
			out = append(out, line)
		}
	}
	return out, len(e.messages) > 0, nil
}

// chartOf is a widget's chart, without its lines.
func chartOf(w *widget.Widget) *draw.Chart {
	c := &draw.Chart{
		Width: w.Width, Height: w.Height, Title: w.Title, View: w.View, Stacked: w.Stacked, Dark: w.Dark, Legend: w.Legend,
		Start: w.Start, End: w.End, Zone: w.Zone, Left: draw.Axis(w.Left), Right: draw.Axis(w.Right),
	}
	for _, a := range w.Horizontal {
		c.Levels = append(c.Levels, draw.Level(a))
	}
	for _, m := range w.Vertical {
		c.Moments = append(c.Moments, draw.Moment(m))
	}
	return c
}
