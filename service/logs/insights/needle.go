package insights

import (
	"slices"
	"strings"
)

// needle finds what every message must contain for a condition to hold, and
// adds it to what chunks are searched for. It is nil when nothing is known.
func (x *Execution) needle(cond expr) func(text string) bool {
	n := x.mustContain(cond)
	if n == nil {
		return n
	}
	if before := x.maybe; before != nil {
		x.maybe = func(text string) bool { return before(text) && n(text) }
	} else {
		x.maybe = n
	}
	return n
}

// made says whether the query has made a field itself, so far.
func (x *Execution) made(name string) bool {
	for _, c := range x.prefix {
		switch c := c.(type) {
		case fieldsCommand:
			if slices.ContainsFunc(c.list, func(n named) bool { return within(name, n.name) && !isField(n.expr, name) }) {
				return true
			}
		case parseCommand:
			if slices.ContainsFunc(c.names, func(n string) bool { return within(name, n) }) {
				return true
			}
		case unnestCommand:
			return true
		}
	}
	return false
}

// within says whether a field is one that the query made, or a part of it.
func within(name, made string) bool { return name == made || strings.HasPrefix(name, made+".") }

func isField(e expr, name string) bool {
	f, ok := e.(field)
	return ok && f.name == name
}

// mustContain is what a condition demands of the message's text.
func (x *Execution) mustContain(e expr) func(text string) bool {
	switch e := e.(type) {
	case and:
		a, b := x.mustContain(e.a), x.mustContain(e.b)
		switch {
		case a == nil:
			return b
		case b == nil:
			return a
		}
		return func(text string) bool { return a(text) && b(text) }
	case or:
		a, b := x.mustContain(e.a), x.mustContain(e.b)
		if a == nil || b == nil {
			return nil
		}
		return func(text string) bool { return a(text) || b(text) }
	case like:
		if e.regex != nil {
			if prefix, _ := e.regex.LiteralPrefix(); prefix != "" {
				return x.contains(e.of, prefix)
			}
			return nil
		}
		if c, ok := e.part.(constant); ok {
			return x.contains(e.of, c.String())
		}
	case comparison:
		if c, ok := e.b.(constant); ok && e.op == "=" && c.kind == text {
			return x.contains(e.a, c.text)
		}
	case in:
		l, ok := e.list.(list)
		if !ok || len(l) == 0 {
			return nil
		}
		var any []func(string) bool
		for _, v := range l {
			c, ok := v.(constant)
			if !ok || c.kind != text {
				return nil
			}
			n := x.contains(e.of, c.text)
			if n == nil {
				return nil
			}
			any = append(any, n)
		}
		return func(text string) bool {
			return slices.ContainsFunc(any, func(n func(string) bool) bool { return n(text) })
		}
	}
	return nil
}

// contains is what it demands of a message that a field of it contains text. A
// field of JSON may be written with escapes; numbers and conditions compare by
// their worth.
func (x *Execution) contains(of expr, s string) func(text string) bool {
	f, ok := of.(field)
	if !ok || s == "" || x.made(f.name) {
		return nil
	}
	if f.name == "@message" {
		return func(text string) bool { return strings.Contains(text, s) }
	}
	if _, number := readNumber(s); number || f.name[0] == '@' || strings.EqualFold(s, "true") || strings.EqualFold(s, "false") {
		return nil
	}
	for _, r := range s {
		if r < ' ' || r > '~' || r == '"' || r == '\\' || r == '/' {
			return nil
		}
	}
	return func(text string) bool { return strings.Contains(text, s) || strings.Contains(text, `\u`) }
}
