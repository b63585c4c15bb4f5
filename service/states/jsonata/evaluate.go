package jsonata

import (
	"context"

	"maru.dev/maru/service/states/jsonata/fault"
	"maru.dev/maru/service/states/jsonata/syntax"
)

// evaluator evaluates one expression once.
type evaluator struct {
	ctx     context.Context //nolint:containedctx // it lives as long as the evaluation
	in      *Input
	limits  Limits
	library map[string]*function // the functions of the language
	hosts   map[string]*function // the host's functions that were used

	steps, depth, memory int // used so far
	nextLook             int // at which step the clock is looked at again
}

// frame holds variables of a scope.
type frame struct {
	parent *frame
	vars   []binding
}

// bind gives a variable its value in the frame.
func (f *frame) bind(name string, v any) {
	for i := range f.vars {
		if f.vars[i].name == name {
			f.vars[i].value = v
			return
		}
	}
	f.vars = append(f.vars, binding{name, v})
}

// run evaluates a whole expression and makes its value plain.
func (ev *evaluator) run(root *syntax.Node) (any, error) {
	input := ev.in.Data
	env := &frame{vars: []binding{{"$", input}}}
	if items, ok := input.([]any); ok {
		input = &array{items: []any{items}, sequence: true, outer: true}
	}
	v, err := ev.eval(root, input, env)
	if err != nil {
		return nil, err
	}
	if _, ok := v.(callable); ok {
		return nil, fault.New("U1003")
	}
	return ev.plain(v)
}

// tick counts a step of work.
func (ev *evaluator) tick() error { return ev.work(1) }

// work counts steps, and now and then looks whether time is up.
func (ev *evaluator) work(n int) error {
	ev.steps += n
	if ev.steps > ev.limits.Steps {
		return fault.New("D1012")
	}
	if ev.steps < ev.nextLook || ev.ctx == nil {
		return nil
	}
	ev.nextLook = ev.steps + 1024
	if ev.ctx.Err() != nil {
		return &fault.Error{Code: "D1012", Cause: context.Cause(ev.ctx)}
	}
	return nil
}

// perStep is how many bytes or elements are gone through in about the time of a
// step.
const perStep = 64

// read accounts for going through the arguments of a function.
func (ev *evaluator) read(args []any) error {
	n := 0
	for _, a := range args {
		if s, ok := a.(string); ok {
			n += len(s)
		} else if items, ok := list(a); ok {
			n += 4 * len(items)
		}
	}
	return ev.work(n / perStep)
}

// enter goes one level deeper; leave comes back. Go's stack could not be
// unwound if it overflowed.
func (ev *evaluator) enter() error {
	ev.depth++
	if ev.depth > ev.limits.Depth {
		ev.depth-- // there will be no leave
		return fault.New("D1011")
	}
	if err := ev.tick(); err != nil {
		ev.depth--
		return err
	}
	return nil
}

// leave ends what enter began.
func (ev *evaluator) leave() { ev.depth-- }

// grow accounts for an array or object of n elements.
func (ev *evaluator) grow(n int) error {
	if n > ev.limits.Values {
		return fault.Of("D2015", int64(ev.limits.Values))
	}
	return ev.take(24 * n)
}

// longer accounts for an array that was made longer.
func (ev *evaluator) longer(before, after int) error {
	if after > ev.limits.Values {
		return ev.grow(after)
	}
	return ev.take(24 * (after - before))
}

// text accounts for a string of n bytes.
func (ev *evaluator) text(n int) error {
	if n > ev.limits.Text {
		return fault.New("U1002")
	}
	return ev.take(n)
}

// take accounts for n bytes.
func (ev *evaluator) take(n int) error {
	ev.memory += n
	if ev.memory > ev.limits.Memory {
		return fault.New("U1001")
	}
	return nil
}

// eval evaluates a node: what it is, its filters, its grouping. A sequence of
// one is its element then, and one of none is nothing.
func (ev *evaluator) eval(n *syntax.Node, input any, env *frame) (any, error) {
	if err := ev.enter(); err != nil {
		return nil, err
	}
	defer ev.leave()
	v, err := ev.node(n, input, env)
	if err != nil {
		return nil, err
	}
	for _, filter := range n.Predicates {
		if v, err = ev.filter(filter, v, env); err != nil {
			return nil, err
		}
	}
	if n.Group != nil && n.Kind != syntax.Path {
		if v, err = ev.group(n.Group, v, env); err != nil {
			return nil, err
		}
	}
	if s := asSequence(v); s != nil && !s.tuples {
		if n.KeepArray {
			s.keep = true
		}
		switch {
		case len(s.items) == 0:
			return Undefined{}, nil
		case len(s.items) == 1 && !s.keep:
			return s.items[0], nil
		}
	}
	return v, nil
}

