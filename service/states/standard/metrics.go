package standard

import (
	"strconv"
	"time"

	"maru.dev/maru/service/states/engine"
	"maru.dev/maru/service/states/measure"
)

// measure publishes what a turn has done, once it is committed. tasks are those
// that were under way before it.
func (r *Runner) measure(before, x *Execution, t *engine.Turn, tasks measure.Tasks) {
	if x.Run != "" {
		return // a map run's child is not an execution that anybody started
	}
	r.metrics.Events(x.Key.Account, x.Key.Region, t.Events, tasks)
	at := measure.Machine{Account: x.Key.Account, Region: x.Key.Region, ARN: x.MachineARN(), Alias: x.Alias}
	if x.Version != 0 {
		at.Version = strconv.FormatInt(x.Version, 10)
	}
	if before.Status != engine.Running {
		r.metrics.Started(at, before.Status != 0)
	}
	if x.Status != engine.Running {
		began := x.Started
		if x.RedrivenAt != 0 {
			began = x.RedrivenAt
		}
		r.metrics.Ended(at, x.Status, time.Duration(x.Stopped-began)*time.Millisecond)
	}
}
