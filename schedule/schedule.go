// Package schedule reads the schedule expressions of AWS and tells when they
// are due: rate(5 minutes), cron(0 10 * * ? *) and at(2030-01-31T12:00:00).
//
// EventBridge's rules take the first two, in UTC; EventBridge Scheduler takes
// all three, in any time zone. A cron expression names wall-clock times: one
// that a change of the clocks leaves out is skipped, and one that it repeats is
// due the first time only.
package schedule

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Kind tells the forms of an expression apart.
type Kind uint8

// The forms of expressions.
const (
	Rate Kind = iota + 1
	Cron
	At
)

// Expression is a schedule that has been read. It is safe for concurrent use.
type Expression struct {
	text   string
	kind   Kind
	count  int64         // of units, for a rate
	unit   string        // as written, for a rate
	period time.Duration // of a rate
	at     time.Time     // wall-clock time, as if in UTC
	cron   *cron
}

// Parse reads an expression.
//
// Spec: EventBridge Scheduler User Guide, Schedule types in EventBridge
// Scheduler.
func Parse(expr string) (Expression, error) {
	name, rest, ok := strings.Cut(expr, "(")
	inner, closed := strings.CutSuffix(rest, ")")
	if !ok || !closed {
		return Expression{}, invalid(expr, "it is neither rate(…), cron(…) nor at(…)")
	}
	e := Expression{text: expr}
	var err error
	switch name {
	case "rate":
		e.kind = Rate
		err = e.parseRate(inner)
	case "cron":
		e.kind = Cron
		e.cron, err = parseCron(inner)
	case "at":
		e.kind = At
		e.at, err = time.Parse("2006-01-02T15:04:05", inner)
	default:
		return Expression{}, invalid(expr, "it is neither rate(…), cron(…) nor at(…)")
	}
	if err != nil {
		return Expression{}, invalid(expr, err.Error())
	}
	return e, nil
}

// invalid is the error about an expression that cannot be read.
func invalid(expr, reason string) error {
	return fmt.Errorf("schedule expression %q is not valid: %s", expr, reason)
}

// parseRate reads "5 minutes".
func (e *Expression) parseRate(inner string) error {
	number, unit, _ := strings.Cut(inner, " ")
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n <= 0 || number[0] == '+' {
		return fmt.Errorf("%q is not a positive number", number)
	}
	e.count, e.unit = n, unit
	var one time.Duration
	switch unit {
	case "minute", "minutes":
		one = time.Minute
	case "hour", "hours":
		one = time.Hour
	case "day", "days":
		one = 24 * time.Hour
	default:
		return fmt.Errorf("%q is not a unit of time", unit)
	}
	if n > int64(1<<63-1)/int64(one) {
		return fmt.Errorf("%s is too long", inner)
	}
	e.period = time.Duration(n) * one
	return nil
}

// String returns the expression as it was written.
func (e Expression) String() string { return e.text }

// Kind returns the expression's form; zero for the zero Expression.
func (e Expression) Kind() Kind { return e.kind }

// Agrees tells whether a rate's unit is in the singular for one and in the
// plural for more, as EventBridge's rules demand it. Other forms agree.
func (e Expression) Agrees() bool {
	return e.kind != Rate || (e.count == 1) != strings.HasSuffix(e.unit, "s")
}

// Next returns the first time after the given one at which the expression is
// due, with wall-clock times in loc; false when there is none. A rate has no
// times of its own: it is due one period after the given one. See NextFrom.
func (e Expression) Next(after time.Time, loc *time.Location) (time.Time, bool) {
	switch e.kind {
	case Rate:
		return after.Add(e.period).UTC(), true
	case At:
		at := time.Date(e.at.Year(), e.at.Month(), e.at.Day(), e.at.Hour(), e.at.Minute(), e.at.Second(), 0, loc).UTC()
		return at, at.After(after)
	case Cron:
		return e.cron.next(after, loc)
	}
	return time.Time{}, false
}

// NextFrom is Next for a schedule that began at anchor: a rate is due at whole
// periods from there, and so keeps its pace however late each run is.
func (e Expression) NextFrom(anchor, after time.Time, loc *time.Location) (time.Time, bool) {
	if e.kind != Rate || after.Before(anchor) {
		return e.Next(after, loc)
	}
	late := after.Sub(anchor) % e.period
	return after.Add(e.period - late).UTC(), true
}
