package mapping

import "strings"

// Variables is a text with variables to be filled in, as gateway responses are.
type Variables struct{ parts []part }

// part is text, and the variable that follows it.
type part struct {
	text     string
	variable *Expression
}

// CompileVariables reads a text with variables: $context.…, $stageVariables.…
// and $method.request.…, each with or without braces. It takes every text.
func CompileVariables(text string) *Variables {
	v := &Variables{}
	from := 0
	for at := 0; at < len(text); {
		i := strings.IndexByte(text[at:], '$')
		if i < 0 {
			break
		}
		at += i
		name, length := variableAt(text[at:])
		e, err := ParseExpression(name)
		if length == 0 || err != nil {
			at++
			continue
		}
		v.parts = append(v.parts, part{text: text[from:at], variable: &e})
		at += length
		from = at
	}
	v.parts = append(v.parts, part{text: text[from:]})
	return v
}

// variableAt returns the name of the variable that a text begins with, and how long
// it is as it is written.
func variableAt(text string) (name string, length int) {
	rest := text[1:]
	braced := strings.HasPrefix(rest, "{")
	if braced {
		rest = rest[1:]
	}
	end := 0
	for end < len(rest) && nameByte(rest[end]) {
		end++
	}
	name = strings.TrimRight(rest[:end], ".-")
	if !braced {
		return name, 1 + len(name)
	}
	if len(name) == len(rest) || rest[len(name)] != '}' {
		return "", 0
	}
	return name, len(name) + 3
}

// nameByte tells what a variable's name is made of.
func nameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.' || c == ':'
}

// Run fills the variables in; those without a value leave nothing.
func (v *Variables) Run(in *Input) []byte {
	var out []byte
	for _, p := range v.parts {
		out = append(out, p.text...)
		if p.variable != nil {
			filled, _ := p.variable.Value(in)
			out = append(out, filled...)
		}
	}
	return out
}
