package schemas

import (
	"context"
	"encoding/json"

	api "maru.dev/maru/api/schemas"
	"maru.dev/maru/kv"
)

// policyRegistry is the registry that a request about a policy means.
func policyRegistry(name *string) string {
	if name == nil || *name == "" {
		return discoveredRegistry
	}
	return *name
}

// PutResourcePolicy sets a registry's policy, if it still has the revision that
// the request names.
//
// Spec: EventBridge Schemas API Reference, PutResourcePolicy.
func (s *Service) PutResourcePolicy(ctx context.Context, in *api.PutResourcePolicyInput) (*api.PutResourcePolicyOutput, error) {
	h, revision := homeOf(ctx), s.IDs.UUID()
	if !json.Valid([]byte(in.Policy)) {
		return nil, badRequest("The policy is not valid JSON.")
	}
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		name := policyRegistry(in.RegistryName)
		if err := own(name); err != nil {
			return err
		}
		r, err := loadRegistry(tx, h, name)
		if err != nil {
			return err
		}
		if in.RevisionId != nil && *in.RevisionId != r.Revision {
			return &api.PreconditionFailedException{Code: "PreconditionFailed", Message: "The revision of the policy is another."}
		}
		r.Policy, r.Revision = in.Policy, revision
		return kv.Put(tx, h.registryKey(name), r)
	})
	if err != nil {
		return nil, err
	}
	return &api.PutResourcePolicyOutput{Policy: &in.Policy, RevisionId: &revision}, nil
}

// GetResourcePolicy returns a registry's policy.
//
// Spec: EventBridge Schemas API Reference, GetResourcePolicy.
func (s *Service) GetResourcePolicy(ctx context.Context, in *api.GetResourcePolicyInput) (*api.GetResourcePolicyOutput, error) {
	h := homeOf(ctx)
	var r registry
	err := s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		if r, err = loadRegistry(tx, h, policyRegistry(in.RegistryName)); err == nil && r.Policy == "" {
			return notFound("Registry %s has no policy.", r.Name)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return &api.GetResourcePolicyOutput{Policy: &r.Policy, RevisionId: &r.Revision}, nil
}

// DeleteResourcePolicy takes a registry's policy away.
//
// Spec: EventBridge Schemas API Reference, DeleteResourcePolicy.
func (s *Service) DeleteResourcePolicy(ctx context.Context, in *api.DeleteResourcePolicyInput) (*api.DeleteResourcePolicyOutput, error) {
	h := homeOf(ctx)
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		r, err := loadRegistry(tx, h, policyRegistry(in.RegistryName))
		if err != nil {
			return err
		}
		if r.Policy == "" {
			return notFound("Registry %s has no policy.", r.Name)
		}
		r.Policy, r.Revision = "", ""
		return kv.Put(tx, h.registryKey(r.Name), r)
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteResourcePolicyOutput{}, nil
}
