package vtl

import (
	"errors"
	"strings"

	"maru.dev/maru/gateway/vtl/java"
)

// reference is $name with the properties, methods and indexes that follow it.
type reference struct {
	source  string // as it is written
	name    string
	quiet   bool // $!name
	slashes int  // backslashes before it
	parts   []part
}

// part is .name, .name(args) or [index].
type part struct {
	name   string
	method bool
	args   []expression
	index  expression
}

// render shows the value. A reference without one shows as it was written, unless
// it is quiet; one that is escaped shows as it was written if it has a value.
func (n *reference) render(r *run) error {
	v, err := n.eval(r)
	if err != nil {
		return err
	}
	switch {
	case v == nil && n.quiet && n.slashes == 0:
		return nil
	case v == nil:
		return r.write(strings.Repeat(`\`, n.slashes) + n.shown(r))
	case n.slashes > 0:
		if err := r.write(strings.Repeat(`\`, n.slashes/2)); err != nil {
			return err
		}
		if n.slashes%2 == 1 {
			return r.write(n.source)
		}
	}
	if d, ok := v.(*definition); ok {
		return r.nested(d.body)
	}
	shown, err := r.used.Text(v)
	if err != nil {
		return err
	}
	return r.write(shown)
}

// shown is what a reference without a value shows as. An argument of a macro shows as
// the macro's caller wrote it.
func (n *reference) shown(r *run) string {
	if written, ok := r.vars[n.name].(undefined); ok && len(n.parts) == 0 && n.source[1] != '{' {
		return string(written)
	}
	return n.source
}

// eval returns the value, nil if there is none.
func (n *reference) eval(r *run) (any, error) {
	if err := r.used.Step(); err != nil {
		return nil, err
	}
	v := r.vars[n.name]
	if _, none := v.(undefined); none {
		return nil, nil
	}
	return n.follow(r, v, n.parts)
}

// follow takes parts from a value.
func (n *reference) follow(r *run, v any, parts []part) (any, error) {
	for i := range parts {
		if v == nil {
			return nil, nil
		}
		var err error
		if v, err = parts[i].of(r, v); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// of takes the part of a value.
func (p *part) of(r *run, v any) (any, error) {
	if err := r.used.Step(); err != nil {
		return nil, err
	}
	switch {
	case p.index != nil:
		index, err := p.index.eval(r)
		if err != nil || index == nil {
			return nil, err
		}
		if err := r.used.Weigh(index); err != nil {
			return nil, err
		}
		return java.Element(v, index)
	case !p.method:
		return java.Property(v, p.name), nil
	}
	args := make([]any, len(p.args))
	for i, a := range p.args {
		var err error
		if args[i], err = a.eval(r); err != nil {
			return nil, err
		}
	}
	made, err := r.used.Invoke(v, p.name, args)
	if errors.Is(err, java.ErrNoMethod) {
		return nil, nil
	}
	return made, err
}

// assign sets what the reference leads to, if it leads somewhere that can be set.
func (n *reference) assign(r *run, v any) error {
	if len(n.parts) == 0 {
		r.vars[n.name] = v
		return nil
	}
	last := &n.parts[len(n.parts)-1]
	if last.method {
		return nil
	}
	holder, err := n.follow(r, r.vars[n.name], n.parts[:len(n.parts)-1])
	if err != nil {
		return err
	}
	var key any = last.name
	if last.index != nil {
		if key, err = last.index.eval(r); err != nil {
			return err
		}
		if err := r.used.Weigh(key); err != nil {
			return err
		}
	}
	return java.Set(holder, key, last.index != nil, v)
}
