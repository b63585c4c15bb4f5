package events

import (
	"context"
	"encoding/json"
	"slices"

	api "maru.dev/maru/api/events"
	"maru.dev/maru/arn"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// maxPolicy is how long a bus's policy may be.
const maxPolicy = 10 << 10

// statement is a statement that PutPermission writes, in the order of AWS.
type statement struct {
	Sid       string
	Effect    string
	Principal any
	Action    any
	Resource  any
	Condition any `json:",omitempty"`
}

// policyText writes a bus's policy; nil if it has none.
func policyText(statements []json.RawMessage) *string {
	if len(statements) == 0 {
		return nil
	}
	text := []byte(`{"Version":"2012-10-17","Statement":[`)
	for i, raw := range statements {
		if i > 0 {
			text = append(text, ',')
		}
		text = append(text, raw...)
	}
	return new(string(append(text, "]}"...)))
}

// PutPermission lets another account or organisation put events on a bus, or
// sets the bus's policy as a whole.
//
// Spec: EventBridge API Reference, PutPermission.
func (s *Service) PutPermission(ctx context.Context, in *api.PutPermissionInput) (*api.PutPermissionOutput, error) {
	if in.Policy == nil {
		switch {
		case wire.Value(in.Action) != "events:PutEvents":
			return nil, invalid("Provided value in parameter 'action' is not supported.")
		case in.Principal == nil || in.StatementId == nil:
			return nil, invalid("Parameter Principal and StatementId are required.")
		}
	}
	err := s.changeBus(ctx, in.EventBusName, func(_ *kv.Tx, ref busRef, b *bus) error {
		if in.Policy != nil {
			return b.setPolicy(*in.Policy)
		}
		st := statement{Sid: *in.StatementId, Effect: "Allow", Principal: "*", Action: *in.Action, Resource: ref.ARN()}
		if *in.Principal != "*" {
			st.Principal = map[string]string{"AWS": arn.New("iam", "", *in.Principal, "root")}
		}
		if c := in.Condition; c != nil {
			st.Condition = map[string]map[string]string{c.Type: {c.Key: c.Value}}
		}
		raw, err := json.Marshal(st)
		if err != nil {
			return err
		}
		b.Policy = append(slices.DeleteFunc(b.Policy, labelled(st.Sid)), raw)
		return b.checkPolicy()
	})
	if err != nil {
		return nil, err
	}
	return &api.PutPermissionOutput{}, nil
}

// setPolicy reads a whole policy.
func (b *bus) setPolicy(text string) error {
	var doc struct{ Statement json.RawMessage }
	var statements []json.RawMessage
	err := json.Unmarshal([]byte(text), &doc)
	if err == nil && doc.Statement != nil && json.Unmarshal(doc.Statement, &statements) != nil {
		statements = []json.RawMessage{doc.Statement} // a statement may stand alone
	}
	if len(statements) == 0 {
		return invalid("The policy is not valid JSON or has no Statement.")
	}
	b.Policy = nil
	for _, raw := range statements {
		var st statement
		kept, ok := compact(string(raw)) // it counts as long as it is, not as it is written
		if !ok || json.Unmarshal(kept, &st) != nil || st.Effect == "" || st.Action == nil || st.Principal == nil {
			return invalid("The policy has a statement without Effect, Principal or Action.")
		}
		b.Policy = append(b.Policy, kept)
	}
	return b.checkPolicy()
}

// checkPolicy bounds the policy's size.
func (b *bus) checkPolicy() error {
	if len(wire.Value(policyText(b.Policy))) > maxPolicy {
		return &api.PolicyLengthExceededException{Message: "The policy length exceeds the limit of 10240 characters."}
	}
	return nil
}

// RemovePermission takes a statement out of a bus's policy, or all of them.
//
// Spec: EventBridge API Reference, RemovePermission.
func (s *Service) RemovePermission(ctx context.Context, in *api.RemovePermissionInput) (*api.RemovePermissionOutput, error) {
	all := wire.Value(in.RemoveAllPermissions)
	if !all && in.StatementId == nil {
		return nil, invalid("Parameter StatementId is required.")
	}
	err := s.changeBus(ctx, in.EventBusName, func(_ *kv.Tx, _ busRef, b *bus) error {
		switch {
		case all:
			b.Policy = nil
			return nil
		case len(b.Policy) == 0:
			return notFound("EventBus does not have a policy.")
		case !slices.ContainsFunc(b.Policy, labelled(*in.StatementId)):
			return notFound("Statement with the provided id does not exist.")
		}
		b.Policy = slices.DeleteFunc(b.Policy, labelled(*in.StatementId))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &api.RemovePermissionOutput{}, nil
}

// labelled tells whether a statement has an id.
func labelled(id string) func(json.RawMessage) bool {
	return func(raw json.RawMessage) bool {
		var st struct{ Sid string }
		return json.Unmarshal(raw, &st) == nil && st.Sid == id
	}
}

// admits tells whether the bus's policy lets another account put events on it.
// A condition that asks for an organisation is never met: there are none.
func (b *bus) admits(account string) bool {
	allowed := false
	for _, raw := range b.Policy {
		var st statement
		if json.Unmarshal(raw, &st) != nil || !named(st.Principal, account) || !listed(st.Action, "events:PutEvents", "events:*", "*") {
			continue
		}
		switch {
		case st.Effect == "Deny":
			return false
		case st.Condition == nil:
			allowed = true
		}
	}
	return allowed
}

// named tells whether a policy's principal is an account.
func named(principal any, account string) bool {
	if m, ok := principal.(map[string]any); ok {
		principal = m["AWS"]
	}
	return listed(principal, "*", account, arn.New("iam", "", account, "root"))
}

// listed tells whether one of some names is in a policy's list, or is its only
// element.
func listed(list any, names ...string) bool {
	switch x := list.(type) {
	case string:
		return slices.Contains(names, x)
	case []any:
		return slices.ContainsFunc(x, func(v any) bool { return listed(v, names...) })
	}
	return false
}
