package jsonata

import (
	"errors"

	"maru.dev/maru/service/states/jsonata/fault"
	"maru.dev/maru/service/states/jsonata/syntax"
)

// callable is a value that is a function.
type callable interface {
	// arity is how many arguments it takes.
	arity() int
}

// function is one of the language or of the host.
type function struct {
	name      string
	signature *syntax.Signature
	params    int
	call      func(ev *evaluator, args []any) (any, error)

	// scoped is called in place of call, by the one function that must know
	// where it is called: $eval.
	scoped func(ev *evaluator, args []any, input any, env *frame) (any, error)
}

// lambda is a function that the expression defines, or a call in a tail position
// that is still to be made.
type lambda struct {
	node   *syntax.Node
	params []*syntax.Node
	input  any
	env    *frame
}

// closure is a function that was passed as an argument: called, it has no
// context.
type closure struct{ target callable }

// partial is a function some of whose arguments are given.
type partial struct {
	target callable
	args   []any
	holes  []int // the places of the arguments that are not
}

// composed is f ~> g.
type composed struct{ first, second callable }

func (f *function) arity() int { return f.params }
func (l *lambda) arity() int   { return len(l.params) }
func (c *closure) arity() int  { return c.target.arity() }
func (p *partial) arity() int  { return len(p.holes) }
func (*composed) arity() int   { return 1 }

// asArgument makes a function one that has no context.
func asArgument(v any) any {
	if f, ok := v.(callable); ok {
		return &closure{target: f}
	}
	return v
}

// named is the name by which a call's function goes.
func named(n *syntax.Node) string {
	if n.Kind == syntax.Path {
		return n.List[0].Text
	}
	return n.Text
}

// call evaluates a call; applied is what ~> puts before the arguments, if it is
// one.
func (ev *evaluator) call(n *syntax.Node, input any, env *frame, applied []any) (any, error) {
	proc, err := ev.eval(n.LHS, input, env)
	if err != nil {
		return nil, err
	}
	if isUndefined(proc) && n.LHS.Kind == syntax.Path && ev.knows(n.LHS.List[0].Text, env) {
		return nil, fault.At("T1005", n.LHS.List[0].Text, n.Position)
	}
	args := make([]any, 0, len(applied)+len(n.List))
	args = append(args, applied...)
	for _, a := range n.List {
		v, err := ev.eval(a, input, env)
		if err != nil {
			return nil, err
		}
		args = append(args, asArgument(v))
	}
	v, err := ev.invokeAt(site{named(n.LHS), n.Position}, proc, args, input, env)
	var e *fault.Error
	if errors.As(err, &e) {
		if e.Token == "" {
			e.Token = named(n.LHS)
		}
		if e.Position == 0 {
			e.Position = n.Position
		}
	}
	return v, err
}

// site is where a function is called, and by what name.
type site struct {
	name     string
	position int
}

// knows tells whether there is a variable of a name, for whoever forgot the $.
func (ev *evaluator) knows(name string, env *frame) bool {
	return !isUndefined(ev.lookup(name, env))
}

// called says of an error in which call it happened: of calls within calls the
// outermost counts.
func (s site) called(err error, proc any) {
	var e *fault.Error
	if s == (site{}) || !errors.As(err, &e) {
		return
	}
	switch proc.(type) {
	case *function, *lambda, *partial, *transform, *composed:
		e.Position = s.position
		if e.Token == "" {
			e.Token = s.name
		}
	}
}

// invoke calls a function from within another.
func (ev *evaluator) invoke(proc any, args []any, input any, env *frame) (any, error) {
	return ev.invokeAt(site{}, proc, args, input, env)
}

// invokeAt calls a function, and then the calls in tail positions that it leaves
// to be made, so that these need no stack.
func (ev *evaluator) invokeAt(at site, proc any, args []any, input any, env *frame) (any, error) {
	if err := ev.enter(); err != nil {
		return nil, err
	}
	defer ev.leave()
	for {
		v, err := ev.invokeOnce(proc, args, input, env)
		if err != nil {
			at.called(err, proc)
			return nil, err
		}
		thunk, ok := v.(*lambda)
		if !ok || !thunk.node.Thunk {
			return v, nil
		}
		n := thunk.node.RHS
		if proc, err = ev.eval(n.LHS, thunk.input, thunk.env); err != nil {
			return nil, err
		}
		args = make([]any, 0, len(n.List))
		for _, a := range n.List {
			v, err := ev.eval(a, thunk.input, thunk.env)
			if err != nil {
				return nil, err
			}
			args = append(args, v)
		}
		at = site{position: n.LHS.Position}
		if n.LHS.Kind == syntax.Variable {
			at.name = n.LHS.Text
		}
	}
}

// invokeOnce calls a function.
func (ev *evaluator) invokeOnce(proc any, args []any, input any, env *frame) (any, error) {
	switch p := proc.(type) {
	case *function:
		if err := ev.read(args); err != nil {
			return nil, err
		}
		if p.signature != nil {
			valid, err := p.signature.Validate(kinds{}, args, input)
			if err != nil {
				return nil, err
			}
			args = valid
		}
		if p.scoped != nil {
			return p.scoped(ev, args, input, env)
		}
		return p.call(ev, args)
	case *lambda:
		if p.node.Signature != nil {
			valid, err := p.node.Signature.Validate(kinds{}, args, input)
			if err != nil {
				return nil, err
			}
			args = valid
		}
		return ev.applyLambda(p, args)
	case *closure:
		return ev.invoke(p.target, args, nil, env)
	case *partial:
		return ev.applyPartial(p, args, env)
	case *composed:
		v, err := ev.invoke(p.first, args, input, env)
		if err != nil {
			return nil, err
		}
		return ev.invoke(p.second, []any{v}, input, env)
	case *transform:
		return ev.transform(p, argument(args, 0))
	case *matcher:
		return ev.matchOnce(p, args)
	}
	return nil, fault.New("T1006")
}

