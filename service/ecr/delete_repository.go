package ecr

import (
	"context"
	"fmt"

	api "maru.dev/maru/api/ecr"
	"maru.dev/maru/kv"
)

// DeleteRepository removes a repository with its policies. It is empty, so force
// makes no difference.
//
// Spec: Amazon ECR API Reference, DeleteRepository.
func (s *Service) DeleteRepository(ctx context.Context, in *api.DeleteRepositoryInput) (*api.DeleteRepositoryOutput, error) {
	var gone *api.Repository
	err := s.change(ctx, in.RegistryId, "DeleteRepository", in.RepositoryName, func(tx *kv.Tx, h registry, r *repository) error {
		for _, key := range []kv.Key{h.repositoryKey(r.Name), h.lifecycleKey(r.Name), h.policyKey(r.Name)} {
			if err := tx.Delete(key); err != nil {
				return fmt.Errorf("delete repository: %w", err)
			}
		}
		gone = r.shape(h)
		return tx.Add(h.counterKey(), -1)
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteRepositoryOutput{Repository: gone}, nil
}
