// Package patch carries out the patch operations with which API Gateway's
// resources are updated: each names a place in the resource by a JSON pointer,
// and what is to be done there.
//
// Spec: API Gateway API Reference, PatchOperation; Developer Guide, "Patch Operations".
package patch

import (
	"strings"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/pattern/pointer"
	"maru.dev/maru/service/apigateway/fault"
	"maru.dev/maru/wire"
)

// Rule is a place that an update may change, and how.
type Rule struct {
	// Path is the place's pointer, as "/variables/{name}": a part in braces stands
	// for any one part of an operation's path.
	Path string
	// Each is what an operation of its kind does there; nil where it cannot. at
	// are the parts in braces, unescaped.
	Add, Replace func(at []string, value string) error
	Remove       func(at []string, value *string) error
	Copy         func(at []string, from string) error
}

// Rules are all the places that an update may change.
type Rules []Rule

// Fixed is a rule without the removal.
func (r Rule) Fixed() Rule {
	r.Remove = nil
	return r
}

// Added is a rule with additions, which do what replacements do.
func (r Rule) Added() Rule {
	r.Add = r.Replace
	return r
}

// Refuse makes the error for an operation that no rule takes. can are the kinds
// of operations that its place takes, none where there is no such place.
type Refuse func(op api.PatchOperation, can []string) error

// Apply carries the operations out in their order. The first that cannot be ends
// it, with the caller's error: the resource is to be thrown away then. An
// operation of no rule is told what its kind may name.
func (r Rules) Apply(operations []api.PatchOperation) error { return r.ApplyOr(r.list, operations) }

// ApplyOr is Apply with other words for an operation of no rule.
func (r Rules) ApplyOr(refuse Refuse, operations []api.PatchOperation) error {
	for _, op := range operations {
		if err := r.apply(refuse, op); err != nil {
			return err
		}
	}
	return nil
}

// Terse is the Refuse of resources that say as little as they can.
func Terse(op api.PatchOperation, can []string) error {
	switch {
	case op.Path == nil:
		return fault.BadRequest("Invalid patch path null")
	case len(can) == 0:
		return fault.BadRequest("Invalid patch path %s", *op.Path)
	}
	return fault.BadRequest("Invalid patch operation specified. Must be one of: [%s]", strings.Join(can, ", "))
}

// list is the Refuse of resources that name the places of an operation's kind.
func (r Rules) list(op api.PatchOperation, _ []string) error {
	const refused = "Invalid patch path  '%s' specified for op '%s'. "
	kind, path := wire.Value(op.Op), wire.Value(op.Path)
	var places []string
	for i := range r {
		if r[i].can(kind) {
			places = append(places, r[i].Path)
		}
	}
	if len(places) == 0 {
		return fault.BadRequest(refused+"Please choose supported operations", path, kind)
	}
	return fault.BadRequest(refused+"Must be one of: [%s]", path, kind, strings.Join(places, ", "))
}

// apply carries out one operation.
func (r Rules) apply(refuse Refuse, op api.PatchOperation) error {
	var can []string
	for i := range r {
		rule := &r[i]
		at, ok := match(rule.Path, wire.Value(op.Path))
		if !ok {
			continue
		}
		if rule.can(wire.Value(op.Op)) {
			return rule.do(at, op)
		}
		for _, kind := range [...]string{api.OpAdd, api.OpRemove, api.OpReplace, api.OpCopy} {
			if rule.can(kind) {
				can = append(can, kind)
			}
		}
	}
	return refuse(op, can)
}

// can tells whether an operation of a kind may name the rule's place.
func (r *Rule) can(kind string) bool {
	switch kind {
	case api.OpAdd:
		return r.Add != nil
	case api.OpReplace:
		return r.Replace != nil
	case api.OpRemove:
		return r.Remove != nil
	case api.OpCopy:
		return r.Copy != nil
	}
	return false
}

// do does what an operation that the rule can says.
func (r *Rule) do(at []string, op api.PatchOperation) error {
	switch *op.Op {
	case api.OpAdd:
		return r.Add(at, wire.Value(op.Value))
	case api.OpReplace:
		return r.Replace(at, wire.Value(op.Value))
	case api.OpRemove:
		return r.Remove(at, op.Value)
	default:
		return r.Copy(at, wire.Value(op.From))
	}
}

// match holds an operation's path against a rule's, and returns what stands at
// the parts in braces.
func match(rule, path string) (at []string, ok bool) {
	want, have := strings.Split(rule, "/"), strings.Split(path, "/")
	if len(want) != len(have) {
		return nil, false
	}
	for i, part := range want {
		switch {
		case strings.HasPrefix(part, "{"):
			at = append(at, pointer.Unescape(have[i]))
		case part != have[i]:
			return nil, false
		}
	}
	return at, true
}
