package filter

import (
	"fmt"
	"strings"
)

// field is one column of a space-delimited pattern.
type field struct {
	name  string
	tests [][]func(string) bool // any of them, all of each
	rest  bool                  // "...": any number of columns
}

// parseFields reads a "[ip, user, ..., status = 4*, bytes > 1000]" pattern.
func parseFields(text string) (*Pattern, error) {
	if text[len(text)-1] != ']' {
		return nil, fmt.Errorf("space-delimited pattern has no closing bracket")
	}
	var fields []field
	p := &parser{rest: text[1 : len(text)-1]}
	for {
		f, err := p.field()
		if err != nil {
			return nil, err
		}
		fields = append(fields, f)
		if !p.take(",") {
			break
		}
	}
	if p.space(); p.rest != "" {
		return nil, fmt.Errorf("space-delimited pattern goes on at %q", p.rest)
	}
	ellipses := 0
	for _, f := range fields {
		if f.rest {
			ellipses++
		}
	}
	if ellipses > 1 {
		return nil, fmt.Errorf("space-delimited pattern has more than one ellipsis")
	}
	return &Pattern{cost: p.room.Taken(), fields: fields, match: func(message string) bool { return matchFields(fields, columns(message)) }}, nil
}

// field reads a name with its conditions, or an ellipsis.
func (p *parser) field() (field, error) {
	if p.take("...") {
		return field{rest: true}, nil
	}
	p.space()
	var f field
	name := p.name()
	if name == "" {
		return f, nil // an empty column matches anything
	}
	f.name = name
	p.space()
	if p.rest == "" || !strings.ContainsRune("=!<>", rune(p.rest[0])) {
		return f, nil
	}
	for {
		var all []func(string) bool
		for {
			test, _, err := p.test()
			if err != nil {
				return f, err
			}
			all = append(all, test)
			if !p.take("&&") {
				break
			}
			if p.space(); p.name() == "" {
				return f, fmt.Errorf("space-delimited pattern has && without a condition")
			}
		}
		f.tests = append(f.tests, all)
		if !p.take("||") {
			return f, nil
		}
		if p.space(); p.name() == "" {
			return f, fmt.Errorf("space-delimited pattern has || without a condition")
		}
	}
}

// name reads a column's name.
func (p *parser) name() string {
	end := strings.IndexAny(p.rest, " \t\n,=!<>&|")
	if end < 0 {
		end = len(p.rest)
	}
	name := p.rest[:end]
	p.rest = p.rest[end:]
	return name
}

// columns cuts a message at its spaces; what stands in quotes or brackets is one.
func columns(message string) []string {
	var out []string
	for rest := strings.TrimLeft(message, " \t\n"); rest != ""; rest = strings.TrimLeft(rest, " \t\n") {
		closing := byte(' ')
		switch rest[0] {
		case '"':
			closing = '"'
		case '[':
			closing = ']'
		}
		if closing != ' ' {
			if end := strings.IndexByte(rest[1:], closing); end >= 0 {
				out = append(out, rest[1:end+1])
				rest = rest[end+2:]
				continue
			}
		}
		end := strings.IndexAny(rest, " \t\n")
		if end < 0 {
			end = len(rest)
		}
		out = append(out, rest[:end])
		rest = rest[end:]
	}
	return out
}

// matchFields holds a message's columns against a pattern's.
func matchFields(fields []field, values []string) bool {
	for i, f := range fields {
		if !f.rest {
			continue
		}
		after := fields[i+1:]
		return len(values) >= i+len(after) &&
			matchEach(fields[:i], values[:i]) && matchEach(after, values[len(values)-len(after):])
	}
	return len(fields) == len(values) && matchEach(fields, values)
}

// matchEach holds columns against as many fields.
func matchEach(fields []field, values []string) bool {
	for i, f := range fields {
		ok := len(f.tests) == 0
		for _, all := range f.tests {
			each := true
			for _, test := range all {
				each = each && test(values[i])
			}
			ok = ok || each
		}
		if !ok {
			return false
		}
	}
	return true
}
