package draw

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// scale is a vertical axis.
type scale struct {
	low, high, step float64
}

// newScale is an axis with round steps that has room for values from low to
// high; fixed bounds stay as they are.
func newScale(low, high float64, fixedLow, fixedHigh *float64, steps int) scale {
	if low > high {
		low, high = 0, 1
	}
	if fixedLow == nil && low > 0 && low < high/2 {
		low = 0
	}
	if fixedLow != nil {
		low = *fixedLow
	}
	if fixedHigh != nil {
		high = *fixedHigh
	}
	if !(high > low) {
		pad := max(math.Abs(low)*0.5, 0.5)
		if fixedLow == nil {
			low -= pad
		}
		high = max(high, low) + pad
	}
	s := scale{low, high, nice((high - low) / float64(max(steps, 1)))}
	if fixedLow == nil {
		s.low = math.Floor(low/s.step) * s.step
	}
	if fixedHigh == nil {
		s.high = math.Ceil(high/s.step) * s.step
	}
	return s
}

// nice is the next round number: 1, 2 or 5 times a power of ten.
func nice(v float64) float64 {
	if !(v > 0) || math.IsInf(v, 0) {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, f := range []float64{1, 2, 5, 10} {
		if f*power >= v*0.999999 {
			return f * power
		}
	}
	return 10 * power
}

// ticks are the values of an axis that have a line.
func (s scale) ticks() []float64 {
	var out []float64
	for i := math.Ceil(s.low/s.step - 1e-9); i*s.step <= s.high+s.step*1e-9 && len(out) < 100; i++ {
		out = append(out, i*s.step)
	}
	return out
}

// number is a value as axes and figures tell it: "1.5k".
func number(v float64) string {
	unit := ""
	for _, u := range []struct {
		of   float64
		name string
	}{{1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}} {
		if math.Abs(v) >= u.of {
			v, unit = v/u.of, u.name
			break
		}
	}
	digits := 2
	if a := math.Abs(v); a < 0.01 && a > 0 {
		return strconv.FormatFloat(v, 'g', 3, 64)
	} else if a < 1 {
		digits = 3
	}
	text := strconv.FormatFloat(v, 'f', digits, 64)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	if text == "-0" {
		text = "0"
	}
	return text + unit
}

// timeSteps are the distances that times on an axis may have.
var timeSteps = []time.Duration{
	time.Second, 5 * time.Second, 15 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour, 48 * time.Hour, 7 * 24 * time.Hour, 14 * 24 * time.Hour, 30 * 24 * time.Hour, 91 * 24 * time.Hour, 365 * 24 * time.Hour,
}

// times are the moments of an axis that have a label, and the form of those.
func times(start, end time.Time, zone *time.Location, most int) (out []time.Time, form string) {
	step := timeSteps[len(timeSteps)-1]
	for _, s := range timeSteps {
		if end.Sub(start)/s <= time.Duration(max(most, 1)) {
			step = s
			break
		}
	}
	switch {
	case step >= 24*time.Hour:
		form = "01/02"
	case step >= time.Minute:
		form = "15:04"
	default:
		form = "15:04:05"
	}
	_, offset := start.In(zone).Zone()
	shift := time.Duration(offset) * time.Second
	for at := start.Add(shift).Truncate(step).Add(-shift); !at.After(end) && len(out) < 1000; at = at.Add(step) {
		if !at.Before(start) {
			out = append(out, at.In(zone))
		}
	}
	return out, form
}
