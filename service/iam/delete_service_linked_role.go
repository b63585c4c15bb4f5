package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
	"maru.dev/maru/kv"
)

// DeleteServiceLinkedRole removes a service-linked role. AWS does so later, and so has a task to ask for; here it is gone at once.
//
// Spec: IAM API Reference, DeleteServiceLinkedRole.
func (s *Service) DeleteServiceLinkedRole(ctx context.Context, in *api.DeleteServiceLinkedRoleInput) (*api.DeleteServiceLinkedRoleOutput, error) {
	id := s.deps.IDs.UUID()
	var out api.DeleteServiceLinkedRoleOutput
	err := s.update(ctx, func(t *table) error {
		e, err := t.load(role, in.RoleName)
		if err != nil {
			return err
		}
		if e.Linked == "" {
			return noEntity(role, in.RoleName)
		}
		out.DeletionTaskId = "task" + e.Path + e.Name + "/" + id
		if err := kv.Put(t.tx, t.key("deletion", out.DeletionTaskId), e.Name); err != nil {
			return err
		}
		return t.remove(role, e)
	})
	return &out, err
}