// argument returns an argument, or nothing.
func argument(args []any, i int) any {
	if i < len(args) {
		return args[i]
	}
	return Undefined{}
}

// applyLambda evaluates a lambda's body with its parameters bound.
func (ev *evaluator) applyLambda(l *lambda, args []any) (any, error) {
	scope := &frame{parent: l.env, vars: make([]binding, 0, len(l.params))}
	for i, p := range l.params {
		scope.bind(p.Text, argument(args, i))
	}
	return ev.eval(l.node.RHS, l.input, scope)
}

// applyPartial calls a function with the arguments that were missing. They are
// not checked again.
func (ev *evaluator) applyPartial(p *partial, args []any, env *frame) (any, error) {
	all := append([]any(nil), p.args...)
	for i, hole := range p.holes {
		all[hole] = argument(args, i)
	}
	target := p.target
	for {
		c, ok := target.(*closure)
		if !ok {
			break
		}
		target = c.target
	}
	switch t := target.(type) {
	case *function:
		if t.scoped != nil {
			return t.scoped(ev, all, Undefined{}, env)
		}
		return t.call(ev, all)
	case *lambda:
		return ev.applyLambda(t, all)
	}
	return ev.invoke(target, all, nil, env)
}

// partial evaluates a call some of whose arguments are question marks.
func (ev *evaluator) partial(n *syntax.Node, input any, env *frame) (any, error) {
	given := make([]any, len(n.List))
	for i, a := range n.List {
		if a.Kind == syntax.Placeholder {
			continue
		}
		v, err := ev.eval(a, input, env)
		if err != nil {
			return nil, err
		}
		given[i] = v
	}
	proc, err := ev.eval(n.LHS, input, env)
	if err != nil {
		return nil, err
	}
	if isUndefined(proc) && n.LHS.Kind == syntax.Path && ev.knows(n.LHS.List[0].Text, env) {
		return nil, fault.At("T1007", n.LHS.List[0].Text, n.Position)
	}
	target, ok := proc.(callable)
	if !ok {
		return nil, fault.At("T1008", named(n.LHS), n.Position)
	}
	p := &partial{target: target, args: make([]any, target.arity())}
	for i := range p.args {
		switch {
		case i >= len(given):
			p.args[i] = Undefined{}
		case n.List[i].Kind == syntax.Placeholder:
			p.holes = append(p.holes, i)
		default:
			p.args[i] = given[i]
		}
	}
	return p, nil
}

// apply evaluates ~>: a call with one argument more, or of two functions the one
// that applies both.
func (ev *evaluator) apply(n *syntax.Node, input any, env *frame) (any, error) {
	lhs, err := ev.eval(n.LHS, input, env)
	if err != nil {
		return nil, err
	}
	if n.RHS.Kind == syntax.Function {
		return ev.call(n.RHS, input, env, []any{lhs})
	}
	rhs, err := ev.eval(n.RHS, input, env)
	if err != nil {
		return nil, err
	}
	second, ok := rhs.(callable)
	if !ok {
		return nil, fault.At("T2006", "", n.Position).WithValue(rhs)
	}
	if first, ok := lhs.(callable); ok {
		return &composed{first: first, second: second}, nil
	}
	return ev.invoke(second, []any{lhs}, nil, env)
}

// callback calls a function that was given to a higher-order one, with as many
// of the arguments as it takes, but at least one.
func (ev *evaluator) callback(f any, args ...any) (any, error) {
	c, ok := f.(callable)
	if !ok {
		return nil, fault.New("T1006")
	}
	return ev.invoke(f, args[:min(len(args), max(1, c.arity()))], nil, nil)
}

// callHost calls a function of the host.
func (ev *evaluator) callHost(name string, h Function, args []any) (any, error) {
	given := make([]any, len(args))
	for i, a := range args {
		var err error
		if given[i], err = ev.plain(a); err != nil {
			return nil, err
		}
	}
	v, err := h.Call(Call{Context: ev.ctx, Random: ev.random, UUID: ev.in.UUID}, given)
	var own *fault.Error
	if err != nil && !errors.As(err, &own) {
		return nil, &fault.Error{Code: "U1005", Token: name, Detail: err.Error(), Cause: err}
	}
	return v, err
}

// kinds tells signatures of what type values are.
type kinds struct{}

// Type returns the letter of a value's type.
func (kinds) Type(v any) byte {
	switch v.(type) {
	case nil:
		return 'l'
	case Undefined:
		return 'm'
	case bool:
		return 'b'
	case int64, float64:
		return 'n'
	case string:
		return 's'
	case []any, *array:
		return 'a'
	case callable:
		return 'f'
	}
	return 'o'
}

// Items returns an array's elements.
func (kinds) Items(v any) []any {
	items, _ := list(v)
	return items
}

// Missing is what stands for an argument that was not given.
func (kinds) Missing() any { return Undefined{} }
