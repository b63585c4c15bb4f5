package asl

import "strings"

// edge is one transition, with the place where it is written.
type edge struct{ target, at string }

// edges returns the transitions that a state can make.
func (s *State) edges() []edge {
	var all []edge
	add := func(target, at string) {
		if target != "" {
			all = append(all, edge{target, s.Location + "/" + at})
		}
	}
	add(s.Next, "Next")
	for i, c := range s.Catch {
		add(c.Next, indexed("Catch", i)+"/Next")
	}
	if s.Choice != nil {
		for i, r := range s.Choice.Rules {
			add(r.Next, indexed("Choices", i)+"/Next")
		}
		add(s.Choice.Default, "Default")
	}
	return all
}

// graph checks the transitions of one machine (whose faults all speak of Next): that they lead to states of it and
// that each state can be reached. The outermost machine must be able to end, too;
// of one that is not, no more is said.
func (p *parser) graph(m *Machine, at string) {
	if len(m.States) == 0 {
		return
	}
	if m.StartAt != "" && m.States[m.StartAt] == nil {
		p.add(CodeMissingTransition, at+"/StartAt", "Missing 'Next' target: %s", m.StartAt)
	}
	ends := false
	for _, name := range m.Order {
		s := m.States[name]
		broken := s.Next == "" && !s.End && s.Choice == nil // which was told already
		ends = ends || s.End || broken
		for _, e := range s.edges() {
			if m.States[e.target] == nil {
				p.add(CodeMissingTransition, e.at, "Missing 'Next' target: %s", e.target)
			}
		}
	}
	if !ends && at == "" {
		p.add(CodeMissingEnd, "", "Workflow has no terminal state")
		return
	}
	if m.StartAt != "" {
		p.unreached(m)
	}
}

// unreached tells of states to which nothing leads.
func (p *parser) unreached(m *Machine) {
	reached := reach(m)
	for _, name := range m.Order {
		if !reached[name] {
			p.add(CodeMissingTransition, m.States[name].Location, "State \"%s\" is not reachable.", name)
		}
	}
}

// reach returns the states that can be reached from the first.
func reach(m *Machine) map[string]bool {
	reached := map[string]bool{m.StartAt: true}
	pending := []string{m.StartAt}
	for len(pending) > 0 {
		s := m.States[pending[len(pending)-1]]
		pending = pending[:len(pending)-1]
		if s == nil {
			continue
		}
		for _, e := range s.edges() {
			if !reached[e.target] {
				reached[e.target] = true
				pending = append(pending, e.target)
			}
		}
	}
	return reached
}

// scopes checks that machines within a state assign no variable that a machine
// around them assigns: inner scopes may read those, but not change them. Child
// executions of a distributed map share none.
func (p *parser) scopes(m *Machine, outer map[string]bool) {
	if m == nil {
		return
	}
	names := map[string]bool{}
	for name := range outer {
		names[name] = true
	}
	for _, stateName := range m.Order {
		for _, a := range m.States[stateName].assigns() {
			for _, name := range assigned(a.assign) {
				if outer[name] {
					p.add(CodeDuplicateVariable, a.at, "The variable name '%s' was already defined in a parent scope.", name)
				}
				names[name] = true
			}
		}
	}
	for _, stateName := range m.Order {
		s := m.States[stateName]
		switch {
		case s.Parallel != nil:
			for _, b := range s.Parallel.Branches {
				p.scopes(b, names)
			}
		case s.Map != nil && s.Map.Distributed:
			p.scopes(s.Map.Processor, nil)
		case s.Map != nil:
			p.scopes(s.Map.Processor, names)
		}
	}
}

// assignment is an Assign with its place.
type assignment struct {
	assign *Expr
	at     string
}

// assigns returns every Assign of a state.
func (s *State) assigns() []assignment {
	all := []assignment{{s.Assign, s.Location + "/Assign"}}
	for i, c := range s.Catch {
		all = append(all, assignment{c.Assign, s.Location + "/" + indexed("Catch", i) + "/Assign"})
	}
	if s.Choice != nil {
		for i, r := range s.Choice.Rules {
			all = append(all, assignment{r.Assign, s.Location + "/" + indexed("Choices", i) + "/Assign"})
		}
	}
	return all
}

// assigned returns the names of the variables that an Assign sets.
func assigned(e *Expr) []string {
	if e == nil {
		return nil
	}
	if e.Kind == ObjectTemplate {
		return e.Names
	}
	var names []string
	if o, ok := e.Value.(interface{ Names() []string }); ok {
		for _, name := range o.Names() {
			names = append(names, strings.TrimSuffix(name, ".$"))
		}
	}
	return names
}