// node evaluates what a node is by itself.
func (ev *evaluator) node(n *syntax.Node, input any, env *frame) (any, error) {
	switch n.Kind {
	case syntax.Path:
		return ev.path(n, input, env)
	case syntax.Binary:
		return ev.binary(n, input, env)
	case syntax.Negate:
		return ev.negate(n, input, env)
	case syntax.Array:
		return ev.array(n, input, env)
	case syntax.Object:
		return ev.group(n, input, env)
	case syntax.Name:
		return ev.field(input, n.Text)
	case syntax.String, syntax.Number, syntax.Literal:
		return n.Value, nil
	case syntax.Wildcard:
		return ev.wildcard(input)
	case syntax.Descendant:
		return ev.descendants(input)
	case syntax.Parent:
		return ev.lookup(n.Slot.Label, env), nil
	case syntax.Condition:
		return ev.condition(n, input, env)
	case syntax.Block:
		return ev.block(n, input, env)
	case syntax.Bind:
		v, err := ev.eval(n.RHS, input, env)
		if err == nil {
			env.bind(n.Text, v)
		}
		return v, err
	case syntax.Regex:
		return &matcher{node: n}, nil
	case syntax.Function:
		return ev.call(n, input, env, nil)
	case syntax.Variable:
		return ev.variable(n, input, env), nil
	case syntax.Lambda:
		return &lambda{node: n, params: n.List, input: input, env: env}, nil
	case syntax.Partial:
		return ev.partial(n, input, env)
	case syntax.Apply:
		return ev.apply(n, input, env)
	case syntax.Transform:
		return &transform{node: n, input: input, env: env}, nil
	}
	return nil, fault.At("S0206", n.Text, n.Position)
}

// variable returns the value of a variable; $ alone is the context.
func (ev *evaluator) variable(n *syntax.Node, input any, env *frame) any {
	if n.Text != "" {
		return ev.lookup(n.Text, env)
	}
	if a, ok := input.(*array); ok && a.outer {
		return a.items[0]
	}
	return input
}

// lookup finds a variable: in the scopes from the inmost on, in what the host
// gave, in the language's functions.
func (ev *evaluator) lookup(name string, env *frame) any {
	for f := env; f != nil; f = f.parent {
		for i := range f.vars {
			if f.vars[i].name == name {
				return f.vars[i].value
			}
		}
	}
	if v, ok := ev.in.Variables[name]; ok {
		return v
	}
	if h, ok := ev.in.Functions[name]; ok {
		return ev.host(name, h)
	}
	if f, ok := ev.library[name]; ok && (f.scoped == nil || ev.in.AllowEval) {
		return f
	}
	return Undefined{}
}

// host returns a function of the host as one that can be called.
func (ev *evaluator) host(name string, h Function) *function {
	if f, ok := ev.hosts[name]; ok {
		return f
	}
	if ev.hosts == nil {
		ev.hosts = make(map[string]*function, 1)
	}
	f := &function{name: name, params: h.Arity}
	if h.Signature != "" {
		s, err := syntax.ParseSignature(h.Signature)
		if err != nil { // the host's mistake, shown to whoever calls the function
			f.call = func(*evaluator, []any) (any, error) {
				return nil, &fault.Error{Code: "U1005", Token: name, Detail: err.Error()}
			}
			return f
		}
		f.signature = s
	}
	f.call = func(ev *evaluator, args []any) (any, error) { return ev.callHost(name, h, args) }
	ev.hosts[name] = f
	return f
}

// condition evaluates one of two branches; nothing counts as false.
func (ev *evaluator) condition(n *syntax.Node, input any, env *frame) (any, error) {
	v, err := ev.eval(n.LHS, input, env)
	if err != nil {
		return nil, err
	}
	t, err := ev.truth(v)
	switch {
	case err != nil:
		return nil, err
	case t:
		return ev.eval(n.Then, input, env)
	case n.Else != nil:
		return ev.eval(n.Else, input, env)
	}
	return Undefined{}, nil
}

// block evaluates expressions in a scope of their own; the last is its value.
func (ev *evaluator) block(n *syntax.Node, input any, env *frame) (v any, err error) {
	v, scope := Undefined{}, &frame{parent: env}
	for _, e := range n.List {
		if v, err = ev.eval(e, input, scope); err != nil {
			return nil, err
		}
	}
	return v, nil
}
