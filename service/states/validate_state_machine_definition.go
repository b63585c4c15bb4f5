package states

import (
	"context"

	api "maru.dev/maru/api/states"
	"maru.dev/maru/service/states/asl"
)

// ValidateStateMachineDefinition tells what there is to say about a definition
// without making anything of it.
//
// Spec: Step Functions API Reference, ValidateStateMachineDefinition.
func (s *Service) ValidateStateMachineDefinition(_ context.Context, in *api.ValidateStateMachineDefinitionInput) (*api.ValidateStateMachineDefinitionOutput, error) {
	findings := s.findings(in.Definition, in.Type != nil && *in.Type == api.StateMachineTypeExpress)
	out := &api.ValidateStateMachineDefinitionOutput{Result: api.ValidateStateMachineDefinitionResultCodeOk, Diagnostics: []api.ValidateStateMachineDefinitionDiagnostic{}, Truncated: new(false)}
	if asl.Refused(findings) {
		out.Result = api.ValidateStateMachineDefinitionResultCodeFail
	}
	warnings := in.Severity != nil && *in.Severity == api.ValidateStateMachineDefinitionSeverityWarning
	limit := pageSize(in.MaxResults)
	for _, f := range findings {
		if f.Severity != asl.SeverityError && !warnings {
			continue
		}
		if len(out.Diagnostics) == limit {
			out.Truncated = new(true)
			break
		}
		d := api.ValidateStateMachineDefinitionDiagnostic{Severity: f.Severity, Code: f.Code, Message: f.Message}
		if f.Location != "" {
			d.Location = new(f.Location)
		}
		out.Diagnostics = append(out.Diagnostics, d)
	}
	return out, nil
}
