package schedule

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"
	"time"
)

// The years that a cron expression can name.
const (
	firstYear = 1970
	lastYear  = 2199
)

// cron is a cron expression of six fields. A set has bit i for the value i.
type cron struct {
	minutes, hours, months uint64
	years                  [lastYear - firstYear + 1]bool
	day                    dayRule
}

// dayRule says which days of a month are due: by date, or by day of the week.
type dayRule struct {
	byWeekday bool
	dates     uint64 // days of the month, or weekdays from 1, a Sunday
	last      []int  // "L", "L-n": n days before the month's end
	near      []int  // "nW": the weekday next to day n
	lastWork  bool   // "LW": the month's last weekday
	lastOf    []int  // "nL": the month's last weekday n
	nth       [][2]int
}

// parseCron reads the six fields of a cron expression.
//
// Spec: EventBridge User Guide, Cron expressions.
func parseCron(inner string) (*cron, error) {
	fields := strings.Fields(inner)
	if len(fields) != 6 {
		return nil, fmt.Errorf("a cron expression has six fields, not %d", len(fields))
	}
	c := new(cron)
	var err error
	if c.minutes, err = parseSet("minutes", fields[0], 0, 59, nil); err != nil {
		return nil, err
	}
	if c.hours, err = parseSet("hours", fields[1], 0, 23, nil); err != nil {
		return nil, err
	}
	if c.months, err = parseSet("month", fields[3], 1, 12, monthNumber); err != nil {
		return nil, err
	}
	if err := c.parseYears(fields[5]); err != nil {
		return nil, err
	}
	switch date, weekday := fields[2], fields[4]; {
	case (date == "?") == (weekday == "?"):
		return nil, fmt.Errorf("exactly one of day-of-month and day-of-week must be ?")
	case weekday == "?":
		err = c.day.parseDates(date)
	default:
		c.day.byWeekday = true
		err = c.day.parseWeekdays(weekday)
	}
	return c, err
}

// nameNumber finds a three-letter name's number, counted from one.
func nameNumber(name, names string) (int, bool) {
	i := strings.Index(names, strings.ToUpper(name))
	if len(name) != 3 || i < 0 || i%3 != 0 {
		return 0, false
	}
	return i/3 + 1, true
}

// monthNumber is the number of a month's name.
func monthNumber(name string) (int, bool) {
	return nameNumber(name, "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC")
}

// weekdayNumber is the number of a weekday's name: SUN is 1.
func weekdayNumber(name string) (int, bool) {
	return nameNumber(name, "SUNMONTUEWEDTHUFRISAT")
}

// parseSet reads a list of values, ranges and steps between low and high, both
// below 64.
func parseSet(field, text string, low, high int, number func(string) (int, bool)) (set uint64, err error) {
	err = eachValue(field, text, low, high, number, func(v int) { set |= 1 << v })
	return set, err
}

// parseYears reads the last field.
func (c *cron) parseYears(text string) error {
	return eachValue("year", text, firstYear, lastYear, nil, func(v int) { c.years[v-firstYear] = true })
}

// eachValue calls add with each value that a field names.
func eachValue(field, text string, low, high int, number func(string) (int, bool), add func(int)) error {
	for item := range strings.SplitSeq(text, ",") {
		if err := itemValues(item, low, high, number, add); err != nil {
			return fmt.Errorf("%s: %w", field, err)
		}
	}
	return nil
}

// itemValues calls add with each value that one item of a field's list names:
// "*", "5", "5-9", "5/10", "*/10" or "5-50/10". A range whose end is before its
// beginning goes on from the lowest value.
func itemValues(item string, low, high int, number func(string) (int, bool), add func(int)) error {
	span, stepText, stepped := strings.Cut(item, "/")
	step := 1
	if stepped {
		n, ok := digits(stepText)
		if !ok || n < 1 || n > high {
			return fmt.Errorf("%q is not a step", stepText)
		}
		step = n
	}
	from, to := low, high
	if span != "*" {
		first, last, ranged := strings.Cut(span, "-")
		var err error
		if from, err = value(first, low, high, number); err != nil {
			return err
		}
		switch {
		case ranged:
			if to, err = value(last, low, high, number); err != nil {
				return err
			}
		case !stepped:
			to = from
		}
	}
	size := high - low + 1
	if to < from {
		to += size
	}
	for v := from; v <= to; v += step {
		add(low + (v-low)%size)
	}
	return nil
}

// digits reads a number that is nothing but digits.
func digits(text string) (int, bool) {
	n, err := strconv.ParseUint(text, 10, 16)
	return int(n), err == nil
}

// value reads one value of a field.
func value(text string, low, high int, number func(string) (int, bool)) (int, error) {
	if number != nil {
		if n, ok := number(text); ok {
			return n, nil
		}
	}
	n, ok := digits(text)
	if !ok || n < low || n > high {
		return 0, fmt.Errorf("%q is not between %d and %d", text, low, high)
	}
	return n, nil
}

