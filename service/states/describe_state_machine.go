package states

import (
	"context"
	"maps"
	"slices"

	api "maru.dev/maru/api/states"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/states/asl"
	"maru.dev/maru/service/states/machine"
)

// DescribeStateMachine returns a state machine as it is now, or a version of it.
//
// Spec: Step Functions API Reference, DescribeStateMachine.
func (s *Service) DescribeStateMachine(ctx context.Context, in *api.DescribeStateMachineInput) (*api.DescribeStateMachineOutput, error) {
	r, err := parseMachine(in.StateMachineArn)
	if err != nil {
		return nil, err
	}
	out := &api.DescribeStateMachineOutput{StateMachineArn: in.StateMachineArn, Name: r.Name, Status: new(api.StateMachineStatusActive)}
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		m, err := load(tx, r)
		if err != nil {
			return err
		}
		rev, created := m.Current.ID, m.Created
		version, described, err := s.versionOf(tx, r, in.StateMachineArn)
		if err != nil {
			return err
		}
		if described {
			rev, created, out.Description = version.Revision, version.Created, version.Description
		}
		if m.Deleting {
			out.Status = new(api.StateMachineStatusDeleting)
		}
		p, err := s.shelf.Get(tx, r.Home, r.Name, rev)
		if err != nil {
			return err
		}
		out.CreationDate = created
		describeRevision(out, p)
		if r.Label != "" {
			out.Label = &r.Label
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if in.IncludedData != nil && *in.IncludedData == api.IncludedDataMetadataOnly {
		out.Definition, out.VariableReferences = "", nil
	}
	return out, nil
}

// versionOf reads the version that a qualified ARN leads to.
func (s *Service) versionOf(tx *kv.Tx, r ref, text string) (v machine.Version, ok bool, err error) {
	number := r.Version
	if r.Alias != "" {
		alias, there, err := kv.Get[machine.Alias](tx, r.AliasKey(r.Name, r.Alias))
		if err != nil {
			return v, false, err
		}
		if !there {
			return v, false, noMachine(text)
		}
		number = alias.Routes[0].Version
	}
	if number == 0 {
		return v, false, nil
	}
	v, ok, err = kv.Get[machine.Version](tx, r.VersionKey(r.Name, number))
	if err == nil && !ok {
		err = noMachine(text)
	}
	return v, ok, err
}

// describeRevision shows what a revision says.
func describeRevision(out *api.DescribeStateMachineOutput, p *machine.Prepared) {
	out.Definition, out.RoleArn, out.Type = p.Definition, p.Role, typeName(p.Express)
	out.LoggingConfiguration = shownLogging(p.Logging)
	out.TracingConfiguration = &api.TracingConfiguration{Enabled: new(p.Tracing)}
	out.EncryptionConfiguration = shownEncryption(p.Encryption)
	out.VariableReferences = variableReferences(p.Tree)
	if !p.First {
		out.RevisionId = new(p.ID)
	}
}

// typeName is a state machine's type as the API names it.
func typeName(express bool) string {
	if express {
		return api.StateMachineTypeExpress
	}
	return api.StateMachineTypeStandard
}

// shownLogging is a logging configuration with its defaults.
func shownLogging(l *api.LoggingConfiguration) *api.LoggingConfiguration {
	out := api.LoggingConfiguration{Level: new(api.LogLevelOff), IncludeExecutionData: new(false)}
	if l != nil {
		out.Destinations = l.Destinations
		if l.Level != nil {
			out.Level = l.Level
		}
		if l.IncludeExecutionData != nil {
			out.IncludeExecutionData = l.IncludeExecutionData
		}
	}
	return &out
}

// shownEncryption is an encryption configuration with its default.
func shownEncryption(e *api.EncryptionConfiguration) *api.EncryptionConfiguration {
	if e == nil {
		return &api.EncryptionConfiguration{Type: api.EncryptionTypeAwsOwnedKey}
	}
	return e
}

// variableReferences lists the variables that each state refers to.
func variableReferences(tree *asl.Machine) map[string][]string {
	out := make(map[string][]string)
	for name, state := range tree.All {
		used := make(map[string]bool)
		for _, e := range expressions(state) {
			referred(e, used)
		}
		if len(used) > 0 {
			out[name] = slices.Sorted(maps.Keys(used))
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// expressions are those of a state's common fields.
func expressions(s *asl.State) []*asl.Expr {
	out := []*asl.Expr{s.Parameters, s.ResultSelector, s.Arguments, s.Output, s.Assign, s.InputPath.Expr, s.OutputPath.Expr}
	for _, c := range s.Catch {
		out = append(out, c.Output, c.Assign)
	}
	switch {
	case s.Task != nil:
		out = append(out, s.Task.TimeoutSeconds, s.Task.HeartbeatSeconds, s.Task.Credentials)
	case s.Wait != nil:
		out = append(out, s.Wait.Seconds, s.Wait.Timestamp)
	case s.Fail != nil:
		out = append(out, s.Fail.Error, s.Fail.Cause)
	case s.Map != nil:
		out = append(out, s.Map.ItemsPath, s.Map.Items, s.Map.ItemSelector, s.Map.MaxConcurrency)
	case s.Choice != nil:
		for _, r := range s.Choice.Rules {
			out = append(out, ruleExpressions(r)...)
		}
	}
	return out
}

// ruleExpressions are those of a choice rule and the rules in it.
func ruleExpressions(r *asl.Rule) []*asl.Expr {
	out := []*asl.Expr{r.Condition, r.Assign, r.Output, r.Variable, r.Operand}
	for _, in := range append(append([]*asl.Rule{}, r.And...), r.Or...) {
		out = append(out, ruleExpressions(in)...)
	}
	if r.Not != nil {
		out = append(out, ruleExpressions(r.Not)...)
	}
	return out
}

// referred collects the variables that an expression refers to.
func referred(e *asl.Expr, used map[string]bool) {
	if e == nil {
		return
	}
	for _, name := range e.Uses {
		if name != "states" && name != "" {
			used[name] = true
		}
	}
	if e.Path != nil && e.Path.Variable() != "" {
		used[e.Path.Variable()] = true
	}
	for _, in := range e.Elements {
		referred(in, used)
	}
}
