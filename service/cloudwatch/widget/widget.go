// Package widget reads the documents in which graphs of CloudWatch are
// described: a dashboard's body, of which it tells what is wrong, and the widget
// that GetMetricWidgetImage draws.
package widget

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Error is a fault of a widget.
type Error struct{ Message string }

// Error tells it.
func (e *Error) Error() string { return e.Message }

// Dimension is a metric's dimension.
type Dimension struct{ Name, Value string }

// Metric is a row of a widget's metrics: a metric, or an expression.
type Metric struct {
	ID              string
	Namespace, Name string
	Dimensions      []Dimension
	Expression      string
	Label           *string
	Stat            string
	Period          int32
	Color           string
	Right           bool // on the right axis
	Hidden          bool
}

// Axis is how one of the vertical axes is drawn.
type Axis struct {
	Min, Max *float64
	Label    string
}

// Line is a horizontal annotation: a line, or a band up to To.
type Line struct {
	Value float64
	To    *float64
	Label string
	Color string
	Fill  string // above, below or ""
	Right bool
}

// Moment is a vertical annotation: a line, or a band up to To.
type Moment struct {
	At    time.Time
	To    time.Time // zero for a line
	Label string
	Color string
	Fill  string // before, after or ""
}

// Widget is a graph.
type Widget struct {
	Title         string
	View          string // timeSeries, bar, pie, singleValue, gauge or table
	Stacked       bool
	Start, End    time.Time
	Zone          *time.Location
	Width, Height int
	Dark          bool
	Legend        string // bottom, right or hidden
	Left, Right   Axis
	Metrics       []Metric
	Horizontal    []Line
	Vertical      []Moment
}

// document is a widget as it is written.
type document struct {
	Title       string              `json:"title"`
	View        string              `json:"view"`
	Stacked     bool                `json:"stacked"`
	Start       string              `json:"start"`
	End         string              `json:"end"`
	Timezone    string              `json:"timezone"`
	Width       *int                `json:"width"`
	Height      *int                `json:"height"`
	Theme       string              `json:"theme"`
	Period      int32               `json:"period"`
	Stat        string              `json:"stat"`
	Legend      legend              `json:"legend"`
	YAxis       map[string]axis     `json:"yAxis"`
	Metrics     [][]json.RawMessage `json:"metrics"`
	Annotations annotations         `json:"annotations"`
}

type legend struct {
	Position string `json:"position"`
}

type axis struct {
	Min   *float64 `json:"min"`
	Max   *float64 `json:"max"`
	Label string   `json:"label"`
}

type annotations struct {
	Horizontal []json.RawMessage `json:"horizontal"`
	Vertical   []json.RawMessage `json:"vertical"`
}

// options are at the end of a row of metrics.
type options struct {
	Expression string  `json:"expression"`
	ID         string  `json:"id"`
	Label      *string `json:"label"`
	Stat       string  `json:"stat"`
	Period     int32   `json:"period"`
	Color      string  `json:"color"`
	YAxis      string  `json:"yAxis"`
	Visible    *bool   `json:"visible"`
}

const (
	defaultWidth, defaultHeight = 600, 400
	maxSide                     = 2000
	maxImageMetrics             = 500
	// MaxLength is how long a widget's document may be.
	MaxLength = 100 << 10
)

// Parse reads a widget, as of a time.
func Parse(text string, now time.Time) (*Widget, error) {
	if len(text) > MaxLength {
		return nil, &Error{fmt.Sprintf("The MetricWidget must not be longer than %d bytes", MaxLength)}
	}
	d := document{View: "timeSeries", Start: "-PT3H", End: "PT0H", Theme: "light", Period: 300, Stat: "Average", Legend: legend{"bottom"}}
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		return nil, &Error{"The MetricWidget is not a valid JSON object: " + err.Error()}
	}
	w := &Widget{
		Title: d.Title, View: d.View, Stacked: d.Stacked, Width: defaultWidth, Height: defaultHeight, Dark: d.Theme == "dark", Legend: d.Legend.Position,
		Left: Axis(d.YAxis["left"]), Right: Axis(d.YAxis["right"]),
	}
	for _, side := range []struct {
		given *int
		into  *int
		name  string
	}{{d.Width, &w.Width, "width"}, {d.Height, &w.Height, "height"}} {
		if side.given == nil {
			continue
		}
		if *side.given < 1 || *side.given > maxSide {
			return nil, &Error{fmt.Sprintf("The %s must be between 1 and %d", side.name, maxSide)}
		}
		*side.into = *side.given
	}
	for _, read := range []func(*document, time.Time) error{w.readTimes, w.readMetrics, w.readAnnotations} {
		if err := read(&d, now); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// duration is the form of a relative time.
var duration = regexp.MustCompile(`^-?P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$`)

// readTime reads a time, or how long ago it was.
func readTime(text string, now time.Time) (time.Time, error) {
	m := duration.FindStringSubmatch(text)
	if m == nil {
		for _, form := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02"} {
			if at, err := time.Parse(form, text); err == nil {
				return at, nil
			}
		}
		return now, &Error{fmt.Sprintf("The time '%s' is not valid", text)}
	}
	const day = 24 * time.Hour
	units := []time.Duration{365 * day, 30 * day, 7 * day, day, time.Hour, time.Minute, time.Second}
	ago := time.Duration(0)
	for i, unit := range units {
		if n, err := strconv.Atoi(m[i+1]); err == nil && n < 100_000 {
			ago += time.Duration(min(float64(n)*float64(unit), math.MaxInt64/8))
		}
	}
	return now.Add(-ago), nil
}

