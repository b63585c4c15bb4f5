package states

import (
	"context"

	api "maru.dev/maru/api/states"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/states/standard"
	"maru.dev/maru/wire"
)

// execution reads the execution that a request names.
func (s *Service) execution(tx *kv.Tx, arn string) (*standard.Execution, error) {
	k, err := parseExecution(arn)
	if err != nil {
		return nil, err
	}
	x, ok, err := standard.Load(tx, k)
	if err == nil && !ok {
		err = noExecution(arn)
	}
	return x, err
}

// DescribeExecution returns an execution.
//
// Spec: Step Functions API Reference, DescribeExecution.
func (s *Service) DescribeExecution(ctx context.Context, in *api.DescribeExecutionInput) (*api.DescribeExecutionOutput, error) {
	var out *api.DescribeExecutionOutput
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		x, err := s.execution(tx, in.ExecutionArn)
		if err != nil {
			return err
		}
		status, reason := x.Redrivable(s.Clock.Now())
		out = &api.DescribeExecutionOutput{
			ExecutionArn: x.Key.ARN(), StateMachineArn: x.MachineARN(), Name: &x.Key.Name, Status: x.Status.String(),
			StartDate: standard.At(x.Started), Error: x.Error, Cause: x.Cause, TraceHeader: wire.Optional(x.Header),
			StateMachineVersionArn: wire.Optional(x.VersionARN()), StateMachineAliasArn: wire.Optional(x.AliasARN()),
			MapRunArn: mapRunARN(x), RedriveCount: new(int32(x.Redrives)), RedriveStatus: &status, RedriveStatusReason: wire.Optional(reason),
		}
		if x.Stopped != 0 {
			out.StopDate = new(standard.At(x.Stopped))
		}
		if x.RedrivenAt != 0 {
			out.RedriveDate = new(standard.At(x.RedrivenAt))
		}
		if in.IncludedData != nil && *in.IncludedData == api.IncludedDataMetadataOnly {
			return nil
		}
		input, err := standard.Text(tx, x.Key, 1)
		if err != nil {
			return err
		}
		out.Input, out.InputDetails = &input, &api.CloudWatchEventsExecutionDataDetails{Included: new(true)}
		if x.Output != 0 {
			output, err := standard.Text(tx, x.Key, x.Output)
			if err != nil {
				return err
			}
			out.Output, out.OutputDetails = &output, &api.CloudWatchEventsExecutionDataDetails{Included: new(true)}
		}
		return nil
	})
	return out, err
}

// mapRunARN is the ARN of the map run that started an execution.
func mapRunARN(x *standard.Execution) *string {
	if x.Run == "" {
		return nil
	}
	return new(x.Key.Home.ARN("mapRun:" + x.Run))
}
