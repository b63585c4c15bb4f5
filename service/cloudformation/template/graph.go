package template

import (
	"maps"
	"slices"
	"strings"
)

// Dependencies returns, for each resource whose condition holds, the resources
// that must exist before it: those it uses and those it names in DependsOn.
func (t *Template) Dependencies(conditions map[string]bool) (map[string][]string, error) {
	live := t.Live(conditions)
	edges := make(map[string][]string, len(live))
	missing := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(live)) {
		needs := map[string]bool{}
		note := func(r reference) error {
			switch {
			case r.kind == "Condition" || t.Resources[r.name] == nil: // a parameter
			case live[r.name] == nil:
				missing[r.name] = true
			default:
				needs[r.name] = true
			}
			return nil
		}
		r := live[name]
		for _, v := range []any{r.Properties, r.UpdatePolicy, r.CreationPolicy} {
			if err := references(v, nonNil(conditions), note); err != nil {
				return nil, err
			}
		}
		for _, d := range r.DependsOn {
			if live[d] != nil {
				needs[d] = true
			}
		}
		edges[name] = slices.Sorted(maps.Keys(needs))
	}
	for _, o := range t.Outputs {
		if o.Condition != "" && !conditions[o.Condition] {
			continue
		}
		err := references(o.Value, nonNil(conditions), func(r reference) error {
			if r.kind != "Condition" && t.Resources[r.name] != nil && live[r.name] == nil {
				return malformed("Unresolved resource dependencies [%s] in the Outputs block of the template", r.name)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	if len(missing) > 0 {
		names := slices.Sorted(maps.Keys(missing))
		return nil, malformed("Unresolved resource dependencies [%s] in the Resources block of the template", strings.Join(names, ", "))
	}
	if cycle := findCycle(edges); len(cycle) > 0 {
		slices.Sort(cycle)
		return nil, Invalid("Circular dependency between resources: [%s]", strings.Join(cycle, ", "))
	}
	return edges, nil
}

// Live returns the resources whose conditions hold.
func (t *Template) Live(conditions map[string]bool) map[string]*Resource {
	live := make(map[string]*Resource, len(t.Resources))
	for name, r := range t.Resources {
		if r.Condition == "" || conditions[r.Condition] {
			live[name] = r
		}
	}
	return live
}

// nonNil is m, or an empty map: to references, nil means something else.
func nonNil(m map[string]bool) map[string]bool {
	if m == nil {
		return map[string]bool{}
	}
	return m
}

// findCycle returns the members of a circle in a graph, or nothing.
func findCycle(edges map[string][]string) []string {
	const (
		open = 1
		done = 2
	)
	state := map[string]int{}
	var path []string
	var visit func(name string) []string
	visit = func(name string) []string {
		switch state[name] {
		case done:
			return nil
		case open:
			return slices.Clone(path[slices.Index(path, name):])
		}
		state[name] = open
		path = append(path, name)
		for _, next := range edges[name] {
			if cycle := visit(next); cycle != nil {
				return cycle
			}
		}
		path = path[:len(path)-1]
		state[name] = done
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(edges)) {
		if cycle := visit(name); cycle != nil {
			return cycle
		}
	}
	return nil
}
