package policy

import (
	"slices"
	"strings"

	"maru.dev/maru/pattern/glob"
)

// Effect is what policies say of a request.
type Effect int

// The effects, from the weakest to the strongest. Delegated is a permission for
// the caller's account: it is one for the account's root, and others need their
// own policies to pass it on to them.
const (
	None Effect = iota
	Delegated
	Allowed
	Denied
)

// String names an effect.
func (e Effect) String() string {
	return [...]string{"none", "delegated", "allowed", "denied"}[e]
}

// Caller is whom a request is from.
type Caller struct {
	Account   string // 12 digits; empty for anonymous callers and services
	ARN       string // of a user, root, or session of a role
	Service   string // "sns.amazonaws.com"
	Canonical string // S3's name for the account
	Federated string // provider
}

// anonymous says that nothing is known of the caller.
func (c *Caller) anonymous() bool { return c.Account == "" && c.Service == "" && c.Federated == "" }

// Request is what is asked.
type Request struct {
	Caller   Caller
	Action   string // "s3:GetObject"
	Resource string // ARN
	// Context are the values of condition keys, by lower-case name. A key that
	// is not there has no value.
	Context map[string][]string
}

// Evaluate tells what the policy of a resource says of a request. A policy of
// an identity is evaluated the same way: its statements name no principals, and
// are for whomever they are attached to.
func (d *Document) Evaluate(r *Request) Effect {
	effect := None
	for i := range d.Statements {
		s := &d.Statements[i]
		of := s.names(&r.Caller)
		if of == None || !s.about(d, r) {
			continue
		}
		if !s.Allow {
			return Denied
		}
		effect = max(effect, of)
	}
	return effect
}

// Public tells whether the policy allows anyone something, whatever else is
// known of them.
func (d *Document) Public() bool {
	return slices.ContainsFunc(d.Statements, func(s Statement) bool {
		p := s.Principal
		return s.Allow && p != nil && (p.Anyone || slices.Contains(p.AWS, "*") || s.NotOf) && !s.narrowed()
	})
}

// narrowed tells whether a condition holds a statement to known callers.
func (s *Statement) narrowed() bool {
	known := []string{"aws:sourcearn", "aws:sourceaccount", "aws:principalaccount", "aws:principalarn", "aws:userid", "aws:sourceip", "aws:sourcevpc", "aws:sourcevpce"}
	return slices.ContainsFunc(s.Condition, func(c Condition) bool {
		return slices.Contains(known, strings.ToLower(c.Key)) && !strings.Contains(c.Operator, "Not") && !slices.Contains(c.Values, "*")
	})
}

// about tells whether a statement is about what a request asks.
func (s *Statement) about(d *Document, r *Request) bool {
	action := slices.ContainsFunc(s.Action, func(p string) bool { return glob.Match(strings.ToLower(p), strings.ToLower(r.Action)) })
	if action == s.NotAction {
		return false
	}
	if len(s.Resource) > 0 { // a trust policy has none
		resource := slices.ContainsFunc(s.Resource, func(p string) bool {
			expanded, ok := d.expand(p, r)
			return ok && glob.Match(expanded, r.Resource)
		})
		if resource == s.NotThese {
			return false
		}
	}
	for i := range s.Condition {
		holds, known := s.Condition[i].holds(d, r)
		if !known {
			holds = !s.Allow
		}
		if !holds {
			return false
		}
	}
	return true
}

// names tells how a statement names a caller: Allowed, for itself, Delegated,
// through its account, or None.
func (s *Statement) names(c *Caller) Effect {
	if s.Principal == nil {
		return Allowed
	}
	named := s.Principal.name(c)
	if !s.NotOf {
		return named
	}
	// Whoever is left out has to be left out by name, with the account around.
	if named == None {
		return Allowed
	}
	return None
}

// name tells how p names a caller.
func (p *Principals) name(c *Caller) Effect {
	if p.Anyone || slices.Contains(p.AWS, "*") {
		return Allowed
	}
	if c.anonymous() {
		return None
	}
	if c.Service != "" {
		return when(slices.Contains(p.Service, c.Service) || slices.Contains(p.Service, "*"))
	}
	if c.Federated != "" && slices.Contains(p.Federated, c.Federated) {
		return Allowed
	}
	if c.Canonical != "" && slices.Contains(p.Canonical, c.Canonical) {
		return Delegated
	}
	effect := None
	for _, name := range p.AWS {
		switch {
		case name == c.ARN, sessionOf(c.ARN, name):
			return Allowed
		case name == c.Account, name == "arn:aws:iam::"+c.Account+":root":
			effect = Delegated
		}
	}
	return effect
}

// when is Allowed or None.
func when(ok bool) Effect {
	if ok {
		return Allowed
	}
	return None
}

// sessionOf tells whether arn is that of a session of a role.
func sessionOf(arn, role string) bool {
	account, rest, ok := strings.Cut(strings.TrimPrefix(arn, "arn:aws:sts::"), ":assumed-role/")
	if !ok {
		return false
	}
	name, _, _ := strings.Cut(rest, "/")
	path, ok := strings.CutPrefix(role, "arn:aws:iam::"+account+":role/")
	return ok && path[strings.LastIndexByte(path, '/')+1:] == name
}

// expand puts the values of policy variables in place. A variable without a
// value makes what it is in match nothing.
func (d *Document) expand(text string, r *Request) (string, bool) {
	if d.Version != "2012-10-17" || !strings.Contains(text, "${") {
		return text, true
	}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "${")
		b.WriteString(before)
		if !found {
			return b.String(), true
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed {
			return "", false
		}
		value, ok := r.variable(name)
		if !ok {
			return "", false
		}
		b.WriteString(value)
		text = after
	}
}

// variable is a policy variable's value: a condition key's, or its default, or
// one of the characters that have a meaning.
func (r *Request) variable(name string) (string, bool) {
	switch name {
	case "*", "?":
		return string([]byte{glob.Literal, name[0]}), true
	case "$":
		return name, true
	}
	key, otherwise, hasDefault := strings.Cut(name, ",")
	values := r.Context[strings.ToLower(strings.TrimSpace(key))]
	var text string
	switch {
	case len(values) == 1:
		text = values[0]
	case hasDefault:
		text = strings.Trim(strings.TrimSpace(otherwise), "'")
	default:
		return "", false
	}
	var b strings.Builder
	for i := range len(text) { // a value is no pattern
		if text[i] == '*' || text[i] == '?' {
			b.WriteByte(glob.Literal)
		}
		b.WriteByte(text[i])
	}
	return b.String(), true
}

// plain is a text with variables in place where no wildcards are meant.
func plain(text string) string { return strings.ReplaceAll(text, string(rune(glob.Literal)), "") }
