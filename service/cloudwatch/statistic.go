package cloudwatch

import (
	"math"
	"regexp"
	"strconv"
	"strings"
)

// statistic is what is asked of a bucket.
type statistic struct {
	kind    string // SampleCount … Maximum, or p tm tc ts wm pr
	lo, hi  float64
	percent bool // lo and hi are percentiles, not values
}

// extended reads "p99.9", "tm90", "TC(10%:90%)", "PR(:300)" and the like.
var extended = regexp.MustCompile(`(?i)^(p|tm|tc|ts|wm)(\d{1,2}(?:\.\d{0,10})?|100)$|^(tm|tc|ts|wm|pr)\((-?[\d.]*)(%?):(-?[\d.]*)(%?)\)$`)

// parseStatistic reads a statistic's name; ok is false when it is none.
func parseStatistic(s string) (st statistic, ok bool) {
	switch s {
	case "SampleCount", "Average", "Sum", "Minimum", "Maximum":
		return statistic{kind: s}, true
	}
	if strings.EqualFold(s, "IQM") {
		return statistic{kind: "tm", lo: 25, hi: 75, percent: true}, true
	}
	m := extended.FindStringSubmatch(s)
	if m == nil {
		return st, false
	}
	if m[1] != "" {
		hi, err := strconv.ParseFloat(m[2], 64)
		return statistic{kind: strings.ToLower(m[1]), hi: hi, percent: true}, err == nil
	}
	st = statistic{kind: strings.ToLower(m[3]), lo: math.Inf(-1), hi: math.Inf(1), percent: m[5] != "" || m[7] != ""}
	if st.percent {
		st.lo, st.hi = 0, 100
	}
	for _, bound := range []struct {
		text string
		into *float64
	}{{m[4], &st.lo}, {m[6], &st.hi}} {
		if bound.text == "" {
			continue
		}
		v, err := strconv.ParseFloat(bound.text, 64)
		if err != nil {
			return st, false
		}
		*bound.into = v
	}
	return st, (m[4] != "" || m[6] != "") && !(st.kind == "pr" && st.percent) && st.lo < st.hi
}

// of is the statistic of a bucket; ok is false when the bucket cannot tell it.
func (st statistic) of(b *bucket) (v float64, ok bool) {
	switch {
	case b.Count == 0:
		return 0, false
	case st.kind == "SampleCount":
		return b.Count, true
	case st.kind == "Average":
		return b.Sum / b.Count, true
	case st.kind == "Sum":
		return b.Sum, true
	case st.kind == "Minimum":
		return b.Min, true
	case st.kind == "Maximum":
		return b.Max, true
	case b.Vague:
		return 0, false
	case st.kind == "p":
		return percentile(b, st.hi), true
	}
	return st.trimmed(b)
}

// percentile is the value that p percent of a bucket's values do not exceed.
func percentile(b *bucket, p float64) float64 {
	switch {
	case p <= 0:
		return b.Min
	case p >= 100:
		return b.Max
	}
	rank, seen := p/100*b.Count, 0.0
	for _, w := range b.values() {
		seen += w.count
		if seen >= rank {
			return w.value
		}
	}
	return b.Max
}

// trimmed is a statistic of the values between two bounds.
func (st statistic) trimmed(b *bucket) (float64, bool) {
	from, to := b.Count*st.lo/100, b.Count*st.hi/100
	var sum, count, below, above, seen float64
	for _, w := range b.values() {
		n := 0.0
		switch {
		case st.percent:
			n = max(0, min(seen+w.count, to)-max(seen, from))
			below += max(0, min(seen+w.count, from)-seen)
			above += max(0, seen+w.count-max(seen, to))
		case w.value > st.lo && w.value <= st.hi:
			n = w.count
		case w.value <= st.lo:
			below += w.count
		default:
			above += w.count
		}
		seen += w.count
		sum, count = sum+w.value*n, count+n
	}
	lo, hi := st.lo, st.hi
	if st.percent {
		lo, hi = percentile(b, st.lo), percentile(b, st.hi)
	}
	switch st.kind {
	case "tc":
		return count, true
	case "ts":
		return sum, true
	case "pr":
		return 100 * count / b.Count, true
	case "wm":
		if below > 0 {
			sum += below * lo
		}
		if above > 0 {
			sum += above * hi
		}
		return sum / b.Count, true
	}
	if count == 0 {
		return 0, false
	}
	return sum / count, true
}
