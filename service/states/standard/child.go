package standard

import (
	"maru.dev/maru/kv"
	"maru.dev/maru/pattern/value"
	"maru.dev/maru/service/states/asl"
	"maru.dev/maru/service/states/engine"
	"maru.dev/maru/service/states/flow"
)

// childResult is what a task that awaited a nested execution gets: its
// description, or a failure with it as the cause. With sync:2, input and output
// are JSON; with sync, strings of it.
func (r *Runner) childResult(tx *kv.Tx, k Key, pattern asl.Pattern) (any, *flow.Failure, error) {
	x, ok, err := Load(tx, k)
	if err != nil {
		return nil, nil, err
	}
	if !ok {
		return nil, &flow.Failure{Name: flow.ErrTaskFailed, Cause: "Execution Does Not Exist: '" + k.ARN() + "'"}, nil
	}
	d, err := r.describe(tx, x, pattern == asl.Sync2)
	if err != nil {
		return nil, nil, err
	}
	if x.Status != engine.Succeeded {
		return nil, &flow.Failure{Name: flow.ErrTaskFailed, Cause: string(value.Text(d))}, nil
	}
	return d, nil, nil
}

// describe is DescribeExecution's answer as a task's result shows it.
func (r *Runner) describe(tx *kv.Tx, x *Execution, parsed bool) (*value.Object, error) {
	show := func(event int64) (any, error) {
		if !parsed {
			text, err := Text(tx, x.Key, event)
			return text, err
		}
		p, err := r.dataOf(tx, x, event)
		if err != nil {
			return nil, err
		}
		return p.Value, nil
	}
	d := value.NewObject(16)
	if x.Cause != nil {
		d.Set("Cause", *x.Cause)
	}
	if x.Error != nil {
		d.Set("Error", *x.Error)
	}
	d.Set("ExecutionArn", x.Key.ARN())
	input, err := show(1)
	if err != nil {
		return nil, err
	}
	d.Set("Input", input)
	d.Set("InputDetails", value.Of("Included", true))
	d.Set("Name", x.Key.Name)
	if x.Output != 0 {
		output, err := show(x.Output)
		if err != nil {
			return nil, err
		}
		d.Set("Output", output)
		d.Set("OutputDetails", value.Of("Included", true))
	}
	status, reason := x.Redrivable(r.deps.Clock.Now())
	d.Set("RedriveCount", x.Redrives)
	d.Set("RedriveStatus", status)
	if reason != "" {
		d.Set("RedriveStatusReason", reason)
	}
	d.Set("StartDate", x.Started)
	if alias := x.AliasARN(); alias != "" {
		d.Set("StateMachineAliasArn", alias)
	}
	d.Set("StateMachineArn", x.MachineARN())
	if version := x.VersionARN(); version != "" {
		d.Set("StateMachineVersionArn", version)
	}
	d.Set("Status", x.Status.String())
	if x.Stopped != 0 {
		d.Set("StopDate", x.Stopped)
	}
	return d, nil
}
