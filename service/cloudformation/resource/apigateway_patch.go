package resource

import (
	"context"
	"maps"
	"slices"

	"maru.dev/maru/pattern/pointer"
)

// patches are the operations that bring a resource of a REST API from what it
// was to what it is to be.
type patches struct {
	before, after obj
	ops           []any
}

// patches compares the resource's properties with those that it had.
func (r *Request) patches() *patches { return &patches{before: r.Old, after: r.Props} }

// add notes one operation.
func (p *patches) add(op, path string, value any) {
	o := obj{"op": op, "path": path}
	if value != nil {
		o["value"] = value
	}
	p.ops = append(p.ops, o)
}

// scalars brings properties up to date whose places have their names.
func (p *patches) scalars(names ...string) {
	for _, name := range names {
		p.scalar(name, "/"+lowerName(name), "")
	}
}

// removable is scalars for properties that are removed where they have no value.
func (p *patches) removable(names ...string) {
	for _, name := range names {
		if p.after[name] != nil {
			p.scalars(name)
		} else if p.before[name] != nil {
			p.add("remove", "/"+lowerName(name), nil)
		}
	}
}

// scalar brings one property up to date; unset is what it is without a value.
func (p *patches) scalar(name, path, unset string) {
	before, after := p.before[name], p.after[name]
	if Equal(before, after) {
		return
	}
	switch {
	case after == nil:
		p.add("replace", path, unset)
	case isScalar(after):
		p.add("replace", path, text(after))
	default:
		p.add("replace", path, document(after))
	}
}

// object brings the members of a property up to date, which are at places below
// path. One that is there no more is removed whole.
func (p *patches) object(name, path string, members func(inner *patches)) {
	before, after := object(p.before[name]), object(p.after[name])
	if after == nil {
		if before != nil {
			p.add("remove", path, nil)
		}
		return
	}
	p.within(before, after, members)
}

// within brings a part of the resource from before to after.
func (p *patches) within(before, after obj, members func(inner *patches)) {
	inner := &patches{before: before, after: after}
	members(inner)
	p.ops = append(p.ops, inner.ops...)
}

// values brings a list up to date whose entries are operations' values.
func (p *patches) values(name, path string) {
	gone, come := differ(p.before[name], p.after[name])
	for _, v := range gone {
		p.add("remove", path, v)
	}
	for _, v := range come {
		p.add("add", path, v)
	}
}

// set brings a list up to date whose entries are the last part of the place.
func (p *patches) set(name, path string) {
	gone, come := differ(p.before[name], p.after[name])
	for _, v := range gone {
		p.add("remove", path+"/"+pointer.Escape(v), nil)
	}
	for _, v := range come {
		p.add("add", path+"/"+pointer.Escape(v), nil)
	}
}

// entries brings a map up to date, whose keys are the last part of the place.
func (p *patches) entries(name, path string) {
	before, after := object(p.before[name]), object(p.after[name])
	for _, k := range slices.Sorted(maps.Keys(before)) {
		if after[k] == nil {
			p.add("remove", path+"/"+pointer.Escape(k), nil)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(after)) {
		switch {
		case before[k] == nil:
			p.add("add", path+"/"+pointer.Escape(k), text(after[k]))
		case !Equal(before[k], after[k]):
			p.add("replace", path+"/"+pointer.Escape(k), text(after[k]))
		}
	}
}

// send carries the operations out, if there are any: target names the resource.
func (p *patches) send(ctx context.Context, r *Request, operation string, target obj) error {
	if len(p.ops) == 0 {
		return nil
	}
	in := pickAll(target)
	in["patchOperations"] = p.ops
	_, err := r.do(ctx, "apigateway", operation, in)
	return err
}

// differ compares two lists of texts: what went, and what came.
func differ(before, after any) (gone, come []string) {
	was, is := textList(before), textList(after)
	for _, v := range was {
		if !slices.Contains(is, v) {
			gone = append(gone, v)
		}
	}
	for _, v := range is {
		if !slices.Contains(was, v) {
			come = append(come, v)
		}
	}
	return gone, come
}

// textList is a value as a list of texts.
func textList(v any) (out []string) {
	for _, e := range list(v) {
		out = append(out, text(e))
	}
	return out
}
