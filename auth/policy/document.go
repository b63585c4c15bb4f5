package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// Document is a policy.
type Document struct {
	Version    string
	Statements []Statement
}

// Statement is one of a policy's statements.
type Statement struct {
	Sid       string
	Allow     bool // false: it denies
	Principal *Principals
	NotOf     bool // Principal is whom the statement is not for
	Action    []string
	NotAction bool // Action is what the statement is not about
	Resource  []string
	NotThese  bool // Resource is what the statement is not about
	Condition []Condition
}

// Principals are whom a statement is for.
type Principals struct {
	Anyone                             bool // "*"
	AWS, Service, Federated, Canonical []string
}

// Condition is one operator over one key, all of which must hold.
type Condition struct {
	Operator string
	Key      string
	Values   []string
}

// errMalformed begins what Parse says.
var errMalformed = errors.New("malformed policy")

// maxDepth bounds how deep a document may be nested: none of AWS's is deeper.
const maxDepth = 8

// Parse reads a policy.
func Parse(text string) (*Document, error) {
	if err := checkDepth(text); err != nil {
		return nil, err
	}
	var raw struct {
		Version   string
		Statement list[rawStatement]
	}
	if err := json.Unmarshal([]byte(text), &raw); err != nil {
		return nil, fmt.Errorf("%w: %w", errMalformed, err)
	}
	d := &Document{Version: raw.Version}
	for i := range raw.Statement {
		s, err := raw.Statement[i].read()
		if err != nil {
			return nil, err
		}
		d.Statements = append(d.Statements, s)
	}
	return d, nil
}

// ParseResource reads a policy of a resource: it has statements, each of which says
// for whom it is.
func ParseResource(text string) (*Document, error) {
	d, err := Parse(text)
	switch {
	case err != nil:
		return nil, err
	case len(d.Statements) == 0:
		return nil, fmt.Errorf("%w: it has no statement", errMalformed)
	case slices.ContainsFunc(d.Statements, func(s Statement) bool { return s.Principal == nil }):
		return nil, fmt.Errorf("%w: a statement has no principal", errMalformed)
	}
	return d, nil
}

// checkDepth refuses a document that is nested too deeply to be a policy.
func checkDepth(text string) error {
	decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
	depth := 0
	for {
		token, err := decoder.Token()
		if err != nil {
			return nil //nolint:nilerr // the end, or what Unmarshal will tell
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			if depth++; depth > maxDepth {
				return fmt.Errorf("%w: nested too deeply", errMalformed)
			}
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
	}
}

// list is one value or several.
type list[T any] []T

// UnmarshalJSON reads either form.
func (l *list[T]) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '[' {
		return json.Unmarshal(text, (*[]T)(l))
	}
	var one T
	if err := json.Unmarshal(text, &one); err != nil {
		return err
	}
	*l = list[T]{one}
	return nil
}

// scalar is a text, or a number or truth value that stands for its text.
type scalar string

// UnmarshalJSON reads a scalar.
func (s *scalar) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '"' {
		return json.Unmarshal(text, (*string)(s))
	}
	if len(text) > 0 && (text[0] == '{' || text[0] == '[') || bytes.Equal(text, []byte("null")) {
		return errMalformed
	}
	*s = scalar(text)
	return nil
}

// rawStatement is a statement as it is written.
type rawStatement struct {
	Sid                     string
	Effect                  string
	Principal, NotPrincipal json.RawMessage
	Action, NotAction       list[string]
	Resource, NotResource   list[string]
	Condition               map[string]map[string]list[scalar]
}

// read checks a statement.
func (r *rawStatement) read() (Statement, error) {
	s := Statement{Sid: r.Sid, Allow: r.Effect == "Allow", Action: r.Action, Resource: r.Resource}
	switch {
	case r.Effect != "Allow" && r.Effect != "Deny":
		return s, fmt.Errorf("%w: Effect must be Allow or Deny", errMalformed)
	case len(r.Action) > 0 && len(r.NotAction) > 0, len(r.Resource) > 0 && len(r.NotResource) > 0, r.Principal != nil && r.NotPrincipal != nil:
		return s, fmt.Errorf("%w: an element and its opposite are given", errMalformed)
	case len(r.Action) == 0 && len(r.NotAction) == 0:
		return s, fmt.Errorf("%w: Action is missing", errMalformed)
	}
	if len(r.NotAction) > 0 {
		s.Action, s.NotAction = r.NotAction, true
	}
	if len(r.NotResource) > 0 {
		s.Resource, s.NotThese = r.NotResource, true
	}
	principal := r.Principal
	if r.NotPrincipal != nil {
		principal, s.NotOf = r.NotPrincipal, true
	}
	var err error
	if s.Principal, err = readPrincipals(principal); err != nil {
		return s, err
	}
	for operator, keys := range r.Condition {
		for key, values := range keys {
			c := Condition{Operator: operator, Key: key}
			for _, v := range values {
				c.Values = append(c.Values, string(v))
			}
			s.Condition = append(s.Condition, c)
		}
	}
	return s, nil
}

// readPrincipals reads a Principal element; nil is none.
func readPrincipals(text json.RawMessage) (*Principals, error) {
	if text == nil {
		return nil, nil
	}
	var word string
	if json.Unmarshal(text, &word) == nil {
		if word != "*" {
			return nil, fmt.Errorf("%w: invalid principal", errMalformed)
		}
		return &Principals{Anyone: true}, nil
	}
	var kinds struct {
		AWS           list[string]
		Service       list[string]
		Federated     list[string]
		CanonicalUser list[string]
	}
	if err := json.Unmarshal(text, &kinds); err != nil {
		return nil, fmt.Errorf("%w: invalid principal", errMalformed)
	}
	return &Principals{AWS: kinds.AWS, Service: kinds.Service, Federated: kinds.Federated, Canonical: kinds.CanonicalUser}, nil
}
