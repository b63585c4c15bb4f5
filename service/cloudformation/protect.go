package cloudformation

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"maru.dev/maru/auth/policy"
)

// protects tells why a stack's policy forbids an action on a resource in an
// update; nil when it does not. A stack without a policy protects nothing, and
// one with a policy all that it does not allow.
func protects(document, action, logical, kind string) error {
	if document == "" {
		return nil
	}
	d, err := policy.Parse(document)
	if err != nil {
		return fmt.Errorf("read stack policy: %w", err)
	}
	r := &policy.Request{Action: action, Resource: "LogicalResourceId/" + logical, Context: map[string][]string{"resourcetype": {kind}}}
	switch d.Evaluate(r) {
	case policy.Allowed:
		return nil
	case policy.Denied:
		for i, st := range d.Statements {
			one := policy.Document{Version: d.Version, Statements: []policy.Statement{st}}
			if one.Evaluate(r) == policy.Denied {
				return invalid("Action denied by stack policy: Statement [#%d] does not allow [%s] for resource [%s];", i+1, strings.Join(st.Action, ", "), r.Resource)
			}
		}
	}
	return invalid("Action denied by stack policy: no statement allows [%s] for resource [%s];", action, r.Resource)
}

// stackPolicy reads a policy that a request brings, by itself or by its address;
// nil when it brings none.
func (s *Service) stackPolicy(ctx context.Context, body, url *string) (*string, error) {
	switch {
	case body == nil && url == nil:
		return nil, nil //nolint:nilnil // most requests bring none
	case body != nil && url != nil:
		return nil, invalid("You cannot specify both StackPolicyURL and StackPolicyBody")
	case url != nil:
		fetched, err := s.fetch(ctx, *url)
		if err != nil {
			return nil, err
		}
		body = &fetched
	}
	if _, err := policy.Parse(*body); err != nil {
		return nil, invalid("Error validating stack policy: Invalid stack policy")
	}
	return body, nil
}

// spares tells why the policy forbids an update to remove what its template has
// no more. AWS tells it once the rest is done; here it is told at once.
func (op *operation) spares(resources map[string]*resource, needs map[string][]string) error {
	for _, logical := range slices.Sorted(maps.Keys(resources)) {
		r := resources[logical]
		if _, stays := needs[logical]; stays || r.Now == nil {
			continue
		}
		if err := protects(op.Policy, "Update:Delete", logical, r.Now.Type); err != nil {
			return err
		}
	}
	return nil
}

// protected tells why the stack's policy forbids what a step of an update is
// about to do.
func (sc *scene) protected() error {
	if sc.op.Kind != "update" {
		return nil
	}
	switch p := sc.step; p.Action {
	case doUpdate:
		return protects(sc.op.Policy, "Update:Modify", p.Logical, p.Target.Type)
	case doReplace:
		return protects(sc.op.Policy, "Update:Replace", p.Logical, p.Target.Type)
	}
	return nil
}
