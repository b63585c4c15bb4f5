package ecr

import (
	"context"
	"fmt"
	"strings"

	api "maru.dev/maru/api/ecr"
	"maru.dev/maru/auth/policy"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
)

// SetRepositoryPolicy sets a repository's policy.
//
// Spec: Amazon ECR API Reference, SetRepositoryPolicy.
func (s *Service) SetRepositoryPolicy(ctx context.Context, in *api.SetRepositoryPolicyInput) (*api.SetRepositoryPolicyOutput, error) {
	d, err := readPolicy(in.PolicyText)
	if err != nil {
		return nil, err
	}
	out := &api.SetRepositoryPolicyOutput{RepositoryName: &in.RepositoryName, PolicyText: &in.PolicyText}
	err = s.change(ctx, in.RegistryId, "SetRepositoryPolicy", in.RepositoryName, func(tx *kv.Tx, h registry, r *repository) error {
		if force := in.Force != nil && *in.Force; !force && locksOut(ctx, d, h.arnOf(r.Name)) {
			return invalid("PolicyText", "The policy would prevent you from setting another one in the future: use force to set it all the same")
		}
		out.RegistryId = &h.Account
		return kv.Put(tx, h.policyKey(r.Name), in.PolicyText)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// readPolicy reads a policy of a repository: its statements say of whom and of
// which actions of ECR they are, and are all of the repository.
func readPolicy(text string) (*policy.Document, error) {
	malformed := invalid("PolicyText", "Invalid repository policy provided")
	d, err := policy.ParseResource(text)
	if err != nil {
		return nil, malformed
	}
	for i := range d.Statements {
		st := &d.Statements[i]
		if len(st.Action) == 0 || len(st.Resource) > 0 {
			return nil, malformed
		}
		for _, a := range st.Action {
			if a != "*" && !strings.HasPrefix(strings.ToLower(a), "ecr:") {
				return nil, malformed
			}
		}
	}
	return d, nil
}

// locksOut tells whether a policy would deny its caller to set another.
func locksOut(ctx context.Context, d *policy.Document, resource string) bool {
	who := call.From(ctx).Principal
	return d.Evaluate(&policy.Request{
		Caller: policy.Caller{Account: who.Account, ARN: who.ARN, Service: who.Service},
		Action: "ecr:SetRepositoryPolicy", Resource: resource,
	}) == policy.Denied
}

// GetRepositoryPolicy returns a repository's policy.
//
// Spec: Amazon ECR API Reference, GetRepositoryPolicy.
func (s *Service) GetRepositoryPolicy(ctx context.Context, in *api.GetRepositoryPolicyInput) (*api.GetRepositoryPolicyOutput, error) {
	out := &api.GetRepositoryPolicyOutput{RepositoryName: &in.RepositoryName}
	err := s.view(ctx, in.RegistryId, "GetRepositoryPolicy", in.RepositoryName, func(tx *kv.Tx, h registry, r *repository) (err error) {
		out.RegistryId = &h.Account
		out.PolicyText, err = loadPolicy(tx, h, r.Name)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// DeleteRepositoryPolicy removes a repository's policy, and returns it.
//
// Spec: Amazon ECR API Reference, DeleteRepositoryPolicy.
func (s *Service) DeleteRepositoryPolicy(ctx context.Context, in *api.DeleteRepositoryPolicyInput) (*api.DeleteRepositoryPolicyOutput, error) {
	out := &api.DeleteRepositoryPolicyOutput{RepositoryName: &in.RepositoryName}
	err := s.change(ctx, in.RegistryId, "DeleteRepositoryPolicy", in.RepositoryName, func(tx *kv.Tx, h registry, r *repository) (err error) {
		out.RegistryId = &h.Account
		if out.PolicyText, err = loadPolicy(tx, h, r.Name); err != nil {
			return err
		}
		return tx.Delete(h.policyKey(r.Name))
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// loadPolicy reads a repository's policy, which must be there.
func loadPolicy(tx *kv.Tx, h registry, name string) (*string, error) {
	text, ok, err := kv.Get[string](tx, h.policyKey(name))
	switch {
	case err != nil:
		return nil, fmt.Errorf("load repository policy: %w", err)
	case !ok:
		return nil, &api.RepositoryPolicyNotFoundException{
			Message: "Repository policy does not exist for the repository with name '" + name + "' in the registry with id '" + h.Account + "'",
		}
	}
	return &text, nil
}
