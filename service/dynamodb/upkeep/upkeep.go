// Package upkeep is what DynamoDB does later: filling new indexes, removing
// items whose time has come, trimming streams, and forgetting the tokens of
// transactions. Each is a task that is written with its cause.
package upkeep

import (
	"time"

	"maru.dev/maru/service"
	"maru.dev/maru/telemetry"
)

// Upkeep starts these tasks, and runs them.
type Upkeep struct {
	service.Deps

	metrics *telemetry.Family
}

// New returns the upkeep of a service, and makes it the one that runs its tasks.
func New(d service.Deps, metrics *telemetry.Family) *Upkeep {
	u := &Upkeep{d, metrics}
	d.Tasks.Handle(backfillTask, u.runBackfill, nil)
	d.Tasks.Handle(expireTask, u.runExpire, nil)
	d.Tasks.Handle(trimTask, u.runTrim, nil)
	d.Tasks.Handle(tokensTask, u.runTokens, nil)
	return u
}

// now is the present, in whole milliseconds as the API tells it.
func (u *Upkeep) now() time.Time { return u.Clock.Now().UTC().Truncate(time.Millisecond) }
