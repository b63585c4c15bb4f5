// Package service holds what all services share: what they are given, and what
// the platform may ask of them. Each service is a package below, and imports
// no other service and no HTTP.
package service

import (
	"context"
	"log/slog"

	"maru.dev/maru/blob"
	"maru.dev/maru/call"
	"maru.dev/maru/clock"
	"maru.dev/maru/ids"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/setback"
	"maru.dev/maru/task"
	"maru.dev/maru/telemetry"
	"maru.dev/maru/wire"
)

// Deps is what a service is given.
type Deps struct {
	Store  *kv.Store
	Blobs  *blob.Store
	Tasks  *task.Queue
	Caller call.Caller // other services
	Clock  clock.Clock
	IDs    ids.Source
	Log    *slog.Logger
	// Metrics takes what the service measures of its resources, under the names
	// that AWS publishes them by; see Measure. It may be nil.
	Metrics telemetry.Meter
	// Traces keeps what the service tells of its work beyond the calls that it
	// answers, which are told already. It may be nil.
	Traces *telemetry.Tracer
	// Lines is told of events that log groups take in. It may be nil.
	Lines telemetry.LineStore

	Endpoint string // base URL at which functions and other local clients reach maru
	// XRayDaemon is the address of the X-Ray daemon for functions; "" is none.
	XRayDaemon string
	DataDir    string // folder for what is no truth: unpacked code, caches

	// Enforcing says that keys are proved, so that one which nobody has issued
	// is good for nothing.
	Enforcing bool
}

// Measure adds a value to a metric, where anybody keeps metrics.
func (d Deps) Measure(m telemetry.Metric, value float64) {
	if d.Metrics != nil {
		d.Metrics.Measure(m, value)
	}
}

// Runner is a service with work of its own in the background. Run returns soon
// after ctx ends.
type Runner interface {
	Run(ctx context.Context) error
}

// Gauged is a service with measurements that nobody makes by calling it, as of
// what waits in its queues. It is asked once a minute.
type Gauged interface {
	Gauge(ctx context.Context, m telemetry.Meter) error
}

// Resetter is a service that holds something beside the store (caches,
// processes), to be dropped when the store is emptied.
type Resetter interface {
	Reset(ctx context.Context) error
}

// Upgrader is a service whose rows an earlier program has written in another
// form. Upgrade brings those of data folders of format from (see kv.Store's
// Upgrade) to today's, in transactions of bounded size, before anybody calls
// the service. It may be called again on what it has half done.
type Upgrader interface {
	Upgrade(ctx context.Context, from int) error
}

// Rewinder is a service with rows that wait for a time, beside its tasks. Rewind
// brings them back where the machine's clock has been set back since they were
// written, before anybody calls the service. It may be called again on what it
// has half done, and moves no row twice if it goes over them by w.
type Rewinder interface {
	Rewind(ctx context.Context, w *setback.Walk) error
}

// Registration is a service of the platform: its API, and how to make what
// implements it. New's result satisfies the API's generated Service interface,
// and may be a Runner and a Resetter, too.
type Registration struct {
	Model *wire.Service
	New   func(Deps) any
}

// Topic is the kv topic that new data in a resource wakes: messages in a queue,
// records in a stream, lines in a log group. Who writes the data wakes it in
// the same transaction; who waits for it watches.
func Topic(resourceARN string) kv.Key { return kv.NewKey("", "", "topic", resourceARN) }
