package telemetry

import (
	"context"
	"time"
)

// Dimension is one of the names by which a metric's data are told apart.
type Dimension struct{ Name, Value string }

// Metric names a measurement that a service of AWS publishes of one of its
// resources, in AWS's own words.
type Metric struct {
	Account, Region string
	Namespace       string // "AWS/SQS"
	Name            string // "NumberOfMessagesSent"
	Unit            string // "Count"
	Dimensions      []Dimension
}

// Meter takes measurements. It is called on the request's own path, so it
// returns at once; what it has been told is in CloudWatch some seconds later.
type Meter interface {
	// Measure adds a value that was measured now.
	Measure(m Metric, value float64)
}

// Datum is what was measured of a metric in a span of time: how often each
// value was seen.
type Datum struct {
	Metric
	At     time.Time // any moment of the minute it belongs to
	Values map[float64]float64
	Gauge  bool // a level that was read, and not something that happened
}

// Recorder stores what was measured, as CloudWatch does. The data are of one
// account and region.
type Recorder interface {
	Record(ctx context.Context, account, region string, data []Datum) error
}
