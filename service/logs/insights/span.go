package insights

import (
	"strconv"
	"strings"
	"time"
)

// span is a period that times are cut to: milliseconds, or months.
type span struct {
	ms     int64
	months int
}

// readSpan reads a number with a unit of time.
func readSpan(text string) (span, bool) {
	i := 0
	for i < len(text) && (isDigit(text[i]) || text[i] == '.') {
		i++
	}
	n, err := strconv.ParseFloat(text[:i], 64)
	if err != nil || n <= 0 || n > 1e12 {
		return span{}, false
	}
	months := 0
	var unit time.Duration
	switch name := strings.ToLower(strings.TrimSpace(text[i:])); name {
	case "ms", "msec", "msecs", "millisecond", "milliseconds":
		unit = time.Millisecond
	case "s", "sec", "secs", "second", "seconds":
		unit = time.Second
	case "m", "min", "mins", "minute", "minutes":
		unit = time.Minute
	case "h", "hr", "hrs", "hour", "hours":
		unit = time.Hour
	case "d", "day", "days":
		unit = 24 * time.Hour
	case "w", "week", "weeks":
		unit = 7 * 24 * time.Hour
	case "mo", "mon", "month", "months":
		months = 1
	case "q", "qtr", "quarter", "quarters":
		months = 3
	case "y", "yr", "yrs", "year", "years":
		months = 12
	default:
		return span{}, false
	}
	if months > 0 {
		months *= int(n)
		return span{months: months}, months > 0
	}
	ms := int64(n * float64(unit.Milliseconds()))
	return span{ms: ms}, ms > 0
}

// floor cuts a time to the beginning of its period.
func (s span) floor(ms int64) int64 {
	if s.months > 0 {
		t := time.UnixMilli(ms).UTC()
		n := t.Year()*12 + int(t.Month()) - 1
		n -= n % s.months
		return time.Date(n/12, time.Month(n%12+1), 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	}
	if r := ms % s.ms; r < 0 {
		return ms - r - s.ms
	} else {
		return ms - r
	}
}

// ceil is the beginning of the next period, unless a time is one.
func (s span) ceil(ms int64) int64 {
	f := s.floor(ms)
	if f == ms {
		return ms
	}
	if s.months > 0 {
		t := time.UnixMilli(f).UTC()
		return t.AddDate(0, s.months, 0).UnixMilli()
	}
	return f + s.ms
}
