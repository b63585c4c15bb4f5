package picture

import (
	"math"
	"time"
)

// The names of days, Monday being 1, and of months.
var (
	days   = []string{"", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}
	months = []string{
		"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
		"December",
	}
)

const (
	dayMillis = 24 * 60 * 60 * 1000

	// maxMillis is how far from 1970 a time of JavaScript may be.
	maxMillis = 8.64e15
)

// date is a time in UTC.
type date struct{ t time.Time }

// newDate returns the time of some milliseconds, if there is one.
func newDate(millis float64) (date, bool) {
	if !(math.Abs(millis) <= maxMillis) {
		return date{}, false
	}
	return date{time.UnixMilli(int64(math.Trunc(millis))).UTC()}, true
}

func (d date) hour() int { return d.t.Hour() }

// utc is the time of a date in milliseconds. Months count from 0, and the years
// up to 99 are those of the twentieth century, both as in JavaScript.
func utc(year, month, day int) int64 {
	if year >= 0 && year <= 99 {
		year += 1900
	}
	return time.Date(year, time.Month(month+1), day, 0, 0, 0, 0, time.UTC).UnixMilli()
}

// firstWeek is the Monday of the first week of a month: the one with its first
// Thursday. For January that is the year's first week.
func firstWeek(year, month int) int64 {
	first := utc(year, month, 1)
	day := int64((time.UnixMilli(first).UTC().Weekday()+6)%7 + 1)
	if day > 4 {
		return first + (8-day)*dayMillis
	}
	return first - (day-1)*dayMillis
}

// week counts the weeks since the first of a period, which ends where the next
// one begins.
func week(today, start, following, previous int64, most float64) int {
	n := float64(today-start)/(7*dayMillis) + 1
	if n > most && today >= following {
		n = 1
	} else if n < 1 {
		n = float64(today-previous)/(7*dayMillis) + 1
	}
	return int(math.Floor(n))
}

// fragment returns a component of the time.
func (d date) fragment(component byte) int {
	year, month := d.t.Year(), int(d.t.Month())-1
	today := utc(year, month, d.t.Day())
	switch component {
	case 'Y':
		return year
	case 'M':
		return month + 1
	case 'D':
		return d.t.Day()
	case 'd':
		return int((today-utc(year, 0, 1))/dayMillis) + 1
	case 'F':
		return int((d.t.Weekday()+6)%7) + 1
	case 'W':
		return week(today, firstWeek(year, 0), firstWeek(year+1, 0), firstWeek(year-1, 0), 52)
	case 'w':
		return week(today, firstWeek(year, month), firstWeek(following(year, month)), firstWeek(previous(year, month)), 4)
	case 'X':
		return d.weekYear(year)
	case 'x':
		return d.weekMonth(year, month)
	case 'H':
		return d.hour()
	case 'h':
		return (d.hour()+11)%12 + 1
	case 'm':
		return d.t.Minute()
	case 's':
		return d.t.Second()
	case 'f':
		return d.t.Nanosecond() / 1e6
	case 'P':
		return d.hour() / 12
	}
	return 0
}

// following and previous are the months beside one.
func following(year, month int) (int, int) { return year + (month+1)/12, (month + 1) % 12 }
func previous(year, month int) (int, int)  { return year - (12-month)/12, (month + 11) % 12 }

// weekYear is the year to which the week belongs.
func (d date) weekYear(year int) int {
	switch now := d.t.UnixMilli(); {
	case now < firstWeek(year, 0):
		return year - 1
	case now >= firstWeek(year+1, 0):
		return year + 1
	}
	return year
}

// weekMonth is the month to which the week belongs, from 1.
func (d date) weekMonth(year, month int) int {
	now := d.t.UnixMilli()
	if now < firstWeek(year, month) {
		_, month = previous(year, month)
	} else if now >= firstWeek(following(year, month)) {
		_, month = following(year, month)
	}
	return month + 1
}
