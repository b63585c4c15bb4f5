package express

import (
	"context"
	"strconv"

	"maru.dev/maru/service/states/measure"
)

// measured runs an execution that somebody started, and publishes how it went.
func (r *Runner) measured(ctx context.Context, s Start) (End, error) {
	at := measure.Machine{Account: s.Key.Account, Region: s.Key.Region, ARN: s.Key.MachineARN(s.Key.Scope), Alias: s.Alias}
	if s.Version != 0 {
		at.Version = strconv.FormatInt(s.Version, 10)
	}
	r.metrics.Started(at, false)
	end, err := r.run(ctx, s)
	if err == nil {
		took := end.At.Sub(s.At)
		r.metrics.Ended(at, end.Status, took)
		r.metrics.Billed(at, took)
	}
	return end, err
}
