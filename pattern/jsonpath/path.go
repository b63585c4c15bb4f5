package jsonpath

import (
	"fmt"
	"strconv"
	"strings"

	"maru.dev/maru/pattern/value"
)

// Path is a compiled JSONPath. It may be used by many at once.
type Path struct {
	steps []step

	// definite tells that the steps lead to one value, function that the path
	// ends in a function of what they lead to.
	definite bool
	function string
}

// stepKind is how a step goes on from a value.
type stepKind uint8

const (
	stepName     stepKind = iota // .name, ['name']
	stepNames                    // ['a','b']
	stepIndex                    // [0], [-1]
	stepIndexes                  // [0,2]
	stepSlice                    // [1:3]
	stepWildcard                 // .*, [*]
	stepFilter                   // [?(…)]
	stepScan                     // .., which the next step is applied below
)

// step is one part of a path.
type step struct {
	kind     stepKind
	names    []string
	indexes  []int
	from, to *int
	filter   filter
}

// NotFoundError is that a path leads nowhere.
type NotFoundError struct {
	// Detail says where it ended, as "No results for path: $['a']".
	Detail string
}

// Error returns the detail.
func (e *NotFoundError) Error() string { return e.Detail }

// Definite tells whether the path leads to one value and not to a list of matches.
func (p *Path) Definite() bool { return p.definite || p.function != "" }

// Whole tells whether the path is nothing but its root, such as $ itself.
func (p *Path) Whole() bool { return len(p.steps) == 0 && p.function == "" }

// Reference tells whether the path names members and indexes only.
func (p *Path) Reference() bool {
	if p.function != "" {
		return false
	}
	for _, s := range p.steps {
		switch {
		case s.kind == stepName, s.kind == stepIndex && s.indexes[0] >= 0:
		default:
			return false
		}
	}
	return true
}

// Get returns what the path leads to from root. Its error is a *NotFoundError.
func (p *Path) Get(root any) (any, error) {
	v, detail := p.apply(root, root)
	if detail != "" {
		return nil, &NotFoundError{Detail: detail}
	}
	return v, nil
}

// apply follows the steps from a value, which within a filter is not the root. A
// detail that is not empty tells why they lead nowhere.
func (p *Path) apply(from, root any) (any, string) {
	var result any
	if p.definite {
		v, detail := p.follow(from)
		if detail != "" {
			return nil, detail
		}
		result = v
	} else {
		w := walk{path: p, root: root, found: []any{}}
		if !w.visit(from, 0, true) {
			return nil, w.detail
		}
		result = w.found
	}
	if p.function == "" {
		return result, ""
	}
	return callFunction(p.function, result)
}

// follow is the way of definite paths: no list of matches is made.
func (p *Path) follow(v any) (any, string) {
	for i := range p.steps {
		next, detail := p.one(v, i)
		if detail != "" {
			return nil, detail
		}
		v = next
	}
	return v, ""
}

// one takes a definite step.
func (p *Path) one(v any, i int) (any, string) {
	s := &p.steps[i]
	last := i == len(p.steps)-1
	switch s.kind {
	case stepName:
		o, ok := v.(*value.Object)
		if !ok {
			return nil, fmt.Sprintf("Expected to find an object with property %s in path %s but found '%s'. This is not a json object according to the JsonProvider: 'com.jayway.jsonpath.spi.json.JacksonJsonNodeJsonProvider'.",
				bracketed(s.names), p.upTo(i), javaType(v))
		}
		if next, ok := o.Get(s.names[0]); ok {
			return next, ""
		}
		if last {
			return nil, "No results for path: " + p.upTo(i+1)
		}
		return nil, "Missing property in path " + p.upTo(i+1)
	case stepIndex:
		array, ok := v.([]any)
		if !ok {
			return nil, fmt.Sprintf("Filter: [%d] can only be applied to arrays. Current context is: %s", s.indexes[0], shown(v))
		}
		if n := place(s.indexes[0], len(array)); n >= 0 {
			return array[n], ""
		}
		return nil, "No results for path: " + p.upTo(i+1)
	default: // stepNames at the end: the members together
		o, ok := v.(*value.Object)
		if !ok {
			return nil, "Missing property in path " + p.upTo(i+1)
		}
		picked := value.NewObject(len(s.names))
		for _, name := range s.names {
			if m, ok := o.Get(name); ok {
				picked.Set(name, m)
			}
		}
		return picked, ""
	}
}

// place returns the place of an index that may count from the end, or -1.
func place(index, length int) int {
	if index < 0 {
		index += length
	}
	if index < 0 || index >= length {
		return -1
	}
	return index
}

// upTo writes the first n steps with brackets, as the messages show them.
func (p *Path) upTo(n int) string {
	var b strings.Builder
	b.WriteString("$")
	for _, s := range p.steps[:n] {
		switch s.kind {
		case stepName, stepNames:
			b.WriteString(bracketed(s.names))
		case stepIndex, stepIndexes:
			b.WriteString("[")
			for i, n := range s.indexes {
				if i > 0 {
					b.WriteString(",")
				}
				b.WriteString(strconv.Itoa(n))
			}
			b.WriteString("]")
		case stepWildcard:
			b.WriteString("[*]")
		case stepScan:
			b.WriteString("..")
		case stepFilter:
			b.WriteString("[?]")
		case stepSlice:
			b.WriteString("[" + bound(s.from) + ":" + bound(s.to) + "]")
		}
	}
	return b.String()
}

// bound writes one end of a slice.
func bound(n *int) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(*n)
}

// bracketed writes names as ['a','b'].
func bracketed(names []string) string {
	return "['" + strings.Join(names, "','") + "']"
}

// javaType names a value's type as the messages of the Java library do.
func javaType(v any) string {
	const jackson = "com.fasterxml.jackson.databind.node."
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return jackson + "BooleanNode"
	case int64:
		return jackson + "IntNode"
	case float64:
		return jackson + "DoubleNode"
	case string:
		return jackson + "TextNode"
	}
	return jackson + "ArrayNode"
}

// shown writes a value within a message.
func shown(v any) string { return string(value.Text(v)) }

// Steps returns the names and indexes of a reference path, as strings and ints.
func (p *Path) Steps() []any {
	steps := make([]any, 0, len(p.steps))
	for _, s := range p.steps {
		switch s.kind {
		case stepName:
			steps = append(steps, s.names[0])
		case stepIndex:
			steps = append(steps, s.indexes[0])
		default:
		}
	}
	return steps
}
