package cloudwatch

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"maru.dev/maru/service/cloudwatch/expression"
)

// dynamic are the parts of a label that are filled in.
var dynamic = regexp.MustCompile(`\$\{([A-Z_]+)(?:\('([^']*)'\))?\}`)

// labeller fills in labels.
type labeller struct {
	home home
	zone *time.Location
	now  time.Time
}

// zoneForm is the form of a time zone: "+0130".
var zoneForm = regexp.MustCompile(`^[+-]\d{4}$`)

// readZone reads a time zone.
func readZone(text string) (*time.Location, error) {
	if text == "" {
		return time.UTC, nil
	}
	if !zoneForm.MatchString(text) {
		return nil, badZone(text)
	}
	hours, _ := strconv.Atoi(text[1:3])
	minutes, _ := strconv.Atoi(text[3:])
	if hours > 23 || minutes > 59 {
		return nil, badZone(text)
	}
	seconds := (hours*60 + minutes) * 60
	if text[0] == '-' {
		seconds = -seconds
	}
	return time.FixedZone(text, seconds), nil
}

// badZone refuses a time zone.
func badZone(text string) error {
	return unfit("The value '%s' for parameter LabelOptions.Timezone is not valid: it must be + or - and four digits, of hours and minutes.", text)
}

// label is the label of a query's series. One of several that an expression
// came to has the expression's label before its own.
func (l *labeller) label(q *query, s *expression.Series, several bool) string {
	own := s.Label
	if own == "" || q.MetricStat == nil && !several {
		own = q.Id
	}
	switch {
	case q.Label == nil:
		return own
	case strings.Contains(*q.Label, "${"):
		return l.fill(*q.Label, own, s)
	case several:
		return strings.TrimSpace(*q.Label + " " + own)
	case *q.Label == "" && q.MetricStat == nil:
		return own
	}
	return *q.Label
}

// fill puts values into a label, each of which is worked out once. What it does
// not know, and what would make the label too long, stays as it is.
func (l *labeller) fill(template, own string, s *expression.Series) string {
	known := make(map[string]string)
	size := 0
	return dynamic.ReplaceAllStringFunc(template, func(part string) string {
		v, ok := known[part]
		if !ok {
			v = l.value(part, own, s)
			known[part] = v
		}
		if size+len(v) > maxLabel {
			return part
		}
		size += len(v)
		return v
	})
}

// value is what stands for a part of a label: the part itself, if it is not known.
func (l *labeller) value(part, own string, s *expression.Series) string {
	m := dynamic.FindStringSubmatch(part)
	v, ok := own, m[1] == "LABEL"
	switch {
	case m[1] == "PROP":
		v, ok = l.property(m[2], s)
	case !ok:
		v, ok = l.figure(m[1], s.Points)
	}
	if !ok {
		return part
	}
	return v
}

// property is a property of the metric that a series is of; of other series,
// nothing.
func (l *labeller) property(name string, s *expression.Series) (string, bool) {
	switch name {
	case "AccountId":
		return l.home.Account, true
	case "Region":
		return l.home.Region, true
	case "Period":
		return strconv.Itoa(int(s.Period / time.Second)), true
	}
	src, _ := s.Source.(source)
	switch {
	case name == "MetricName":
		return src.id.Name, true
	case name == "Namespace":
		return src.id.Namespace, true
	case name == "Stat":
		return src.stat, true
	case strings.HasPrefix(name, "Dim."):
		for _, d := range src.id.Dimensions {
			if d.Name == name[len("Dim."):] {
				return d.Value, true
			}
		}
		return "", true
	}
	return "", false
}

// figure is a statistic of points, or a time or a stretch of time among them.
func (l *labeller) figure(name string, points []expression.Point) (string, bool) {
	if name == "DATAPOINT_COUNT" {
		return strconv.Itoa(len(points)), true
	}
	known := []string{"AVG", "MIN", "MAX", "SUM", "FIRST", "LAST", "MIN_MAX", "FIRST_LAST"}
	base, suffix := name, ""
	for _, end := range []string{"_TIME_RELATIVE", "_TIME_RANGE", "_RANGE", "_TIME"} {
		if strings.HasSuffix(name, end) {
			base, suffix = strings.TrimSuffix(name, end), end
			break
		}
	}
	pair := base == "MIN_MAX" || base == "FIRST_LAST"
	ok := false
	for _, k := range known {
		ok = ok || k == base
	}
	if !ok || pair != strings.HasSuffix(suffix, "_RANGE") || suffix != "" && (base == "AVG" || base == "SUM") {
		return "", false
	}
	if len(points) == 0 {
		return "--", true
	}
	if pair {
		a, b := at(strings.Split(base, "_")[0], points), at(strings.Split(base, "_")[1], points)
		if suffix == "_RANGE" {
			return rounded(math.Abs(b.Value - a.Value)), true
		}
		return b.At.Sub(a.At).Abs().String(), true
	}
	switch {
	case base == "AVG" || base == "SUM":
		return rounded(summary(base, points)), true
	case suffix == "":
		return rounded(at(base, points).Value), true
	case suffix == "_TIME":
		return at(base, points).At.In(l.zone).Format("2006-01-02 15:04:05 MST"), true
	}
	return l.now.Sub(at(base, points).At).Abs().Truncate(time.Second).String(), true
}

// at is the first, last, smallest or largest of points.
func at(which string, points []expression.Point) expression.Point {
	best := points[0]
	for _, p := range points {
		if which == "LAST" || which == "MIN" && p.Value < best.Value || which == "MAX" && p.Value > best.Value {
			best = p
		}
	}
	return best
}

// rounded is a number in a label: three digits after the point at most. Large ones
// have no more by themselves.
func rounded(v float64) string {
	if math.Abs(v) < 1<<53/1000 {
		v = math.Round(v*1000) / 1000
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}
