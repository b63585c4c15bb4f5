package syntax

import (
	"strconv"

	"maru.dev/maru/pattern/value"
	"maru.dev/maru/service/states/jsonata/fault"
)

// rewrite turns the tree as it was read into the one that is evaluated.
func (p *parser) rewrite(n *Node) (*Node, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()

	r, err := p.rewritten(n)
	if err == nil && n.KeepArray {
		r.KeepArray = true
	}
	return r, err
}

// rewritten does a node's own part of rewrite.
func (p *parser) rewritten(n *Node) (*Node, error) {
	switch n.Kind {
	case Binary:
		return p.binary(n)
	case Name:
		return &Node{Kind: Path, List: []*Node{n}, KeepSingleton: n.KeepArray}, nil
	case Operator: // and, or, in as names
		n.Kind = Name
		return p.rewritten(n)
	case Parent:
		n.Slot = &Slot{Label: "!" + strconv.Itoa(p.slots), level: 1}
		p.slots++
		return n, nil
	case Negate:
		return p.negate(n)
	case Array, Block:
		return n, p.list(n)
	case Object:
		return n, p.rewritePairs(n, n)
	case Function, Partial:
		if err := p.list(n); err != nil {
			return nil, err
		}
		return n, p.replace(nil, &n.LHS)
	case Lambda:
		if err := p.replace(nil, &n.RHS); err != nil {
			return nil, err
		}
		n.RHS = tail(n.RHS)
		return n, nil
	case Condition:
		return n, p.replace(n, &n.LHS, &n.Then, &n.Else)
	case Transform:
		return n, p.replace(nil, &n.LHS, &n.Then, &n.Else)
	case End:
		return nil, fault.At("S0207", n.Text, n.Position)
	default:
		return n, nil
	}
}

// replace rewrites children in place; with a parent, what they seek is sought by
// the parent from then on.
func (p *parser) replace(parent *Node, children ...**Node) error {
	for _, c := range children {
		if *c == nil {
			continue
		}
		r, err := p.rewrite(*c)
		if err != nil {
			return err
		}
		*c = r
		if parent != nil {
			parent.seek(r)
		}
	}
	return nil
}

// seek takes over what a child seeks.
func (n *Node) seek(child *Node) { n.seeking = append(n.seeking, child.sought()...) }

// sought returns the slots of the parent operators in a node that did not find
// their step in it.
func (n *Node) sought() []*Slot {
	if n.Kind == Parent {
		return append(n.seeking[:len(n.seeking):len(n.seeking)], n.Slot)
	}
	return n.seeking
}

// list rewrites the elements of an array or block, or the arguments of a call.
func (p *parser) list(n *Node) error {
	for i := range n.List {
		if err := p.replace(n, &n.List[i]); err != nil {
			return err
		}
		e := n.List[i]
		if n.Kind == Block && (e.ConsArray || e.Kind == Path && e.List[0].ConsArray) {
			n.ConsArray = true
		}
	}
	return nil
}

// rewritePairs rewrites the members of an object.
func (p *parser) rewritePairs(n, parent *Node) error {
	for i := range n.Pairs {
		if err := p.replace(parent, &n.Pairs[i][0], &n.Pairs[i][1]); err != nil {
			return err
		}
	}
	return nil
}

// negate makes a negated number literal a negative one.
func (p *parser) negate(n *Node) (*Node, error) {
	if err := p.replace(nil, &n.LHS); err != nil {
		return nil, err
	}
	if n.LHS.Kind != Number {
		n.seek(n.LHS)
		return n, nil
	}
	switch v := n.LHS.Value.(type) {
	case int64:
		n.LHS.Value = -v
	case float64:
		n.LHS.Value = value.FromFloat(-v)
	}
	return n.LHS, nil
}

// binary rewrites what stands between two operands.
func (p *parser) binary(n *Node) (*Node, error) {
	switch n.Text {
	case ".":
		return p.path(n)
	case "[":
		return p.predicate(n)
	case "{":
		return p.group(n)
	case "^":
		return p.orderBy(n)
	case ":=":
		if err := p.replace(nil, &n.RHS); err != nil {
			return nil, err
		}
		b := &Node{Kind: Bind, Position: n.Position, Text: n.LHS.Text, RHS: n.RHS}
		b.seek(n.RHS)
		return b, nil
	case "@":
		return p.focus(n)
	case "#":
		return p.index(n)
	case "~>":
		n.Kind = Apply
		err := p.replace(nil, &n.LHS, &n.RHS)
		if err == nil {
			n.KeepArray = n.LHS.KeepArray || n.RHS.KeepArray
		}
		return n, err
	}
	return n, p.replace(n, &n.LHS, &n.RHS)
}

// path joins two sides of a dot.
func (p *parser) path(n *Node) (*Node, error) {
	if err := p.replace(nil, &n.LHS, &n.RHS); err != nil {
		return nil, err
	}
	path := n.LHS
	if path.Kind != Path {
		path = &Node{Kind: Path, List: []*Node{n.LHS}}
		if n.LHS.Kind == Parent {
			path.seeking = []*Slot{n.LHS.Slot}
		}
	}
	from := len(path.List)
	if n.RHS.Kind == Path {
		path.List = append(path.List, n.RHS.List...)
	} else {
		for _, filter := range n.RHS.Predicates {
			n.RHS.Stages = append(n.RHS.Stages, Stage{Filter: filter})
		}
		n.RHS.Predicates = nil
		path.List = append(path.List, n.RHS)
	}
	if from == 1 {
		from = 0 // the first step was none before
	}
	for _, step := range path.List[from:] {
		switch step.Kind {
		case Number, Literal:
			return nil, fault.At("S0213", "", step.Position).WithValue(step.Value)
		case String:
			step.Kind = Name
		}
	}
	for _, step := range path.List {
		path.KeepSingleton = path.KeepSingleton || step.KeepArray
	}
	if first := path.List[0]; first.Kind == Array {
		first.ConsArray = true
	}
	if last := path.List[len(path.List)-1]; last.Kind == Array {
		last.ConsArray = true
	}
	return path, resolve(path)
}

