package states

import (
	"context"

	api "maru.dev/maru/api/states"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// DescribeStateMachineForExecution returns the revision that an execution runs.
//
// Spec: Step Functions API Reference, DescribeStateMachineForExecution.
func (s *Service) DescribeStateMachineForExecution(ctx context.Context, in *api.DescribeStateMachineForExecutionInput) (*api.DescribeStateMachineForExecutionOutput, error) {
	var out *api.DescribeStateMachineForExecutionOutput
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		x, err := s.execution(tx, in.ExecutionArn)
		if err != nil {
			return err
		}
		p, err := s.shelf.Get(tx, x.Key.Home, x.Key.Machine(), x.Revision)
		if err != nil {
			return err
		}
		var d api.DescribeStateMachineOutput
		describeRevision(&d, p)
		out = &api.DescribeStateMachineForExecutionOutput{
			StateMachineArn: x.MachineARN(), Name: x.Key.Machine(), Definition: d.Definition, RoleArn: d.RoleArn, UpdateDate: p.Updated,
			LoggingConfiguration: d.LoggingConfiguration, TracingConfiguration: d.TracingConfiguration, MapRunArn: mapRunARN(x),
			Label: wire.Optional(x.Key.Label()), RevisionId: d.RevisionId, EncryptionConfiguration: d.EncryptionConfiguration, VariableReferences: d.VariableReferences,
		}
		return nil
	})
	if err == nil && in.IncludedData != nil && *in.IncludedData == api.IncludedDataMetadataOnly {
		out.Definition, out.VariableReferences = "", nil
	}
	return out, err
}
