package iam

import (
	"errors"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	api "maru.dev/maru/api/iam"
)

// document is a policy as far as its form is checked. Evaluation reads it
// anew, with all of its parts.
type document struct {
	Version   *string
	ID        *string `json:"Id"`
	Statement oneOrMore[statement]
}

// statement is one rule.
type statement struct {
	Sid          *string
	Effect       string
	Principal    jsontext.Value
	NotPrincipal jsontext.Value
	Action       oneOrMore[string]
	NotAction    oneOrMore[string]
	Resource     oneOrMore[string]
	NotResource  oneOrMore[string]
	Condition    map[string]map[string]oneOrMore[scalar]
}

// scalar is a text, a number or a truth value: what a condition may compare with.
type scalar struct{}

// UnmarshalJSONFrom reads either form.
func (*scalar) UnmarshalJSONFrom(in *jsontext.Decoder) error {
	switch in.PeekKind() {
	case '"', '0', 't', 'f':
		return in.SkipValue()
	}
	return errors.New("no value of a condition")
}

// oneOrMore is a value that may stand for a list of itself.
type oneOrMore[T any] []T

// UnmarshalJSONFrom reads either form.
func (o *oneOrMore[T]) UnmarshalJSONFrom(in *jsontext.Decoder) error {
	if in.PeekKind() == '[' {
		return json.UnmarshalDecode(in, (*[]T)(o))
	}
	var one T
	if err := json.UnmarshalDecode(in, &one); err != nil {
		return err
	}
	*o = oneOrMore[T]{one}
	return nil
}

// malformed is the answer to a document that is no policy.
func malformed(message string) error { return &api.MalformedPolicyDocumentException{Message: message} }

// sizeOf is a document's size as quotas count it: without white space.
func sizeOf(document string) int {
	n := 0
	for _, c := range document {
		if !unicode.IsSpace(c) {
			n++
		}
	}
	return n
}

// readDocument checks what all policies have in common.
func readDocument(text, notJSON string) (*document, error) {
	if !jsontext.Value(text).IsValid() {
		return nil, malformed(notJSON)
	}
	var d document
	if err := json.Unmarshal([]byte(text), &d, json.RejectUnknownMembers(true)); err != nil {
		return nil, malformed("Syntax errors in policy.")
	}
	if d.Version != nil && *d.Version != "2012-10-17" && *d.Version != "2008-10-17" {
		return nil, malformed("Syntax errors in policy.")
	}
	if d.Statement == nil {
		return nil, malformed("Syntax errors in policy.")
	}
	sids := map[string]bool{}
	for i := range d.Statement {
		s := &d.Statement[i]
		if s.Effect != "Allow" && s.Effect != "Deny" {
			return nil, malformed("Syntax errors in policy.")
		}
		if s.Sid == nil || *s.Sid == "" {
			continue
		}
		if sids[*s.Sid] {
			return nil, malformed("Statement IDs (SID) in a single policy must be unique.")
		}
		sids[*s.Sid] = true
	}
	return &d, nil
}

// checkManagedPolicy checks the form of a policy that stands by itself. It has to
// say that it is of the present version.
func checkManagedPolicy(text string) error {
	d, err := readDocument(text, "Syntax errors in policy.")
	if err != nil {
		return err
	}
	if d.Version == nil || *d.Version != "2012-10-17" {
		return malformed("Policy document must be version 2012-10-17 or greater.")
	}
	return checkIdentityPolicy(d)
}

// checkInlinePolicy checks the form of a policy on a user, group or role. One
// that says no version is of the first, as those that the serverless transform
// makes.
func checkInlinePolicy(text string) error {
	d, err := readDocument(text, "Syntax errors in policy.")
	if err != nil {
		return err
	}
	return checkIdentityPolicy(d)
}

// checkIdentityPolicy checks the rules of either.
func checkIdentityPolicy(d *document) error {
	for i := range d.Statement {
		if err := checkIdentityStatement(&d.Statement[i]); err != nil {
			return err
		}
	}
	return nil
}

