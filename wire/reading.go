package wire

import (
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"strings"
)

// Reading is the state of one decode: what of the limits is spent, where in the
// input it stands, and which required members it has missed. Members that are
// held by value cannot show afterwards that they were absent, so a decoder
// reports each structure it has read to Done, and validation asks Missing.
type Reading struct {
	depth, memory int
	path          []step
	missing       map[string]bool
}

// step is one step of the path to a value: a member, or an element of a list
// or map.
type step struct {
	field *Field
	index int // 1-based, of a list's element; 0 otherwise
	key   string
}

// NewReading starts a decode under limits.
func NewReading(limits Limits) Reading {
	r := Reading{depth: limits.Depth, memory: limits.Memory}
	if r.depth == 0 {
		r.depth = DefaultDepth
	}
	if r.memory == 0 {
		r.memory = DefaultMemory
	}
	return r
}

// Member steps into a structure's member.
func (r *Reading) Member(f *Field) error { return r.push(step{field: f}) }

// Element steps into a list's element, counted from zero.
func (r *Reading) Element(i int) error { return r.push(step{index: i + 1}) }

// Entry steps into a map's value.
func (r *Reading) Entry(key string) error { return r.push(step{key: key}) }

func (r *Reading) push(s step) error {
	if len(r.path) >= r.depth {
		return SerializationError("The request is nested too deeply.")
	}
	r.path = append(r.path, s)
	return nil
}

// Leave steps back out.
func (r *Reading) Leave() { r.path = r.path[:len(r.path)-1] }

// Spend accounts for one more value of t: a structure, an element or an entry.
func (r *Reading) Spend(t *Type) error {
	const overhead = 32 // of an allocation, a map's bucket, a slice's growth
	r.memory -= int(t.Go.Size()) + overhead
	if r.memory < 0 {
		return SerializationError("The request has too many elements.")
	}
	return nil
}

// Done notes which required members of the structure at hand are missing.
func (r *Reading) Done(t *Type, seen Seen) {
	absent := t.byValue &^ uint64(seen)
	if absent == 0 {
		return
	}
	for i := range t.Fields {
		f := &t.Fields[i]
		if absent&(1<<f.Pos) == 0 || len(r.missing) >= maxViolations {
			continue
		}
		if r.missing == nil {
			r.missing = map[string]bool{}
		}
		r.missing[pathOf(append(r.path, step{field: f}))] = true
	}
}

// pathOf writes a path as AWS's messages do: member names start in lower case,
// a list's elements are "1.member", a map's values "key.member".
func pathOf(path []step) string {
	var b strings.Builder
	for i, s := range path {
		if i > 0 {
			b.WriteByte('.')
		}
		switch {
		case s.field != nil:
			b.WriteString(lowerFirst(s.field.Name))
		case s.index > 0:
			b.WriteString(strconv.Itoa(s.index) + ".member")
		default:
			b.WriteString(s.key + ".member")
		}
	}
	return b.String()
}

func lowerFirst(s string) string {
	if s == "" || s[0] < 'A' || s[0] > 'Z' {
		return s
	}
	return string(s[0]+'a'-'A') + s[1:]
}

// Append grows the slice v by one zero element and returns it.
func (r *Reading) Append(t *Type, v reflect.Value) (reflect.Value, error) {
	if err := r.Spend(t.Elem.Type); err != nil {
		return reflect.Value{}, err
	}
	n := v.Len()
	if n == v.Cap() {
		v.Grow(1)
	}
	v.SetLen(n + 1)
	e := v.Index(n)
	if t.Elem.Ptr {
		e.Set(reflect.New(t.Elem.Type.Go))
		e = e.Elem()
	}
	return e, nil
}

// SerializationError is the answer to a body that cannot be read as the
// operation's input.
func SerializationError(message string) *APIError {
	return &APIError{Code: "SerializationException", QueryCode: "MalformedInput", Status: http.StatusBadRequest, Message: message}
}

// serializationErrorf is SerializationError with a format.
func serializationErrorf(format string, args ...any) *APIError {
	return SerializationError(fmt.Sprintf(format, args...))
}
