package states

import (
	"context"
	"time"

	api "maru.dev/maru/api/states"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/states/express"
	"maru.dev/maru/service/states/machine"
	"maru.dev/maru/service/states/standard"
	"maru.dev/maru/telemetry"
)

// StartSyncExecution runs an execution of an express state machine and returns
// what comes of it. It runs once at most.
//
// Spec: Step Functions API Reference, StartSyncExecution.
func (s *Service) StartSyncExecution(ctx context.Context, in *api.StartSyncExecutionInput) (*api.StartSyncExecutionOutput, error) {
	r, input, err := s.startable(in.StateMachineArn, in.Name, in.Input)
	if err != nil {
		return nil, err
	}
	var p *machine.Prepared
	var version int64
	var alias string
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		p, version, alias, err = s.route(tx, r, in.StateMachineArn)
		return err
	})
	if err != nil {
		return nil, err
	}
	if !p.Express {
		return nil, notSupported()
	}
	name := s.executionName(in.Name, "")
	start := express.Start{
		Prepared: p, Key: standard.Key{Home: r.Home, Scope: r.Name, Name: name}, ID: s.IDs.UUID(), Input: input,
		Version: version, Alias: alias, Trace: telemetry.WithLineage(call.From(ctx).TraceID, ""), At: s.Clock.Now(),
	}
	if in.TraceHeader != nil {
		start.Trace = telemetry.Onward(*in.TraceHeader, start.Trace)
	}
	end, err := s.express.RunSync(ctx, start)
	if err != nil {
		return nil, err
	}
	out := &api.StartSyncExecutionOutput{
		ExecutionArn: start.ARN(), StateMachineArn: new(r.ARN()), Name: &name, StartDate: start.At.Truncate(time.Millisecond), StopDate: end.At.Truncate(time.Millisecond),
		Status: end.Status.String(), Error: end.Error, Cause: end.Cause, TraceHeader: in.TraceHeader,
		BillingDetails: &api.BillingDetails{BilledMemoryUsedInMB: new(int64(64)), BilledDurationInMilliseconds: new(billed(end.At.Sub(start.At)))},
	}
	if in.IncludedData == nil || *in.IncludedData == api.IncludedDataAllData {
		out.Input, out.InputDetails = &input.Text, &api.CloudWatchEventsExecutionDataDetails{Included: new(true)}
		if end.Output != nil {
			out.Output, out.OutputDetails = &end.Output.Text, &api.CloudWatchEventsExecutionDataDetails{Included: new(true)}
		}
	}
	return out, nil
}

// billed is a duration as AWS bills it: by hundreds of milliseconds.
func billed(d time.Duration) int64 {
	return (d.Milliseconds()/100 + 1) * 100
}

// notSupported is the answer to an operation on the other type of state machine.
func notSupported() error {
	return &api.StateMachineTypeNotSupported{Message: "This operation is not supported by this type of state machine"}
}
