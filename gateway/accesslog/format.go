package accesslog

import (
	"strings"

	"maru.dev/maru/arn"
)

// Format is a stage's access log: where it goes, and its line in parts.
type Format struct {
	Group Group
	parts []part
}

// Group is a log group.
type Group struct{ Account, Region, Name string }

// part is text, or a variable when name is set.
type part struct{ text, name string }

// Compile splits a format at its $context variables. It is nil where nothing is
// to be logged.
func Compile(destination, format string) *Format {
	if destination == "" || format == "" {
		return nil
	}
	a, err := arn.Parse(destination)
	if err != nil {
		return nil
	}
	group := strings.TrimSuffix(strings.TrimPrefix(a.Resource, "log-group:"), ":*")
	f := &Format{Group: Group{a.Account, a.Region, group}}
	rest := format
	for {
		before, after, ok := strings.Cut(rest, "$context.")
		f.parts = append(f.parts, part{text: before})
		if !ok {
			return f
		}
		end := 0
		for end < len(after) && isVariableByte(after[end]) {
			end++
		}
		name := strings.TrimRight(after[:end], ".")
		f.parts = append(f.parts, part{name: name})
		rest = after[len(name):]
	}
}

// isVariableByte tells what a $context variable's name is made of.
func isVariableByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.' || c == ':'
}

// Line writes a request's line. A variable without a value is a dash.
func (f *Format) Line(value func(name string) string) string {
	var b strings.Builder
	for _, p := range f.parts {
		if p.name == "" {
			b.WriteString(p.text)
			continue
		}
		v := value(p.name)
		if v == "" {
			v = "-"
		}
		b.WriteString(v)
	}
	return b.String()
}