// readTimes reads what time is shown, and in which zone.
func (w *Widget) readTimes(d *document, now time.Time) (err error) {
	if w.Start, err = readTime(d.Start, now); err != nil {
		return err
	}
	if w.End, err = readTime(d.End, now); err != nil {
		return err
	}
	if !w.Start.Before(w.End) {
		return &Error{"The start must be before the end"}
	}
	w.Zone = time.UTC
	if d.Timezone != "" {
		at, err := time.Parse("-0700", d.Timezone)
		if err != nil {
			return &Error{fmt.Sprintf("The timezone '%s' must be + or - and four digits", d.Timezone)}
		}
		w.Zone = at.Location()
		if _, offset := at.Zone(); offset == 0 {
			w.Zone = time.UTC
		}
	}
	return nil
}

// readMetrics reads the rows of metrics, in which dots stand for what the row
// before has.
func (w *Widget) readMetrics(d *document, _ time.Time) error {
	if len(d.Metrics) > maxImageMetrics {
		return &Error{fmt.Sprintf("The widget must not have more than %d metrics", maxImageMetrics)}
	}
	var before []string
	for i, row := range d.Metrics {
		var (
			names []string
			o     options
		)
		for k, cell := range row {
			var name string
			if err := json.Unmarshal(cell, &name); err == nil {
				names = append(names, name)
				continue
			}
			if err := json.Unmarshal(cell, &o); err != nil || k != len(row)-1 {
				return &Error{fmt.Sprintf("The field %d of metric %d is not valid", k, i)}
			}
		}
		m := Metric{ID: o.ID, Expression: o.Expression, Label: o.Label, Stat: o.Stat, Period: o.Period, Color: o.Color, Right: o.YAxis == "right", Hidden: o.Visible != nil && !*o.Visible}
		if m.Stat == "" {
			m.Stat = d.Stat
		}
		if m.Period == 0 {
			m.Period = d.Period
		}
		if m.Expression == "" {
			full, err := expand(names, before)
			if err != nil {
				return &Error{fmt.Sprintf("Metric %d: %s", i, err)}
			}
			before = full
			m.Namespace, m.Name = full[0], full[1]
			for k := 2; k < len(full); k += 2 {
				m.Dimensions = append(m.Dimensions, Dimension{full[k], full[k+1]})
			}
		} else if len(names) > 0 {
			return &Error{fmt.Sprintf("Metric %d has an expression and names", i)}
		}
		w.Metrics = append(w.Metrics, m)
	}
	return nil
}

// expand puts what the row before has in place of dots: one dot for the name at
// the same place, three for all that are not given.
func expand(names, before []string) ([]string, error) {
	var out []string
	for i, n := range names {
		switch n {
		case ".":
			if len(out) >= len(before) {
				return nil, fmt.Errorf("there is nothing that '.' could stand for")
			}
			out = append(out, before[len(out)])
		case "...":
			rest := len(before) - len(out) - (len(names) - i - 1)
			if rest < 0 {
				return nil, fmt.Errorf("there is nothing that '...' could stand for")
			}
			out = append(out, before[len(out):len(out)+rest]...)
		default:
			out = append(out, n)
		}
	}
	if len(out) < 2 || len(out)%2 == 1 {
		return nil, fmt.Errorf("it must have a namespace, a name, and names and values of dimensions")
	}
	return out, nil
}

// readAnnotations reads lines and bands.
func (w *Widget) readAnnotations(d *document, now time.Time) error {
	type horizontal struct {
		Value   float64 `json:"value"`
		Label   string  `json:"label"`
		Color   string  `json:"color"`
		Fill    string  `json:"fill"`
		Visible *bool   `json:"visible"`
		YAxis   string  `json:"yAxis"`
	}
	for _, raw := range d.Annotations.Horizontal {
		ends, err := pair[horizontal](raw)
		if err != nil {
			return err
		}
		a := ends[0]
		if a.Visible != nil && !*a.Visible {
			continue
		}
		line := Line{Value: a.Value, Label: a.Label, Color: a.Color, Fill: a.Fill, Right: a.YAxis == "right"}
		if len(ends) == 2 {
			line.To = &ends[1].Value
		}
		w.Horizontal = append(w.Horizontal, line)
	}
	type vertical struct {
		Value   string `json:"value"`
		Label   string `json:"label"`
		Color   string `json:"color"`
		Fill    string `json:"fill"`
		Visible *bool  `json:"visible"`
	}
	for _, raw := range d.Annotations.Vertical {
		ends, err := pair[vertical](raw)
		if err != nil {
			return err
		}
		if ends[0].Visible != nil && !*ends[0].Visible {
			continue
		}
		m := Moment{Label: ends[0].Label, Color: ends[0].Color, Fill: ends[0].Fill}
		if m.At, err = readTime(ends[0].Value, now); err != nil {
			return err
		}
		if len(ends) == 2 {
			if m.To, err = readTime(ends[1].Value, now); err != nil {
				return err
			}
		}
		w.Vertical = append(w.Vertical, m)
	}
	return nil
}

// pair reads an annotation, or the two ends of a band.
func pair[T any](raw json.RawMessage) ([]T, error) {
	if strings.HasPrefix(strings.TrimSpace(string(raw)), "[") {
		var ends []T
		if err := json.Unmarshal(raw, &ends); err != nil || len(ends) != 2 {
			return nil, &Error{"A band of annotations must have two ends"}
		}
		return ends, nil
	}
	var one T
	if err := json.Unmarshal(raw, &one); err != nil {
		return nil, &Error{"An annotation is not valid: " + err.Error()}
	}
	return []T{one}, nil
}
