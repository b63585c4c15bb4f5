package integrate

import (
	"encoding/base64"
	"fmt"
	"math"
	"strings"
	"time"

	"maru.dev/maru/pattern/value"
	"maru.dev/maru/wire"
)

// naming says how members of a model are called in a definition.
type naming bool

const (
	native naming = false // as the model does, but for a capital at the beginning
	java   naming = true  // as the SDK for Java does
)

// of is the definition's name of a member.
func (n naming) of(member string) string {
	if n == java {
		return Pascal(member)
	}
	return strings.ToUpper(member[:1]) + member[1:]
}

// toModel converts a task's arguments to a document in the model's own names.
// Strings may be given as any JSON in lenient calls. What does not fit is told in
// faults, in AWS's words.
type toModel struct {
	svc     *wire.Service
	naming  naming
	lenient bool
	partial bool // what is required may be missing
	faults  []string
}

// structure converts an object to a structure.
func (c *toModel) structure(row int, in *value.Object) *value.Object {
	shape := &c.svc.Shapes[row]
	out := value.NewObject(in.Len())
	for name, v := range in.All() {
		m := c.member(shape, name)
		if m == nil {
			c.faults = append(c.faults, fmt.Sprintf("The field %q is not supported by Step Functions", name))
			continue
		}
		out.Set(m.Name, c.value(m.Ref, name, v))
	}
	for i := range shape.Members {
		m := &shape.Members[i]
		if _, ok := out.Get(m.Name); m.Required && !ok && !m.Token && !c.partial {
			c.faults = append(c.faults, fmt.Sprintf("The field %q is required but was missing", c.naming.of(m.Name)))
		}
	}
	return out
}

// member finds the member that a definition names.
func (c *toModel) member(shape *wire.Shape, name string) *wire.Member {
	for i := range shape.Members {
		if m := &shape.Members[i]; c.naming.of(m.Name) == name || m.Name == name && name == strings.ToUpper(name[:1])+name[1:] {
			return m
		}
	}
	return nil
}

// mismatch notes a value of the wrong kind.
func (c *toModel) mismatch(name, kind string) any {
	c.faults = append(c.faults, fmt.Sprintf("The value for the field '%s' must be a %s", name, kind))
	return nil
}

// value converts a value to what a shape holds.
func (c *toModel) value(row int, name string, v any) any {
	shape := &c.svc.Shapes[row]
	if v == nil {
		return nil
	}
	switch shape.Kind {
	case wire.Structure:
		o, ok := v.(*value.Object)
		if !ok {
			return c.mismatch(name, "JSON object")
		}
		return c.structure(row, o)
	case wire.List:
		list, ok := v.([]any)
		if !ok {
			return c.mismatch(name, "JSON array")
		}
		out := make([]any, len(list))
		for i, e := range list {
			out[i] = c.value(shape.Members[0].Ref, name, e)
		}
		return out
	case wire.Map:
		o, ok := v.(*value.Object)
		if !ok {
			return c.mismatch(name, "JSON object")
		}
		out := value.NewObject(o.Len())
		for key, e := range o.All() {
			out.Set(key, c.value(shape.Members[1].Ref, key, e))
		}
		return out
	}
	return c.scalar(shape, name, v)
}

// scalar converts a value that is no collection.
func (c *toModel) scalar(shape *wire.Shape, name string, v any) any {
	switch shape.Kind {
	case wire.String:
		if s, ok := v.(string); ok {
			return s
		}
		if c.lenient {
			return string(value.Text(v))
		}
		return c.mismatch(name, "STRING")
	case wire.Blob:
		text, ok := v.(string)
		if !ok {
			text = string(value.Text(v))
		}
		return base64.StdEncoding.EncodeToString([]byte(text))
	case wire.Boolean:
		switch b := v.(type) {
		case bool:
			return b
		case string:
			if c.lenient && (b == "true" || b == "false") {
				return b == "true"
			}
		}
		return c.mismatch(name, "BOOLEAN")
	case wire.Integer, wire.Long, wire.Float, wire.Double:
		switch n := v.(type) {
		case int64:
			return n
		case float64:
			if (shape.Kind == wire.Integer || shape.Kind == wire.Long) && n == math.Trunc(n) && math.Abs(n) < 1<<53 {
				return int64(n)
			}
			return n
		}
		return c.mismatch(name, "NUMBER")
	case wire.Timestamp:
		return v
	default: // documents go as they are
		return v
	}
}

// fromModel converts a document in the model's names to the names of definitions.
type fromModel struct {
	svc    *wire.Service
	naming naming
	epoch  bool // times are numbers: seconds of 1970
}

// value converts what a shape holds.
func (c *fromModel) value(row int, v any) any {
	shape := &c.svc.Shapes[row]
	switch x := v.(type) {
	case *value.Object:
		out := value.NewObject(x.Len())
		for name, e := range x.All() {
			switch shape.Kind { //nolint:exhaustive // the others are no objects
			case wire.Structure:
				for i := range shape.Members {
					if m := &shape.Members[i]; m.Name == name {
						out.Set(c.naming.of(name), c.value(m.Ref, e))
					}
				}
			case wire.Map:
				out.Set(name, c.value(shape.Members[1].Ref, e))
			default:
				out.Set(name, e)
			}
		}
		return out
	case []any:
		if shape.Kind != wire.List {
			return x
		}
		out := make([]any, len(x))
		for i, e := range x {
			out[i] = c.value(shape.Members[0].Ref, e)
		}
		return out
	case string:
		if shape.Kind == wire.Blob {
			if raw, err := base64.StdEncoding.DecodeString(x); err == nil {
				return string(raw)
			}
		}
		return x
	}
	if shape.Kind == wire.Timestamp && !c.epoch {
		return isoTime(v)
	}
	return v
}

// isoTime writes seconds of 1970 as definitions see times.
func isoTime(v any) any {
	var at time.Time
	switch n := v.(type) {
	case int64:
		at = time.Unix(n, 0)
	case float64:
		at = time.UnixMilli(int64(math.Round(n * 1000)))
	default:
		return v
	}
	at = at.UTC()
	if at.Nanosecond() == 0 {
		return at.Format("2006-01-02T15:04:05Z")
	}
	return at.Format("2006-01-02T15:04:05.000Z")
}