// checkIdentityStatement checks one rule of such a policy.
func checkIdentityStatement(s *statement) error {
	switch {
	case s.Principal != nil || s.NotPrincipal != nil:
		return malformed("Policy document should not specify a principal.")
	case len(s.Action) > 0 && len(s.NotAction) > 0, len(s.Resource) > 0 && len(s.NotResource) > 0:
		return malformed("Syntax errors in policy.")
	case len(s.Action) == 0 && len(s.NotAction) == 0:
		return malformed("Policy statement must contain actions.")
	case len(s.Resource) == 0 && len(s.NotResource) == 0:
		return malformed("Policy statement must contain resources.")
	}
	for _, a := range append(append([]string{}, s.Action...), s.NotAction...) {
		if err := checkAction(a); err != nil {
			return err
		}
	}
	for _, r := range append(append([]string{}, s.Resource...), s.NotResource...) {
		if r != "*" && !resourceForm(r) {
			return malformed(`Resource ` + r + ` must be in ARN format or "*".`)
		}
	}
	return nil
}

// resourceForm tells whether a resource is an ARN, which may hold wildcards
// and variables.
func resourceForm(r string) bool {
	parts := strings.SplitN(r, ":", 6)
	if len(parts) < 6 && !strings.Contains(r, "*") {
		return false
	}
	return parts[0] == "arn" || strings.HasPrefix(r, "*") || strings.HasPrefix(r, "arn*")
}

// checkAction checks an action: a service, a colon and a name, or a star.
func checkAction(a string) error {
	if a == "*" {
		return nil
	}
	vendor, name, ok := strings.Cut(a, ":")
	switch {
	case !ok:
		return malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
	case vendor == "" || strings.ContainsFunc(vendor, notVendor):
		return malformed("Vendor " + vendor + " is not valid")
	case name == "" || strings.Contains(name, ":"):
		return malformed("Actions/Condition can contain only one colon.")
	}
	return nil
}

// notVendor tells what the name of a service does not hold.
func notVendor(c rune) bool {
	return c > unicode.MaxASCII || !unicode.IsLetter(c) && !unicode.IsDigit(c) && c != '-' && c != '_' && c != '.'
}

// trustQuota is how large a role's trust policy may be.
const trustQuota = 2048

// checkTrustPolicy checks the form of a role's trust policy.
func checkTrustPolicy(text string) error {
	d, err := readDocument(text, "This policy contains invalid Json")
	if err != nil {
		return err
	}
	for i := range d.Statement {
		s := &d.Statement[i]
		switch {
		case len(s.Resource) > 0 || len(s.NotResource) > 0:
			return malformed("Has prohibited field Resource")
		case s.Principal == nil && s.NotPrincipal == nil:
			return malformed("Missing required field Principal")
		case s.Principal != nil && s.NotPrincipal != nil, len(s.Action) > 0 && len(s.NotAction) > 0:
			return malformed("Syntax errors in policy.")
		case len(s.Action) == 0 && len(s.NotAction) == 0:
			return malformed("Missing required field Action")
		}
		for _, principal := range []jsontext.Value{s.Principal, s.NotPrincipal} {
			if err := checkPrincipal(principal); err != nil {
				return err
			}
		}
		for _, a := range s.Action {
			if vendor, _, _ := strings.Cut(a, ":"); vendor != "sts" && a != "*" {
				return malformed("AssumeRole policy may only specify STS AssumeRole actions.")
			}
		}
	}
	if sizeOf(text) > trustQuota {
		return quota("ACLSizePerRole", trustQuota)
	}
	return nil
}

// checkPrincipal checks whom a trust policy trusts: everybody, or some by
// their sort.
func checkPrincipal(raw jsontext.Value) error {
	if raw == nil || string(raw) == `"*"` {
		return nil
	}
	var sorts map[string]oneOrMore[string]
	if err := json.Unmarshal(raw, &sorts); err != nil || len(sorts) == 0 {
		return malformed("Invalid principal in policy.")
	}
	for sort, names := range sorts {
		switch sort {
		case "AWS", "Service", "Federated", "CanonicalUser":
		default:
			return malformed("Invalid principal in policy: \"" + sort + "\"")
		}
		for _, name := range names {
			if name == "" || sort == "Service" && !strings.Contains(name, ".") {
				return malformed("Invalid principal in policy: \"" + strings.ToUpper(sort) + "\":\"" + name + "\"")
			}
		}
	}
	return nil
}
