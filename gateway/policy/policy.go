// Package policy evaluates the policies that Lambda authorizers return.
package policy

import (
	"encoding/json"
	"strings"

	"maru.dev/maru/pattern/glob"
)

// Document is the part of an IAM policy that Lambda authorizers use.
type Document struct {
	Statement []statement
}

// statement allows or denies actions on resources.
type statement struct {
	Effect   string
	Action   oneOrMore
	Resource oneOrMore
}

// oneOrMore is a string or a list of them.
type oneOrMore []string

// UnmarshalJSON reads either form.
func (l *oneOrMore) UnmarshalJSON(raw []byte) error {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		*l = oneOrMore{one}
		return nil
	}
	return json.Unmarshal(raw, (*[]string)(l))
}

// UnmarshalJSON reads statements, of which one may stand without a list.
func (p *Document) UnmarshalJSON(raw []byte) error {
	var doc struct{ Statement json.RawMessage }
	if err := json.Unmarshal(raw, &doc); err != nil {
		return err
	}
	if len(doc.Statement) > 0 && doc.Statement[0] == '{' {
		p.Statement = make([]statement, 1)
		return json.Unmarshal(doc.Statement, &p.Statement[0])
	}
	return json.Unmarshal(doc.Statement, &p.Statement)
}

// Effect is what a policy says of a request.
type Effect uint8

// The effects.
const (
	None Effect = iota
	Allowed
	Denied
)

// Allows tells whether the policy allows an action and does not deny it.
func (p *Document) Allows(action, resource string) bool { return p.Judge(action, resource) == Allowed }

// Judge tells what the policy says of an action.
func (p *Document) Judge(action, resource string) Effect {
	effect := None
	for _, s := range p.Statement {
		if !s.Action.match(strings.ToLower(action), true) || !s.Resource.match(resource, false) {
			continue
		}
		if s.Effect != "Allow" {
			return Denied
		}
		effect = Allowed
	}
	return effect
}

// match tells whether one of the patterns fits.
func (l oneOrMore) match(s string, fold bool) bool {
	for _, p := range l {
		if fold {
			p = strings.ToLower(p)
		}
		if glob.Match(p, s) {
			return true
		}
	}
	return false
}