// parseDates reads the day-of-month field.
func (d *dayRule) parseDates(text string) error {
	for item := range strings.SplitSeq(text, ",") {
		before, isLast := strings.CutPrefix(item, "L-")
		near, isNear := strings.CutSuffix(item, "W")
		switch {
		case item == "L":
			d.last = append(d.last, 0)
		case item == "LW":
			d.lastWork = true
		case isLast:
			n, ok := digits(before)
			if !ok || n > 30 {
				return fmt.Errorf("day-of-month: %q is not a number of days", before)
			}
			d.last = append(d.last, n)
		case isNear:
			n, err := value(near, 1, 31, nil)
			if err != nil {
				return fmt.Errorf("day-of-month: %w", err)
			}
			d.near = append(d.near, n)
		default:
			err := eachValue("day-of-month", item, 1, 31, nil, func(v int) { d.dates |= 1 << v })
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// parseWeekdays reads the day-of-week field.
func (d *dayRule) parseWeekdays(text string) error {
	for item := range strings.SplitSeq(text, ",") {
		weekday, nth, isNth := strings.Cut(item, "#")
		of, isLast := strings.CutSuffix(item, "L")
		switch {
		case item == "L":
			d.dates |= 1 << 7 // a week's last day is its Saturday
		case isNth:
			v, err := value(weekday, 1, 7, weekdayNumber)
			n, ok := digits(nth)
			if err != nil || !ok || n < 1 || n > 5 || text != item {
				return fmt.Errorf("day-of-week: %q is not one weekday of a month", text)
			}
			d.nth = append(d.nth, [2]int{v, n})
		case isLast:
			v, err := value(of, 1, 7, weekdayNumber)
			if err != nil {
				return fmt.Errorf("day-of-week: %w", err)
			}
			d.lastOf = append(d.lastOf, v)
		default:
			err := eachValue("day-of-week", item, 1, 7, weekdayNumber, func(v int) { d.dates |= 1 << v })
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// in returns the days of a month that are due, as a set.
func (d *dayRule) in(year int, month time.Month) (set uint64) {
	last := time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day()
	first := int(time.Date(year, month, 1, 0, 0, 0, 0, time.UTC).Weekday()) // 0 is a Sunday
	weekday := func(day int) int { return (first+day-1)%7 + 1 }
	if !d.byWeekday {
		set = d.dates
		for _, n := range d.last {
			if last-n >= 1 {
				set |= 1 << (last - n)
			}
		}
		for _, n := range d.near {
			if n <= last {
				set |= 1 << workday(n, last, weekday)
			}
		}
		if d.lastWork {
			set |= 1 << workday(last, last, weekday)
		}
		return set & (1<<(last+1) - 1)
	}
	for day := 1; day <= last; day++ {
		w := weekday(day)
		due := d.dates&(1<<w) != 0
		for _, of := range d.lastOf {
			due = due || w == of && day+7 > last
		}
		for _, nth := range d.nth {
			due = due || w == nth[0] && (day-1)/7+1 == nth[1]
		}
		if due {
			set |= 1 << day
		}
	}
	return set
}

// workday returns the day from Monday to Friday that is next to day n of a month
// and in that month.
func workday(n, last int, weekday func(int) int) int {
	switch weekday(n) {
	case 7: // Saturday
		if n == 1 {
			return 3
		}
		return n - 1
	case 1: // Sunday
		if n == last {
			return n - 2
		}
		return n + 1
	}
	return n
}

// from returns the least value of set that is not below v.
func from(set uint64, v int) (int, bool) {
	set &= ^uint64(0) << v
	return bits.TrailingZeros64(set), set != 0
}

// next finds the first due time after the given one.
func (c *cron) next(after time.Time, loc *time.Location) (time.Time, bool) {
	local := after.In(loc)
	// The clock may have been set back since the wall-clock time of after, but
	// what is then seen a second time is not due again. It may not have been
	// set forth, either: so the search begins at that wall-clock time.
	year, month, day := local.Date()
	hour, minute := local.Hour(), local.Minute()
	if year < firstYear {
		year, month, day, hour, minute = firstYear, 1, 1, 0, 0
	}
	for ; year <= lastYear; year, month, day, hour, minute = year+1, 1, 1, 0, 0 {
		if !c.years[year-firstYear] {
			continue
		}
		for m, ok := from(c.months, int(month)); ok; m, ok = from(c.months, m+1) {
			if m != int(month) {
				day, hour, minute = 1, 0, 0
			}
			days := c.day.in(year, time.Month(m))
			for d, ok := from(days, day); ok; d, ok = from(days, d+1) {
				if d != day {
					hour, minute = 0, 0
				}
				if at, ok := c.nextOn(year, time.Month(m), d, hour, minute, after, loc); ok {
					return at, true
				}
			}
			day, hour, minute = 1, 0, 0
		}
	}
	return time.Time{}, false
}

// nextOn finds the first due time after the given one on a day that is due,
// from a wall-clock time on.
func (c *cron) nextOn(year int, month time.Month, day, hour, minute int, after time.Time, loc *time.Location) (time.Time, bool) {
	for h, ok := from(c.hours, hour); ok; h, ok = from(c.hours, h+1) {
		if h != hour {
			minute = 0
		}
		for m, ok := from(c.minutes, minute); ok; m, ok = from(c.minutes, m+1) {
			at, exists := first(year, month, day, h, m, loc)
			if exists && at.After(after) {
				return at, true
			}
		}
		minute = 0
	}
	return time.Time{}, false
}

// first returns the first instant at which clocks in loc show a time; false if
// they never do.
func first(year int, month time.Month, day, hour, minute int, loc *time.Location) (time.Time, bool) {
	at := time.Date(year, month, day, hour, minute, 0, 0, loc)
	if at.Hour() != hour || at.Minute() != minute || at.Day() != day {
		return time.Time{}, false
	}
	if start, _ := at.ZoneBounds(); !start.IsZero() {
		_, now := at.Zone()
		_, before := start.Add(-1).Zone()
		earlier := at.Add(time.Duration(now-before) * time.Second)
		if earlier.Before(start) {
			at = earlier
		}
	}
	return at.UTC(), true
}
