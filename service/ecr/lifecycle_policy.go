package ecr

import (
	"context"
	"fmt"

	api "maru.dev/maru/api/ecr"
	"maru.dev/maru/kv"
)

// PutLifecyclePolicy sets which images of a repository are to expire.
//
// Spec: Amazon ECR API Reference, PutLifecyclePolicy.
func (s *Service) PutLifecyclePolicy(ctx context.Context, in *api.PutLifecyclePolicyInput) (*api.PutLifecyclePolicyOutput, error) {
	if err := checkLifecycle(in.LifecyclePolicyText); err != nil {
		return nil, err
	}
	out := &api.PutLifecyclePolicyOutput{RepositoryName: &in.RepositoryName, LifecyclePolicyText: &in.LifecyclePolicyText}
	err := s.change(ctx, in.RegistryId, "PutLifecyclePolicy", in.RepositoryName, func(tx *kv.Tx, h registry, r *repository) error {
		out.RegistryId = &h.Account
		return kv.Put(tx, h.lifecycleKey(r.Name), in.LifecyclePolicyText)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// GetLifecyclePolicy returns a repository's lifecycle policy.
//
// Spec: Amazon ECR API Reference, GetLifecyclePolicy.
func (s *Service) GetLifecyclePolicy(ctx context.Context, in *api.GetLifecyclePolicyInput) (*api.GetLifecyclePolicyOutput, error) {
	out := &api.GetLifecyclePolicyOutput{RepositoryName: &in.RepositoryName}
	err := s.view(ctx, in.RegistryId, "GetLifecyclePolicy", in.RepositoryName, func(tx *kv.Tx, h registry, r *repository) (err error) {
		out.RegistryId = &h.Account
		out.LifecyclePolicyText, err = loadLifecycle(tx, h, r.Name)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// DeleteLifecyclePolicy removes a repository's lifecycle policy, and returns it.
//
// Spec: Amazon ECR API Reference, DeleteLifecyclePolicy.
func (s *Service) DeleteLifecyclePolicy(ctx context.Context, in *api.DeleteLifecyclePolicyInput) (*api.DeleteLifecyclePolicyOutput, error) {
	out := &api.DeleteLifecyclePolicyOutput{RepositoryName: &in.RepositoryName}
	err := s.change(ctx, in.RegistryId, "DeleteLifecyclePolicy", in.RepositoryName, func(tx *kv.Tx, h registry, r *repository) (err error) {
		out.RegistryId = &h.Account
		if out.LifecyclePolicyText, err = loadLifecycle(tx, h, r.Name); err != nil {
			return err
		}
		return tx.Delete(h.lifecycleKey(r.Name))
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// loadLifecycle reads a repository's lifecycle policy, which must be there.
func loadLifecycle(tx *kv.Tx, h registry, name string) (*string, error) {
	text, ok, err := kv.Get[string](tx, h.lifecycleKey(name))
	switch {
	case err != nil:
		return nil, fmt.Errorf("load lifecycle policy: %w", err)
	case !ok:
		return nil, &api.LifecyclePolicyNotFoundException{
			Message: "Lifecycle policy does not exist for the repository with name '" + name + "' in the registry with id '" + h.Account + "'",
		}
	}
	return &text, nil
}
