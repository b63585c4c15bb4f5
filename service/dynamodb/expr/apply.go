package expr

import (
	"cmp"
	"errors"
	"slices"

	"maru.dev/maru/service/dynamodb/attr"
	"maru.dev/maru/service/dynamodb/number"
)

// What an update may meet in an item, in AWS's words.
const (
	badPath    = "The document path provided in the update expression is invalid for update"
	noOperand  = "The provided expression refers to an attribute that does not exist in the item"
	badOperand = "An operand in the update expression has an incorrect data type"
)

// errGone stands for a value that an update takes away.
var errGone = errors.New("value is gone")

// Apply returns item as u leaves it. All operands are read from item as it was.
func (u *Update) Apply(item attr.Item) (attr.Item, error) {
	out := item
	var removed []Path
	for _, a := range u.inOrder() {
		v, err := a.result(item)
		if errors.Is(err, errGone) {
			removed = append(removed, a.path)
			continue
		}
		if err != nil {
			return nil, err
		}
		if v.Kind == attr.Missing {
			continue
		}
		if out, err = assign(out, a.path, v); err != nil {
			return nil, err
		}
	}
	// Indexes mean places in the item as it was, so the last ones go first.
	slices.SortFunc(removed, func(a, b Path) int { return comparePaths(b, a) })
	for _, path := range removed {
		var err error
		if out, err = drop(out, path); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// inOrder returns the actions so that list elements beyond a list's end are
// appended in the order of their indexes.
func (u *Update) inOrder() []action {
	return slices.SortedStableFunc(slices.Values(u.actions), func(a, b action) int {
		return cmp.Compare(a.path[len(a.path)-1].Index, b.path[len(b.path)-1].Index)
	})
}

// result is what the action leaves at its path: Missing changes nothing, and
// errGone takes the value away.
func (a action) result(item attr.Item) (attr.Value, error) {
	switch a.section {
	case set:
		return a.value.compute(item)
	case remove:
		return attr.Value{}, errGone
	}
	old, operand := a.path.Get(item), a.value.value
	switch {
	case a.section == del && old.Kind == attr.Missing:
		return attr.Value{}, nil
	case old.Kind == attr.Missing:
		return operand, nil
	case old.Kind != operand.Kind:
		return attr.Value{}, Invalid(badOperand)
	case a.section == del:
		left := attr.Minus(old, operand)
		if len(left.List) == 0 {
			return attr.Value{}, errGone
		}
		return left, nil
	case old.Kind == attr.Number:
		return sum(opAdd, old, operand)
	case old.Kind == attr.List: // only the legacy AttributeUpdates lets a list in
		return attr.Value{Kind: attr.List, List: slices.Concat(old.List, operand.List)}, nil
	}
	return attr.Union(old, operand), nil
}

// compute evaluates the right side of SET.
func (n *node) compute(item attr.Item) (attr.Value, error) {
	switch n.op {
	case opValue:
		return n.value, nil
	case opPath:
		v := n.path.Get(item)
		if v.Kind == attr.Missing {
			return v, Invalid(noOperand)
		}
		return v, nil
	case opIfNotExists:
		if v := n.kids[0].path.Get(item); v.Kind != attr.Missing {
			return v, nil
		}
		return n.kids[1].compute(item)
	}
	a, err := n.kids[0].compute(item)
	if err != nil {
		return a, err
	}
	b, err := n.kids[1].compute(item)
	if err != nil {
		return b, err
	}
	if n.op != opListAppend {
		return sum(n.op, a, b)
	}
	if a.Kind != attr.List || b.Kind != attr.List {
		return attr.Value{}, Invalid(badOperand)
	}
	return attr.Value{Kind: attr.List, List: slices.Concat(a.List, b.List)}, nil
}

// sum adds or subtracts two numbers.
func sum(o op, a, b attr.Value) (attr.Value, error) {
	if a.Kind != attr.Number || b.Kind != attr.Number {
		return attr.Value{}, Invalid(badOperand)
	}
	do := number.Add
	if o == opSubtract {
		do = number.Sub
	}
	text, err := do(a.Text, b.Text)
	if err != nil {
		return attr.Value{}, Invalid("%s", err)
	}
	return attr.Num(text), nil
}

// assign returns item with v at path, whose parent must exist.
func assign(item attr.Item, path Path, v attr.Value) (attr.Item, error) {
	if len(path) == 1 {
		return item.With(path[0].Name, v), nil
	}
	old := item.Get(path[0].Name)
	changed, err := assignIn(old, path[1:], v)
	if err != nil {
		return nil, err
	}
	return item.With(path[0].Name, changed), nil
}

// assignIn is assign for what is inside a value.
func assignIn(in attr.Value, path Path, v attr.Value) (attr.Value, error) {
	step := path[0]
	switch {
	case step.Name != "" && in.Kind == attr.Map:
		m, err := assign(in.Map, path, v)
		return attr.Value{Kind: attr.Map, Map: m}, err
	case step.Name == "" && in.Kind == attr.List && len(path) == 1 && step.Index >= len(in.List):
		return attr.Value{Kind: attr.List, List: append(slices.Clip(in.List), v)}, nil
	case step.Name == "" && in.Kind == attr.List && step.Index < len(in.List):
		if len(path) > 1 {
			var err error
			if v, err = assignIn(in.List[step.Index], path[1:], v); err != nil {
				return in, err
			}
		}
		list := slices.Clone(in.List)
		list[step.Index] = v
		return attr.Value{Kind: attr.List, List: list}, nil
	}
	return in, Invalid(badPath)
}

// drop returns item without what is at path, whose parent must exist.
func drop(item attr.Item, path Path) (attr.Item, error) {
	if len(path) == 1 {
		return item.Without(path[0].Name), nil
	}
	changed, err := dropIn(item.Get(path[0].Name), path[1:])
	if err != nil {
		return nil, err
	}
	return item.With(path[0].Name, changed), nil
}

// dropIn is drop for what is inside a value.
func dropIn(in attr.Value, path Path) (attr.Value, error) {
	step := path[0]
	switch {
	case step.Name != "" && in.Kind == attr.Map:
		m, err := drop(in.Map, path)
		return attr.Value{Kind: attr.Map, Map: m}, err
	case step.Name == "" && in.Kind == attr.List && len(path) == 1:
		if step.Index >= len(in.List) {
			return in, nil
		}
		return attr.Value{Kind: attr.List, List: slices.Delete(slices.Clone(in.List), step.Index, step.Index+1)}, nil
	case step.Name == "" && in.Kind == attr.List && step.Index < len(in.List):
		v, err := dropIn(in.List[step.Index], path[1:])
		if err != nil {
			return in, err
		}
		list := slices.Clone(in.List)
		list[step.Index] = v
		return attr.Value{Kind: attr.List, List: list}, nil
	}
	return in, Invalid(badPath)
}