// lastStep returns the step that a decoration of the node belongs to: the last
// of a path, or the node itself.
func (n *Node) lastStep() *Node {
	if n.Kind == Path {
		return n.List[len(n.List)-1]
	}
	return n
}

// predicate hangs a filter on its step.
func (p *parser) predicate(n *Node) (*Node, error) {
	if err := p.replace(nil, &n.LHS, &n.RHS); err != nil {
		return nil, err
	}
	step, filter := n.LHS.lastStep(), n.RHS
	if step.Group != nil {
		return nil, fault.At("S0209", "", n.Position)
	}
	for _, slot := range filter.seeking {
		if slot.level != 1 {
			slot.level--
			continue
		}
		if err := find(step, slot); err != nil {
			return nil, err
		}
	}
	if filter.seeking != nil {
		step.seek(filter)
	}
	if n.LHS.Kind == Path {
		step.Stages = append(step.Stages, Stage{Filter: filter})
	} else {
		step.Predicates = append(step.Predicates, filter)
	}
	return n.LHS, nil
}

// group hangs a grouping on what it groups.
func (p *parser) group(n *Node) (*Node, error) {
	if err := p.replace(nil, &n.LHS); err != nil {
		return nil, err
	}
	if n.LHS.Group != nil {
		return nil, fault.At("S0210", "", n.Position)
	}
	group := &Node{Kind: Object, Position: n.Position, Pairs: n.Pairs}
	if err := p.rewritePairs(group, nil); err != nil {
		return nil, err
	}
	n.LHS.Group = group
	return n.LHS, nil
}

// orderBy makes an order-by a step of its path.
func (p *parser) orderBy(n *Node) (*Node, error) {
	if err := p.replace(nil, &n.LHS); err != nil {
		return nil, err
	}
	path := n.LHS
	if path.Kind != Path {
		path = &Node{Kind: Path, List: []*Node{path}}
	}
	sort := &Node{Kind: Sort, Position: n.Position, Terms: n.Terms}
	for i := range sort.Terms {
		if err := p.replace(sort, &sort.Terms[i].Expression); err != nil {
			return nil, err
		}
	}
	path.List = append(path.List, sort)
	return path, resolve(path)
}

// focus hangs a context binding on its step.
func (p *parser) focus(n *Node) (*Node, error) {
	if err := p.replace(nil, &n.LHS); err != nil {
		return nil, err
	}
	step := n.LHS.lastStep()
	if step.Stages != nil || step.Predicates != nil {
		return nil, fault.At("S0215", "", n.Position)
	}
	if step.Kind == Sort {
		return nil, fault.At("S0216", "", n.Position)
	}
	if n.KeepArray {
		step.KeepArray = true
	}
	step.Focus, step.Tuple = n.RHS.Text, true
	return n.LHS, nil
}

// index hangs an index binding on its step.
func (p *parser) index(n *Node) (*Node, error) {
	if err := p.replace(nil, &n.LHS); err != nil {
		return nil, err
	}
	path, step := n.LHS, n.LHS.lastStep()
	if path.Kind != Path {
		path = &Node{Kind: Path, List: []*Node{step}}
		for _, filter := range step.Predicates {
			step.Stages = append(step.Stages, Stage{Filter: filter})
		}
		step.Predicates = nil
	}
	if step.Stages == nil {
		step.Index = n.RHS.Text
	} else {
		step.Stages = append(step.Stages, Stage{Index: n.RHS.Text})
	}
	step.Tuple = true
	return path, nil
}

// tail marks the calls in tail positions of a lambda's body.
func tail(n *Node) *Node {
	switch n.Kind {
	case Function:
		if n.Predicates == nil {
			return &Node{Kind: Lambda, Thunk: true, Position: n.Position, RHS: n}
		}
	case Condition:
		n.Then = tail(n.Then)
		if n.Else != nil {
			n.Else = tail(n.Else)
		}
	case Block:
		if last := len(n.List) - 1; last >= 0 {
			n.List[last] = tail(n.List[last])
		}
	}
	return n
}

// resolve lets the parent operators in a path's last step find their steps.
func resolve(path *Node) error {
	for _, slot := range path.lastStep().sought() {
		for index := len(path.List) - 2; slot.level > 0; {
			if index < 0 {
				path.seeking = append(path.seeking, slot)
				break
			}
			step := path.List[index]
			index--
			// steps that bind their context do not change the input of the next
			for index >= 0 && step.Focus != "" && path.List[index].Focus != "" {
				step = path.List[index]
				index--
			}
			if err := find(step, slot); err != nil {
				return err
			}
		}
	}
	return nil
}

// find goes up from a step to the one whose input the slot means.
func find(n *Node, slot *Slot) error {
	switch n.Kind {
	case Name, Wildcard:
		slot.level--
		if slot.level == 0 {
			if n.Ancestor != nil {
				slot.Label = n.Ancestor.Label
			}
			n.Ancestor, n.Tuple = slot, true
		}
	case Parent:
		slot.level++
	case Block:
		if len(n.List) > 0 {
			n.Tuple = true
			return find(n.List[len(n.List)-1], slot)
		}
	case Path:
		n.Tuple = true
		for i := len(n.List) - 1; i >= 0; i-- {
			if err := find(n.List[i], slot); err != nil || slot.level <= 0 {
				return err
			}
		}
	default:
		return fault.At("S0217", n.Kind.String(), n.Position)
	}
	return nil
}
