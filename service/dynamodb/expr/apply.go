package expr

import (
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

// TooLarge is said of an update whose result would be.
const TooLarge = "Item size to update has exceeded the maximum allowed size"

// Apply returns item as u leaves it. All operands are read from item as it was,
// which stays as it is.
func (u *Update) Apply(item attr.Item) (attr.Item, error) {
	c := computer{item: item}
	paths, e := make([]Path, 0, len(u.actions)), make(edit, 0, len(u.actions))
	for _, a := range u.actions {
		v, did, err := c.result(a)
		if err != nil {
			return nil, err
		}
		if did {
			paths, e = append(paths, a.path), append(e, v)
		}
	}
	if len(paths) == 0 {
		return item, nil
	}
	return e.attributes(item, branches(paths))
}

// computer works out what actions make of an item.
type computer struct {
	item attr.Item
	made int // elements of the lists and sets that are made
}

// makes counts a list or set of n elements that is about to be made. Each takes
// a byte of the item at least, so that what cannot fit is refused before there
// is room for it.
func (c *computer) makes(n int) error {
	if c.made += n; c.made > attr.MaxItem {
		return Invalid(TooLarge)
	}
	return nil
}

// result is what the action leaves at its path: Missing takes away what is
// there. did is false when there is nothing to do.
func (c *computer) result(a action) (v attr.Value, did bool, err error) {
	switch a.section {
	case set:
		v, err = c.compute(a.value)
		return v, true, err
	case remove:
		return attr.Value{}, true, nil
	}
	old, operand := a.path.Get(c.item), a.value.value
	switch {
	case old.Kind == attr.Missing:
		return operand, a.section == add, nil
	case old.Kind != operand.Kind:
		return v, false, Invalid(badOperand)
	case a.section == del:
		if v = attr.Minus(old, operand); len(v.List) == 0 {
			v = attr.Value{}
		}
	case old.Kind == attr.Number:
		v, err = sum(opAdd, old, operand)
	case old.Kind == attr.List: // only the legacy AttributeUpdates lets a list in
		v, err = c.concat([]attr.Value{old, operand})
	default:
		if err = c.makes(max(len(old.List), len(operand.List))); err == nil {
			v = attr.Union(old, operand)
		}
	}
	return v, true, err
}

// compute evaluates the right side of SET.
func (c *computer) compute(n *node) (attr.Value, error) {
	switch n.op {
	case opValue:
		return n.value, nil
	case opPath:
		v := n.path.Get(c.item)
		if v.Kind == attr.Missing {
			return v, Invalid(noOperand)
		}
		return v, nil
	case opIfNotExists:
		if v := n.kids[0].path.Get(c.item); v.Kind != attr.Missing {
			return v, nil
		}
		return c.compute(n.kids[1])
	case opListAppend:
		parts, err := c.parts(n, nil)
		if err != nil {
			return attr.Value{}, err
		}
		return c.concat(parts)
	}
	a, err := c.compute(n.kids[0])
	if err != nil {
		return a, err
	}
	b, err := c.compute(n.kids[1])
	if err != nil {
		return b, err
	}
	return sum(n.op, a, b)
}

// parts appends to those there are the operands of list_append, and of what is
// list_append in turn, so that all are put together once.
func (c *computer) parts(n *node, parts []attr.Value) ([]attr.Value, error) {
	for n.op == opIfNotExists && n.kids[0].path.Get(c.item).Kind == attr.Missing {
		n = n.kids[1]
	}
	if n.op != opListAppend {
		v, err := c.compute(n)
		return append(parts, v), err
	}
	for _, kid := range n.kids {
		var err error
		if parts, err = c.parts(kid, parts); err != nil {
			return nil, err
		}
	}
	return parts, nil
}

// concat puts lists together.
func (c *computer) concat(parts []attr.Value) (attr.Value, error) {
	n := 0
	for _, p := range parts {
		if p.Kind != attr.List {
			return attr.Value{}, Invalid(badOperand)
		}
		n += len(p.List)
	}
	if err := c.makes(n); err != nil {
		return attr.Value{}, err
	}
	out := make([]attr.Value, 0, n)
	for _, p := range parts {
		out = append(out, p.List...)
	}
	return attr.Value{Kind: attr.List, List: out}, nil
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

// edit puts values where paths end; Missing takes away what is there. It walks
// down the branches of all the paths at once, and makes each map and list that
// they touch once more.
type edit []attr.Value // by the ends of the branches

// attributes returns m as the branches leave it.
func (e edit) attributes(m attr.Item, all []branch) (attr.Item, error) {
	out := make(attr.Item, 0, len(m)+len(all))
	for i := range all {
		b := &all[i]
		for len(m) > 0 && m[0].Name < b.step.Name {
			out, m = append(out, m[0]), m[1:]
		}
		var old attr.Value
		if len(m) > 0 && m[0].Name == b.step.Name {
			old, m = m[0].Value, m[1:]
		}
		v, err := e.value(old, b)
		if err != nil {
			return nil, err
		}
		if v.Kind != attr.Missing {
			out = append(out, attr.Attr{Name: b.step.Name, Value: v})
		}
	}
	return append(out, m...), nil
}

// elements returns list as the branches leave it. Indexes mean places in the
// list as it was: what lies beyond its end is appended in their order, and what
// is taken away goes last.
func (e edit) elements(list []attr.Value, all []branch) ([]attr.Value, error) {
	out := append(make([]attr.Value, 0, len(list)+len(all)), list...)
	for i := range all {
		at, old := all[i].step.Index, attr.Value{}
		if at < len(list) {
			old = list[at]
		}
		v, err := e.value(old, &all[i])
		switch {
		case err != nil:
			return nil, err
		case at < len(list):
			out[at] = v
		default:
			out = append(out, v)
		}
	}
	return slices.DeleteFunc(out, func(v attr.Value) bool { return v.Kind == attr.Missing }), nil
}

// value returns old as b leaves it. What b goes on into must be there.
func (e edit) value(old attr.Value, b *branch) (attr.Value, error) {
	if b.end != noEnd {
		return e[b.end], nil
	}
	switch named := b.kids[0].step.Name != ""; { // the paths agree, see clashes
	case named && old.Kind == attr.Map:
		m, err := e.attributes(old.Map, b.kids)
		return attr.Value{Kind: attr.Map, Map: m}, err
	case !named && old.Kind == attr.List:
		list, err := e.elements(old.List, b.kids)
		return attr.Value{Kind: attr.List, List: list}, err
	}
	return attr.Value{}, Invalid(badPath)
}
