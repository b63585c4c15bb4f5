package resource

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"maru.dev/maru/call"
)

// obj is a JSON object.
type obj = map[string]any

// Type is one kind of resource.
type Type struct {
	Name string
	// Properties are what a template may set, between spaces. A mark after a
	// name says more: ! a change needs another resource; * it is required;
	// ~ it is accepted and has no effect.
	Properties string
	// Open types take any property.
	Open bool

	// Create makes the resource. Repeat tells it that it may have done so.
	Create func(ctx context.Context, r *Request) (Result, error)
	// Ready, where set, tells after Create and Update whether the resource can
	// be used, and completes what Create returned. It is asked again until it
	// says so.
	Ready func(ctx context.Context, r *Request) (Result, bool, error)
	// Update changes the resource from Old to Props; without it every change
	// needs another resource.
	Update func(ctx context.Context, r *Request) (Result, error)
	// Delete removes the resource; one that is gone is no error.
	Delete func(ctx context.Context, r *Request) error
	// Gone, where set, tells after Delete whether the resource is.
	Gone func(ctx context.Context, r *Request) (bool, error)

	// Attributes are those of Fn::GetAtt, between spaces, where they are known
	// before there is a resource; a name ending in * stands for all that start so.
	Attributes string
}

// Result is a resource as its creation or change left it.
type Result struct {
	ID         string // physical id, and what Ref yields
	Attributes obj    // for Fn::GetAtt
	// Replaced tells that an update made another resource: what had the old
	// physical id is to be removed.
	Replaced bool
}

// Request is what a type's functions are given.
type Request struct {
	Caller                      call.Caller
	Account, Region, Partition  string
	Endpoint                    string
	StackName, StackID, Logical string
	Type                        string

	// Token is the same for every attempt at one physical resource, and no
	// other resource has it.
	Token  string
	Repeat bool      // an attempt before this one may have come any distance
	Began  time.Time // of the first attempt
	Now    time.Time

	ID         string // physical id, once there is one
	Attributes obj    // of the resource as it was
	Props, Old obj
	Tags       map[string]string // of the stack
	OldTags    map[string]string
	// Claimed tells whether another resource of the stack has a physical id.
	Claimed func(id string) bool

	// Signals are those that the resource has been sent.
	Signals []Signal
	// CallbackURL is where the resource is signalled from outside.
	CallbackURL func(token string) string
	// CreationPolicy of the resource, evaluated.
	CreationPolicy any
}

// What signals say.
const (
	Success = "SUCCESS"
	Failure = "FAILURE"
)

// Signal is a message to a resource that waits for it: of a custom resource's
// function, of a wait condition's handle, or of SignalResource.
type Signal struct {
	ID     string    `json:"id"`
	Status string    `json:"status"` // Success or Failure, to a wait condition
	Body   string    `json:"body"`   // data, or why it is a failure; of a custom resource its answer
	At     time.Time `json:"at"`
}

// property is one property of a type with its marks.
type property struct{ replace, required, ignored bool }

// schema reads the type's Properties.
func (t *Type) schema() map[string]property {
	out := map[string]property{}
	for _, f := range strings.Fields(t.Properties) {
		name := strings.TrimRight(f, "!*~")
		marks := f[len(name):]
		out[name] = property{
			replace: strings.Contains(marks, "!"), required: strings.Contains(marks, "*"), ignored: strings.Contains(marks, "~"),
		}
	}
	return out
}

// Validate holds properties against what the type has. Tags belong to it where
// Properties names them.
func (t *Type) Validate(logical string, props obj) error {
	if t.Open {
		return nil
	}
	known := t.schema()
	var extra, missing []string
	for _, name := range slices.Sorted(maps.Keys(props)) {
		if _, ok := known[name]; !ok {
			extra = append(extra, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(known)) {
		if _, ok := props[name]; !ok && known[name].required {
			missing = append(missing, name)
		}
	}
	switch {
	case len(missing) > 0:
		return fmt.Errorf("Properties validation failed for resource %s with message:\n#: required key [%s] not found", logical, missing[0])
	case len(extra) > 0:
		return fmt.Errorf("Properties validation failed for resource %s with message:\n#: extraneous key [%s] is not permitted", logical, extra[0])
	}
	return nil
}

// Change is how one property of a resource changes.
type Change struct {
	Name    string
	Replace bool
	Before  any
	After   any
}

// Diff compares properties. A resource changes by replacement when one of the
// changes needs it, or the type has no Update.
func (t *Type) Diff(before, after obj) (changes []Change, replace bool) {
	known := t.schema()
	names := maps.Clone(before)
	if names == nil {
		names = obj{}
	}
	maps.Copy(names, after)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if Equal(before[name], after[name]) {
			continue
		}
		c := Change{Name: name, Replace: known[name].replace || t.Update == nil, Before: before[name], After: after[name]}
		changes = append(changes, c)
		replace = replace || c.Replace
	}
	return changes, replace
}

// Fixed are those of a resource's properties that it has for life.
func (t *Type) Fixed(props obj) obj {
	out := obj{}
	known := t.schema()
	for name, v := range props {
		if known[name].replace {
			out[name] = v
		}
	}
	return out
}

// HasAttribute tells whether Fn::GetAtt may name attr.
func (t *Type) HasAttribute(attr string) bool {
	for _, a := range strings.Fields(t.Attributes) {
		if stem, open := strings.CutSuffix(a, "*"); a == attr || open && strings.HasPrefix(attr, stem) {
			return true
		}
	}
	return false
}

// Equal compares two values of properties; numbers and truth values equal
// their text.
func Equal(a, b any) bool {
	return reflect.DeepEqual(plain(a), plain(b))
}

// plain writes scalars as text, so that values compare.
func plain(v any) any {
	switch v := v.(type) {
	case bool, json.Number, float64, int:
		return text(v)
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = plain(e)
		}
		return out
	case map[string]any:
		out := make(obj, len(v))
		for k, e := range v {
			out[k] = plain(e)
		}
		return out
	}
	return v
}

// changed tells whether any of the named properties differ from before.
func (r *Request) changed(names ...string) bool {
	for _, n := range names {
		if !Equal(r.Old[n], r.Props[n]) {
			return true
		}
	}
	return false
}

// str is a property as text; "" when it is not set.
func (r *Request) str(name string) string { return text(r.Props[name]) }

// with returns a copy of r with other properties.
func (r *Request) with(props obj) *Request {
	out := *r
	out.Props = props
	return &out
}
