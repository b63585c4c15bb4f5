package template

import (
	"maps"
	"slices"
	"strings"
)

// reference is a use of a name in an expression.
type reference struct {
	kind string // "Ref", "GetAtt", "Condition" or "Map"
	name string
	attr string
}

// function tells whether v is a function: a map of the one member that names it.
func function(v any) (name string, arg any, ok bool) {
	m, isMap := v.(map[string]any)
	if !isMap || len(m) != 1 {
		return "", nil, false
	}
	for name, arg = range m {
		if name == "Ref" || name == "Condition" || strings.HasPrefix(name, "Fn::") {
			return name, arg, true
		}
	}
	return "", nil, false
}

// isConditionFunction tells whether a function yields true or false.
func isConditionFunction(name string) bool {
	switch name {
	case "Fn::And", "Fn::Equals", "Fn::Not", "Fn::Or", "Condition",
		"Fn::Contains", "Fn::EachMemberEquals", "Fn::EachMemberIn":
		return true
	}
	return false
}

// references calls yield for each name that v uses. With conditions it follows
// only the branch of an Fn::If that is taken; without (nil) both. It stops at
// the first error of yield.
func references(v any, conditions map[string]bool, yield func(reference) error) error {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			if err := references(e, conditions, yield); err != nil {
				return err
			}
		}
		return nil
	case map[string]any:
		if name, arg, ok := function(v); ok {
			return functionReferences(name, arg, conditions, yield)
		}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if err := references(v[key], conditions, yield); err != nil {
				return err
			}
		}
	}
	return nil
}

// functionReferences is references of one function.
func functionReferences(name string, arg any, conditions map[string]bool, yield func(reference) error) error {
	switch name {
	case "Ref":
		target, ok := arg.(string)
		if !ok {
			return malformed("Every Ref object must have a single String value.")
		}
		return yield(reference{kind: "Ref", name: target})
	case "Condition":
		target, ok := arg.(string)
		if !ok {
			return references(arg, conditions, yield) // a policy's Condition block, alone in its map
		}
		return yield(reference{kind: "Condition", name: target})
	case "Fn::GetAtt":
		resource, attr, err := getAttParts(arg)
		if err != nil {
			return err
		}
		if err := yield(reference{kind: "GetAtt", name: resource, attr: textOf(attr)}); err != nil {
			return err
		}
		return references(attr, conditions, yield)
	case "Fn::Sub":
		return subReferences(arg, conditions, yield)
	case "Fn::If":
		return ifReferences(arg, conditions, yield)
	}
	return references(arg, conditions, yield)
}

// getAttParts reads the argument of Fn::GetAtt in either form. The attribute
// may be an expression.
func getAttParts(arg any) (resource string, attr any, err error) {
	switch arg := arg.(type) {
	case string:
		resource, attr, _ := strings.Cut(arg, ".")
		if resource != "" && attr != "" {
			return resource, attr, nil
		}
	case []any:
		if len(arg) < 2 {
			break
		}
		resource, ok := arg[0].(string)
		if !ok || resource == "" {
			break
		}
		if len(arg) == 2 {
			return resource, arg[1], nil
		}
		var parts []string
		for _, p := range arg[1:] {
			parts = append(parts, textOf(p))
		}
		return resource, strings.Join(parts, "."), nil
	}
	return "", nil, faulty("every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute")
}

// textOf is v where v is text, and empty where it is an expression.
func textOf(v any) string {
	s, _ := v.(string)
	return s
}

// subReferences finds the names inside a Fn::Sub: those in its text that its
// own variables do not hide, and those in the variables.
func subReferences(arg any, conditions map[string]bool, yield func(reference) error) error {
	text, vars, err := subParts(arg)
	if err != nil {
		return err
	}
	parts, err := subText(text)
	if err != nil {
		return err
	}
	for _, part := range parts {
		if !part.variable {
			continue
		}
		if _, own := vars[part.text]; own {
			continue
		}
		r := reference{kind: "Ref", name: part.text}
		if resource, attr, dotted := strings.Cut(part.text, "."); dotted {
			r = reference{kind: "GetAtt", name: resource, attr: attr}
		}
		if err := yield(r); err != nil {
			return err
		}
	}
	return references(vars, conditions, yield)
}

// ifReferences follows the branches of a Fn::If.
func ifReferences(arg any, conditions map[string]bool, yield func(reference) error) error {
	args, name, err := ifParts(arg)
	if err != nil {
		return err
	}
	if err := yield(reference{kind: "Condition", name: name}); err != nil {
		return err
	}
	if conditions == nil {
		if err := references(args[1], conditions, yield); err != nil {
			return err
		}
		return references(args[2], conditions, yield)
	}
	if conditions[name] {
		return references(args[1], conditions, yield)
	}
	return references(args[2], conditions, yield)
}

