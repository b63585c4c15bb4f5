package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// GetServiceLinkedRoleDeletionStatus tells how the removal of a service-linked role went.
//
// Spec: IAM API Reference, GetServiceLinkedRoleDeletionStatus.
func (s *Service) GetServiceLinkedRoleDeletionStatus(ctx context.Context, in *api.GetServiceLinkedRoleDeletionStatusInput) (*api.GetServiceLinkedRoleDeletionStatusOutput, error) {
	err := s.view(ctx, func(t *table) error {
		_, ok, err := t.tx.Get(t.key("deletion", in.DeletionTaskId))
		if err == nil && !ok {
			return noEntityf("Deletion task id %s cannot be found.", in.DeletionTaskId)
		}
		return err
	})
	return &api.GetServiceLinkedRoleDeletionStatusOutput{Status: "SUCCEEDED"}, err
}
