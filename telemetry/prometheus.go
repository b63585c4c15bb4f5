package telemetry

import (
	"bufio"
	"io"
	"sort"
	"strconv"
	"strings"
)

// ContentType is of what WritePrometheus writes.
const ContentType = "text/plain; version=0.0.4; charset=utf-8"

// Number is a measurement of the process itself, for Prometheus alone.
type Number struct {
	Name, Help string
	Labels     []Dimension
	Value      float64
	Counter    bool // it only grows; else it is a gauge
}

// sample is a line of Prometheus's text format.
type sample struct {
	family, kind, help string
	suffix             string
	labels             string
	value              float64
}

// WritePrometheus writes all that was measured since the start, and further
// numbers, in Prometheus's text format.
//
// The name of a metric of AWS is its namespace and its own, with the unit where
// that is no count: aws_sqs_number_of_messages_sent_total,
// aws_lambda_duration_milliseconds_sum and …_count. Its labels are account,
// region and AWS's dimensions.
func (t *Tally) WritePrometheus(w io.Writer, more []Number) error {
	var all []sample
	t.each(func(m Metric, c *cell) { all = append(all, samplesOf(m, c)...) })
	for _, n := range more {
		kind := "gauge"
		if n.Counter {
			kind = "counter"
		}
		all = append(all, sample{family: n.Name, kind: kind, help: n.Help, labels: labelsOf(n.Labels), value: n.Value})
	}
	sort.Slice(all, func(i, j int) bool {
		a, b := &all[i], &all[j]
		switch {
		case a.family != b.family:
			return a.family < b.family
		case a.labels != b.labels:
			return a.labels < b.labels
		default:
			return a.suffix < b.suffix
		}
	})
	out := bufio.NewWriter(w)
	last := ""
	for i := range all {
		s := &all[i]
		if s.family != last {
			last = s.family
			// A bufio.Writer keeps its first error for Flush.
			_, _ = out.WriteString("# HELP " + s.family + " " + s.help + "\n# TYPE " + s.family + " " + s.kind + "\n")
		}
		_, _ = out.WriteString(s.family + s.suffix + s.labels + " ")
		_, _ = out.Write(strconv.AppendFloat(out.AvailableBuffer(), s.value, 'g', -1, 64))
		_ = out.WriteByte('\n')
	}
	return out.Flush()
}

// each shows all that was ever measured.
func (t *Tally) each(show func(Metric, *cell)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, r := range t.loose {
		show(r.metric, &r.cell)
	}
	for _, f := range t.families {
		f.each(show)
	}
}

// samplesOf writes a metric of AWS as Prometheus has it: levels as gauges,
// counts as counters, the rest as summaries.
func samplesOf(m Metric, c *cell) []sample {
	name := snake(m.Namespace) + "_" + snake(m.Name)
	labels := labelsOf(append([]Dimension{{"account", m.Account}, {"region", m.Region}}, m.Dimensions...))
	help := m.Namespace + " " + m.Name + " (" + m.Unit + ")"
	switch {
	case c.gauge:
		return []sample{{family: name, kind: "gauge", help: help, labels: labels, value: c.level}}
	case m.Unit == "Count" || m.Unit == "None" || m.Unit == "":
		return []sample{{family: name + "_total", kind: "counter", help: help, labels: labels, value: c.sum}}
	}
	name += "_" + snake(m.Unit)
	return []sample{
		{family: name, kind: "summary", help: help, suffix: "_count", labels: labels, value: c.samples},
		{family: name, kind: "summary", help: help, suffix: "_sum", labels: labels, value: c.sum},
	}
}

// snake writes a name of AWS as Prometheus wants names: AWS/SQS as aws_sqs,
// NumberOfMessagesSent as number_of_messages_sent, 4xx as _4xx.
func snake(name string) string {
	var b strings.Builder
	lower := func(c byte) bool { return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' }
	upper := func(c byte) bool { return c >= 'A' && c <= 'Z' }
	for i := range len(name) {
		c := name[i]
		switch {
		case upper(c):
			next := i+1 < len(name) && name[i+1] >= 'a' && name[i+1] <= 'z'
			if i > 0 && (lower(name[i-1]) || upper(name[i-1]) && next) {
				b.WriteByte('_')
			}
			b.WriteByte(c + 'a' - 'A')
		case lower(c):
			b.WriteByte(c)
		default:
			b.WriteByte('_')
		}
	}
	return b.String()
}

// labelsOf writes labels; those without a value are left out.
func labelsOf(list []Dimension) string {
	if len(list) == 0 {
		return ""
	}
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)
	var b strings.Builder
	for _, d := range list {
		if d.Value == "" {
			continue
		}
		if b.Len() == 0 {
			b.WriteByte('{')
		} else {
			b.WriteByte(',')
		}
		name := snake(d.Name)
		if name[0] >= '0' && name[0] <= '9' {
			name = "_" + name
		}
		b.WriteString(name + `="` + escape.Replace(strings.ToValidUTF8(d.Value, "\uFFFD")) + `"`)
	}
	if b.Len() > 0 {
		b.WriteByte('}')
	}
	return b.String()
}