// ifParts reads the argument of Fn::If.
func ifParts(arg any) (args []any, condition string, err error) {
	args, ok := arg.([]any)
	if !ok || len(args) != 3 {
		return nil, "", faulty("Fn::If requires a list argument with three elements, the first being a condition name")
	}
	condition, ok = args[0].(string)
	if !ok {
		return nil, "", faulty("Fn::If requires a list argument with the first element being a condition")
	}
	return args, condition, nil
}

// pseudo are the parameters that every template has.
var pseudo = []string{
	"AWS::AccountId", "AWS::NotificationARNs", "AWS::NoValue", "AWS::Partition", "AWS::Region",
	"AWS::StackId", "AWS::StackName", "AWS::URLSuffix",
}

// checkReferences refuses names that are nowhere in the template.
func (t *Template) checkReferences() error {
	if err := t.checkConditionSection(); err != nil {
		return err
	}
	inResources := t.checker("Resources")
	for _, name := range slices.Sorted(maps.Keys(t.Resources)) {
		r := t.Resources[name]
		if r.Condition != "" && t.Conditions[r.Condition] == nil {
			return malformed("Unresolved condition dependency %s in the Resources block of the template", r.Condition)
		}
		for _, v := range []any{r.Properties, r.UpdatePolicy, r.CreationPolicy} {
			if err := references(v, nil, inResources.note); err != nil {
				return err
			}
		}
		for _, d := range r.DependsOn {
			if t.Resources[d] == nil {
				inResources.missing[d] = true
			}
		}
	}
	if err := inResources.fault(); err != nil {
		return err
	}
	inOutputs := t.checker("Outputs")
	for _, name := range slices.Sorted(maps.Keys(t.Outputs)) {
		o := t.Outputs[name]
		if o.Condition != "" && t.Conditions[o.Condition] == nil {
			return malformed("Unresolved condition dependency %s in the Outputs block of the template", o.Condition)
		}
		if err := references([]any{o.Value, o.Export}, nil, inOutputs.note); err != nil {
			return err
		}
	}
	return inOutputs.fault()
}

// checkConditionSection refuses conditions that use resources, or one another
// in a circle.
func (t *Template) checkConditionSection() error {
	edges := map[string][]string{}
	for _, name := range slices.Sorted(maps.Keys(t.Conditions)) {
		err := references(t.Conditions[name], nil, func(r reference) error {
			switch {
			case r.kind == "Condition" && t.Conditions[r.name] == nil:
				return malformed("Unresolved condition dependency %s in the Conditions block of the template", r.name)
			case r.kind == "Condition":
				edges[name] = append(edges[name], r.name)
			case r.kind == "GetAtt" || t.Parameters[r.name] == nil && !slices.Contains(pseudo, r.name):
				return malformed("Unresolved dependencies [%s]. Cannot reference resources in the Conditions block of the template", r.name)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	if cycle := findCycle(edges); len(cycle) > 0 {
		return malformed("Found circular condition dependency between %s and %s", cycle[0], cycle[len(cycle)-1])
	}
	return nil
}

// checker gathers the names that a section uses and that do not exist.
type checker struct {
	t       *Template
	section string
	missing map[string]bool
}

func (t *Template) checker(section string) *checker {
	return &checker{t: t, section: section, missing: map[string]bool{}}
}

// note looks one use of a name up.
func (c *checker) note(r reference) error {
	switch r.kind {
	case "Condition":
		if c.t.Conditions[r.name] == nil && c.section == "Resources" {
			return faulty("unresolved condition dependency %s in Fn::If", r.name)
		}
	case "GetAtt":
		if c.t.Resources[r.name] == nil {
			return faulty("instance of Fn::GetAtt references undefined resource %s", r.name)
		}
	case "Ref":
		if c.t.Resources[r.name] == nil && c.t.Parameters[r.name] == nil && !slices.Contains(pseudo, r.name) {
			c.missing[r.name] = true
		}
	}
	return nil
}

// fault is the error for what note found missing.
func (c *checker) fault() error {
	if len(c.missing) == 0 {
		return nil
	}
	names := slices.Sorted(maps.Keys(c.missing))
	return malformed("Unresolved resource dependencies [%s] in the %s block of the template", strings.Join(names, ", "), c.section)
}

// EachAttribute calls check for each Fn::GetAtt in resources and outputs, with
// the attribute's name where it is no expression.
func (t *Template) EachAttribute(check func(logical, attr string) error) error {
	note := func(r reference) error {
		if r.kind != "GetAtt" {
			return nil
		}
		return check(r.name, r.attr)
	}
	for _, name := range slices.Sorted(maps.Keys(t.Resources)) {
		if err := references(t.Resources[name].Properties, nil, note); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(t.Outputs)) {
		if err := references(t.Outputs[name].Value, nil, note); err != nil {
			return err
		}
	}
	return nil
}
