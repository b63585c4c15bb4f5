// Package fault holds the errors of expressions: their codes, which are the
// reference's, and the texts that users see.
//
// An error is made where it is found, with its code and what is known there;
// callers on the way out add the token and the position if they are missing, and
// the text is put together last, by Complete.
package fault

import (
	"encoding/json"
	"strconv"
	"strings"

	"maru.dev/maru/pattern/value"
)

// Error is a fault of an expression, found when it is compiled or evaluated.
type Error struct {
	// Code is as the reference numbers them: S… is syntax, T… types, D…
	// evaluation. U… are limits of ours.
	Code string

	// Message is the text, complete once the error has left Compile or Eval.
	Message string

	// Token is the part of the source at which it was found, or the function's
	// or operator's name.
	Token string

	// Position is behind the token, in UTF-16 units as the reference counts.
	Position int

	// Value is what was wrong, if that is a value; Value2 the other one.
	Value, Value2 any

	// Index numbers the argument that was wrong, from one.
	Index int

	// Detail is the kind of array that was expected, or the function's name, as
	// the code's text has it.
	Detail string

	// Cause is the error below, such as a context's.
	Cause error

	hasValue bool
}

// New returns an error of a code.
func New(code string) *Error { return &Error{Code: code} }

// Of returns an error of a code about a value.
func Of(code string, v any) *Error { return &Error{Code: code, Value: v, hasValue: true} }

// At returns an error of a code at a token.
func At(code, token string, position int) *Error {
	return &Error{Code: code, Token: token, Position: position}
}

// Error returns the text.
func (e *Error) Error() string {
	if e.Message == "" {
		return e.text()
	}
	return e.Message
}

// Unwrap returns the error below, if there is one.
func (e *Error) Unwrap() error { return e.Cause }

// WithValue sets what was wrong.
func (e *Error) WithValue(v any) *Error {
	e.Value, e.hasValue = v, true
	return e
}

// Complete puts the text together, once everything is known.
func (e *Error) Complete() *Error {
	if e.Message == "" {
		e.Message = e.text()
	}
	return e
}

// text fills the code's template.
func (e *Error) text() string {
	return strings.NewReplacer(
		"{{token}}", quote(e.Token),
		"{{{token}}}", e.Token,
		"{{value}}", e.show(e.Value, e.hasValue),
		"{{value2}}", e.show(e.Value2, true),
		"{{index}}", strconv.Itoa(e.Index),
		"{{detail}}", quote(e.Detail),
		"{{{detail}}}", e.Detail,
	).Replace(template(e.Code))
}

// show writes a value as the reference does, as JSON.
func (e *Error) show(v any, there bool) string {
	if !there {
		return "undefined"
	}
	switch v := v.(type) {
	case float64:
		b, err := json.Marshal(v)
		if err != nil {
			return "null" // not finite
		}
		return string(b)
	case nil, bool, int64, string, []any, *value.Object:
		return string(value.Text(v))
	}
	return "undefined"
}

// quote writes a token as JSON does.
func quote(s string) string { return string(value.Text(s)) }
