package lambda

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	api "maru.dev/maru/api/lambda"
	"maru.dev/maru/kv"
)

// maxPolicy is how large a policy may be.
const maxPolicy = 20480

// accountForm is a principal that is an account.
var accountForm = regexp.MustCompile(`^\d{12}$`)

// principalOf is a principal in the form that AWS shows in a policy.
func principalOf(name string) any {
	switch {
	case name == "*":
		return "*"
	case accountForm.MatchString(name):
		return map[string]string{"AWS": "arn:aws:iam::" + name + ":root"}
	case strings.HasPrefix(name, "arn:"):
		return map[string]string{"AWS": name}
	}
	return map[string]string{"Service": name}
}

// checkPrincipal refuses what is no account, ARN or service.
func checkPrincipal(name string) error {
	if name == "*" || accountForm.MatchString(name) || strings.HasPrefix(name, "arn:") || strings.Contains(name, ".") {
		return nil
	}
	return invalid("The provided principal was invalid. Please check the principal and try again.")
}

// document is a policy in JSON.
func (p policy) document() (string, error) {
	text, err := json.Marshal(struct {
		Version   string      `json:"Version"`
		ID        string      `json:"Id"`
		Statement []statement `json:"Statement"`
	}{"2012-10-17", "default", p.Statements})
	if err != nil {
		return "", fmt.Errorf("encode policy: %w", err)
	}
	return string(text), nil
}

// newStatement is the statement that a request describes.
func newStatement(in *api.AddPermissionInput, resource string) statement {
	st := statement{Sid: in.StatementId, Effect: "Allow", Principal: principalOf(in.Principal), Action: in.Action, Resource: resource}
	add := func(test, key string, v *string) {
		if v == nil || *v == "" {
			return
		}
		if st.Condition == nil {
			st.Condition = make(map[string]map[string]string)
		}
		if st.Condition[test] == nil {
			st.Condition[test] = make(map[string]string)
		}
		st.Condition[test][key] = *v
	}
	add("ArnLike", "AWS:SourceArn", in.SourceArn)
	add("StringEquals", "AWS:SourceAccount", in.SourceAccount)
	add("StringEquals", "lambda:EventSourceToken", in.EventSourceToken)
	add("StringEquals", "aws:PrincipalOrgID", in.PrincipalOrgID)
	add("StringEquals", "lambda:FunctionUrlAuthType", in.FunctionUrlAuthType)
	return st
}

// policyTarget finds the function, version or alias whose policy is asked for.
func policyTarget(tx *kv.Tx, t target) (policy, error) {
	if _, _, err := resolve(tx, t, 1); err != nil {
		return policy{}, err
	}
	if t.qualifier == latest {
		return policy{}, invalid("We currently do not support adding policies for $LATEST.")
	}
	p, _, err := kv.Get[policy](tx, t.policyKey(t.name, t.qualifier))
	if err != nil {
		return policy{}, fmt.Errorf("load policy: %w", err)
	}
	return p, nil
}

// AddPermission lets a principal use a function, a version or an alias.
//
// Spec: Lambda API Reference, AddPermission.
func (s *Service) AddPermission(ctx context.Context, in *api.AddPermissionInput) (*api.AddPermissionOutput, error) {
	t, err := locate(ctx, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	if err := checkPrincipal(in.Principal); err != nil {
		return nil, err
	}
	st := newStatement(in, t.arn())
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		p, err := policyTarget(tx, t)
		if err != nil {
			return err
		}
		if err := checkRevision(in.RevisionId, p.Revision, "GetPolicy"); err != nil {
			return err
		}
		if err := p.add(st); err != nil {
			return err
		}
		p.Revision = s.newRevision()
		return kv.Put(tx, t.policyKey(t.name, t.qualifier), p)
	})
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(st)
	if err != nil {
		return nil, fmt.Errorf("encode statement: %w", err)
	}
	return &api.AddPermissionOutput{Statement: new(string(text))}, nil
}

// add puts a statement into a policy.
func (p *policy) add(st statement) error {
	for _, other := range p.Statements {
		if other.Sid == st.Sid {
			return conflict("The statement id (%s) provided already exists. Please provide a new statement id, or remove the existing statement.", st.Sid)
		}
	}
	p.Statements = append(p.Statements, st)
	text, err := p.document()
	if err != nil {
		return err
	}
	if len(text) > maxPolicy {
		return &api.PolicyLengthExceededException{Type: new("User"), Message: fmt.Sprintf("The final policy size (%d) is bigger than the limit (%d).", len(text), maxPolicy)}
	}
	return nil
}

// remove takes a statement out of a policy.
func (p *policy) remove(sid string) bool {
	for i, st := range p.Statements {
		if st.Sid == sid {
			p.Statements = append(p.Statements[:i:i], p.Statements[i+1:]...)
			return true
		}
	}
	return false
}

// RemovePermission takes a permission back.
//
// Spec: Lambda API Reference, RemovePermission.
func (s *Service) RemovePermission(ctx context.Context, in *api.RemovePermissionInput) (*api.RemovePermissionOutput, error) {
	t, err := locate(ctx, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		p, err := policyTarget(tx, t)
		if err != nil {
			return err
		}
		if len(p.Statements) == 0 {
			return notFound("No policy is associated with the given resource.")
		}
		if err := checkRevision(in.RevisionId, p.Revision, "GetPolicy"); err != nil {
			return err
		}
		if !p.remove(in.StatementId) {
			return notFound("Statement %s is not found in resource policy.", in.StatementId)
		}
		key := t.policyKey(t.name, t.qualifier)
		if len(p.Statements) == 0 {
			return tx.Delete(key)
		}
		p.Revision = s.newRevision()
		return kv.Put(tx, key, p)
	})
	if err != nil {
		return nil, err
	}
	return &api.RemovePermissionOutput{}, nil
}

// GetPolicy returns a policy as JSON.
//
// Spec: Lambda API Reference, GetPolicy.
func (s *Service) GetPolicy(ctx context.Context, in *api.GetPolicyInput) (*api.GetPolicyOutput, error) {
	t, err := locate(ctx, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	var p policy
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		if p, err = policyTarget(tx, t); err == nil && len(p.Statements) == 0 {
			err = notFound("The resource you requested does not exist.")
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	text, err := p.document()
	if err != nil {
		return nil, err
	}
	return &api.GetPolicyOutput{Policy: &text, RevisionId: &p.Revision}, nil
}
