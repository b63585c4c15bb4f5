package cloudwatch

import (
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"maru.dev/maru/service/cloudwatch/expression"
)

// filledByHand fills a label as fill does, read from left to right.
func filledByHand(l *labeller, template, own string, s *expression.Series) string {
	out, size := "", 0
	for template != "" {
		part := ""
		if rest, ok := strings.CutPrefix(template, "${"); ok {
			name := rest[:len(rest)-len(strings.TrimLeft(rest, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_"))]
			after := rest[len(name):]
			if argument, ok := strings.CutPrefix(after, "('"); ok {
				if end := strings.IndexByte(argument, '\''); end >= 0 {
					after = strings.TrimPrefix(argument[end:], "')")
				}
			}
			if name != "" && strings.HasPrefix(after, "}") {
				part = template[:len(template)-len(after)+1]
			}
		}
		if part == "" {
			out, template = out+template[:1], template[1:]
			continue
		}
		template = template[len(part):]
		v := l.value(part, own, s)
		if size+len(v) > maxLabel {
			out += part
			continue
		}
		out, size = out+v, size+len(v)
	}
	return out
}

// A label is filled in as far as it is known what with, whatever stands in it, and
// grows by no more than a label may be long.
func FuzzLabel(f *testing.F) {
	for _, template := range []string{
		"", "cpu", "${LABEL} of ${PROP('Dim.Host')}", "${MIN} ${MAX_TIME}${LAST_TIME_RELATIVE}", "${FIRST_LAST_TIME_RANGE}${MIN_MAX_RANGE}",
		"${AVG_TIME}${SUM}${NOPE}${DATAPOINT_COUNT}", "${${LABEL}}", "${PROP('Dim.')}${PROP}${PROP('Dim.${LABEL}')}", "${LABEL('", "${LABEL('x')}$", "$${LABEL}}",
		strings.Repeat("${LABEL}", 300),
	} {
		f.Add(template, "m1", 1.5, -1e307)
	}
	f.Add("${PROP('Dim.Host')}${PROP('Period')}", strings.Repeat("é", 2000), 0.0005, 1e15)
	f.Add("0", "0", -271.99699999999996, 3.9682539682539683e12)
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, template, own string, a, b float64) {
		if len(template) > maxLabel || math.IsNaN(a+b) || math.IsInf(a+b, 0) {
			return // which are refused, and dropped
		}
		s := expression.Series{
			Label: own, Period: time.Minute, Points: []expression.Point{{At: at, Value: a}, {At: at.Add(time.Minute), Value: b}},
			Source: source{id: newMetricID("ns", "m", nil), stat: "Sum"},
		}
		l := &labeller{home: home{Account: "000000000000", Region: "us-east-1"}, zone: time.UTC, now: at.Add(time.Hour)}
		got := l.fill(template, own, &s)
		if want := filledByHand(l, template, own, &s); got != want {
			t.Errorf("%q is %q, by hand %q", template, got, want)
		}
		if len(got) > len(template)+maxLabel {
			t.Errorf("%q becomes %d characters long", template, len(got))
		}
		for _, v := range []float64{a, b} {
			told, err := strconv.ParseFloat(rounded(v), 64)
			if err != nil || math.Abs(told-v) > 0.0006+math.Abs(v)*0x1p-51 { // half a thousandth, and what v itself is sure of
				t.Errorf("%v is told as %s", v, rounded(v))
			}
		}
	})
}

// A time zone that is taken is the one that its digits say.
func FuzzZone(f *testing.F) {
	for _, text := range []string{"", "+0130", "-0730", "+0000", "-0000", "+2359", "+2400", "+0060", "+9999", "0130", "+130", "+01:30", "+01300", "+0130\n", "+٠١٣٠", "Z"} {
		f.Add(text)
	}
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		zone, err := readZone(text)
		if err != nil {
			if at, err := time.Parse("-0700", text); err == nil && text[1:3] < "24" && text[3:] < "60" {
				t.Errorf("%q is refused, which is %v", text, at)
			}
			return
		}
		if text == "" {
			text = "+0000"
		}
		shown := noon.In(zone).Format("2006-01-02 15:04:05 ") + text
		if back, err := time.Parse("2006-01-02 15:04:05 -0700", shown); err != nil || !back.Equal(noon) {
			t.Errorf("noon at %q is %s, which is %v (%v)", text, shown, back, err)
		}
	})
}
