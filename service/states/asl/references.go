package asl

import (
	"slices"

	"maru.dev/maru/service/states/path"
)

// VariableReferences returns which workflow variables each state refers to, by
// the state's name, as DescribeStateMachine tells. States that refer to none are
// left out.
func (m *Machine) VariableReferences() map[string][]string {
	all := map[string][]string{}
	for name, s := range m.All {
		if names := s.variables(); names != nil {
			all[name] = names
		}
	}
	return all
}

// variables returns the names of the variables that a state refers to, without
// those that states within it refer to.
func (s *State) variables() []string {
	var names []string
	for _, e := range s.expressions() {
		names = e.variables(names)
	}
	return names
}

// variables adds the names that an expression refers to, each once.
func (e *Expr) variables(names []string) []string {
	if e == nil {
		return names
	}
	add := func(name string) {
		if name != "" && name != "states" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, name := range e.Uses {
		add(name)
	}
	var paths []*path.Path
	switch {
	case e.Path != nil:
		paths = []*path.Path{e.Path}
	case e.Intrinsic != nil:
		paths = e.Intrinsic.Paths()
	}
	for _, p := range paths {
		add(p.Variable())
	}
	for _, element := range e.Elements {
		names = element.variables(names)
	}
	return names
}

// expressions returns the fields of a state that are computed; some are nil.
func (s *State) expressions() []*Expr {
	all := []*Expr{
		s.InputPath.Expr, s.Parameters, s.Arguments, s.ResultSelector, s.ResultPath.Expr, s.OutputPath.Expr, s.Output, s.Assign,
	}
	for _, c := range s.Catch {
		all = append(all, c.ResultPath.Expr, c.Output, c.Assign)
	}
	switch {
	case s.Task != nil:
		all = append(all, s.Task.TimeoutSeconds, s.Task.HeartbeatSeconds, s.Task.Credentials)
	case s.Wait != nil:
		all = append(all, s.Wait.Seconds, s.Wait.Timestamp)
	case s.Fail != nil:
		all = append(all, s.Fail.Error, s.Fail.Cause)
	case s.Choice != nil:
		for _, r := range s.Choice.Rules {
			all = r.expressions(all)
		}
	case s.Map != nil:
		all = s.Map.expressions(all)
	}
	return all
}

// expressions adds those of a rule and of the rules within it.
func (r *Rule) expressions(all []*Expr) []*Expr {
	all = append(all, r.Condition, r.Variable, r.Operand, r.Assign, r.Output)
	for _, inner := range slices.Concat(r.And, r.Or) {
		all = inner.expressions(all)
	}
	if r.Not != nil {
		all = r.Not.expressions(all)
	}
	return all
}

// expressions adds those of a Map state's own fields.
func (m *Map) expressions(all []*Expr) []*Expr {
	all = append(all, m.ItemsPath, m.Items, m.ItemSelector, m.MaxConcurrency, m.ToleratedFailureCount, m.ToleratedFailurePercentage)
	if m.ItemReader != nil {
		all = append(all, m.ItemReader.Arguments, m.ItemReader.ItemsPointer, m.ItemReader.MaxItems)
	}
	if m.ItemBatcher != nil {
		all = append(all, m.ItemBatcher.BatchInput, m.ItemBatcher.MaxItemsPerBatch, m.ItemBatcher.MaxInputBytesPerBatch)
	}
	if m.ResultWriter != nil {
		all = append(all, m.ResultWriter.Arguments)
	}
	return all
}
