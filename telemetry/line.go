package telemetry

import "time"

// Line is an event of a log group.
type Line struct {
	At   time.Time
	Text string
}

// LineStore is told of events that log groups take in. It is called on the
// request's own path, so it returns at once, and keeps nothing of what it is
// given.
type LineStore interface {
	Lines(account, region, group, stream string, lines []Line)
}
