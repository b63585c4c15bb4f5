package vtl

import (
	"errors"
	"slices"
	"strings"

	"maru.dev/maru/gateway/vtl/java"
)

// node is a part of a template.
type node interface {
	render(r *run) error
}

type (
	// block is nodes one after another.
	block []node

	// literal is text.
	literal string

	// assignment is #set.
	assignment struct {
		to   *reference
		from expression
	}

	// choice is #if with its other branches, of which the first whose condition
	// holds is taken; that of an #else is nil.
	choice struct{ branches []branch }
	branch struct {
		when expression
		body block
	}

	// foreach is a loop.
	foreach struct {
		name string
		over expression
		body block
	}

	// leave is #break or #stop.
	leave struct{ how error }

	// macro is what a template defines, and call where it is used; body is what a
	// call with #@ hands over.
	macro struct {
		parameters []string
		body       block
	}
	call struct {
		name, source string
		args         []expression
		body         block
	}

	// definition is #define.
	definition struct {
		name string
		body block
	}

	// evaluation is #evaluate.
	evaluation struct{ of expression }
)

// render shows one node after another.
func (b block) render(r *run) error {
	for _, n := range b {
		if err := n.render(r); err != nil {
			return err
		}
	}
	return nil
}

// render shows the text.
func (l literal) render(r *run) error { return r.write(string(l)) }

// render sets the reference. Nothing cannot be assigned: then the reference stays as
// it was.
func (n *assignment) render(r *run) error {
	if err := r.used.Step(); err != nil {
		return err
	}
	v, err := n.from.eval(r)
	if err != nil || v == nil {
		return err
	}
	return n.to.assign(r, v)
}

// render shows the branch that is taken.
func (n *choice) render(r *run) error {
	for _, b := range n.branches {
		if err := r.used.Step(); err != nil {
			return err
		}
		holds := b.when == nil
		if !holds {
			var err error
			if holds, err = r.truth(b.when); err != nil {
				return err
			}
		}
		if holds {
			return b.body.render(r)
		}
	}
	return nil
}

// render ends what it is in.
func (n leave) render(*run) error { return n.how }

// render shows the body once for each item.
func (n *foreach) render(r *run) error {
	v, err := n.over.eval(r)
	if err != nil {
		return err
	}
	items := java.Iterated(v)
	if err := r.used.Spend(len(items)/16 + 1); err != nil {
		return err
	}
	defer r.keep(n.name, "foreach", "velocityCount", "velocityHasNext")()
	outer := r.loop
	defer func() { r.loop = outer }()
	l := &loop{parent: outer, length: len(items)}
	r.loop = l
	for i, item := range items {
		if i == maxTurns {
			break
		}
		l.index = i
		r.vars[n.name], r.vars["foreach"] = item, l
		r.vars["velocityCount"], r.vars["velocityHasNext"] = int64(i+1), i+1 < len(items)
		if err := r.used.Step(); err != nil {
			return err
		}
		if err := n.body.render(r); errors.Is(err, errBreak) {
			break
		} else if err != nil {
			return err
		}
	}
	return nil
}

// keep returns what gives variables the values back that they have now.
func (r *run) keep(names ...string) (restore func()) {
	type kept struct {
		v  any
		ok bool
	}
	before := make([]kept, len(names))
	for i, name := range names {
		before[i].v, before[i].ok = r.vars[name]
	}
	return func() {
		for i, name := range names {
			if before[i].ok {
				r.vars[name] = before[i].v
			} else {
				delete(r.vars, name)
			}
		}
	}
}

// render runs the macro, or shows the call where there is none.
func (n *call) render(r *run) error {
	m, ok := r.macros[n.name]
	if !ok {
		return r.write(n.source)
	}
	values := make([]any, min(len(n.args), len(m.parameters)))
	for i := range values {
		v, err := n.args[i].eval(r)
		if err != nil {
			return err
		}
		if ref, ok := n.args[i].(*reference); ok && v == nil {
			v = undefined(ref.source) // it shows as it was written by the caller
		}
		values[i] = v
	}
	defer r.keep(append(slices.Clone(m.parameters), "bodyContent")...)()
	for i, name := range m.parameters {
		delete(r.vars, name)
		if i < len(values) {
			r.vars[name] = values[i]
		}
	}
	if n.body != nil {
		r.vars["bodyContent"] = &definition{body: n.body}
	}
	return r.nested(m.body)
}

// undefined is an argument without a value: the text that it shows as.
type undefined string

// render keeps the body under its name; it is shown where that is referred to.
func (n *definition) render(r *run) error {
	r.vars[n.name] = n
	return r.used.Step()
}

// render runs a text as a template.
func (n *evaluation) render(r *run) error {
	v, err := n.of.eval(r)
	if err != nil || v == nil {
		return err
	}
	source, err := r.used.Text(v)
	if err != nil {
		return err
	}
	if err := r.used.Spend(len(source)); err != nil {
		return err
	}
	p := &parser{text: source, macros: map[string]*macro{}}
	body, err := p.template()
	if err != nil {
		return java.Throw("%s", strings.TrimSpace(err.Error()))
	}
	return r.nested(body)
}

// nested renders a block that stands elsewhere: that of a macro, a #define or an
// #evaluate, which may show each other.
func (r *run) nested(b block) error {
	if r.calls++; r.calls > maxCalls {
		return java.Throw("Macros and blocks call each other more than %d levels deep", maxCalls)
	}
	defer func() { r.calls-- }()
	return b.render(r)
}

// loop is $foreach.
type loop struct {
	parent        *loop
	index, length int
}

// Get returns what is known of the turn.
func (l *loop) Get(name string) any {
	switch name {
	case "index":
		return int64(l.index)
	case "count":
		return int64(l.index + 1)
	case "hasNext":
		return l.index+1 < l.length
	case "first":
		return l.index == 0
	case "last":
		return l.index+1 == l.length
	case "parent":
		if l.parent != nil {
			return l.parent
		}
	case "topmost":
		for l.parent != nil {
			l = l.parent
		}
		return l
	}
	return nil
}

// Call knows the properties as methods, too.
func (l *loop) Call(name string, args []any) (any, error) {
	if len(args) > 0 {
		return nil, java.ErrNoMethod
	}
	if v := l.Get(name); v != nil {
		return v, nil
	}
	if property, ok := strings.CutPrefix(name, "get"); ok && property != "" {
		if v := l.Get(strings.ToLower(property[:1]) + property[1:]); v != nil {
			return v, nil
		}
	}
	return nil, java.ErrNoMethod
}

// String shows nothing of use.
func (l *loop) String() string { return "foreach" }
