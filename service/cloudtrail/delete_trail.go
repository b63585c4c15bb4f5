package cloudtrail

import (
	"context"

	api "maru.dev/maru/api/cloudtrail"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
)

// DeleteTrail removes a trail. What it has not delivered yet it does not
// deliver; the files in its bucket stay.
//
// Spec: CloudTrail API Reference, DeleteTrail.
func (s *Service) DeleteTrail(ctx context.Context, in *api.DeleteTrailInput) (*api.DeleteTrailOutput, error) {
	h := homeOf(call.From(ctx))
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		t, err := loadOwn(tx, h, in.Name)
		if err != nil {
			return err
		}
		for _, kind := range []string{"p", "a", "b", "s", "d", "f"} {
			all := kv.NewKey(h.Account, "", "cloudtrail", kind, t.ID)
			if err := tx.DeleteRange(kv.Prefix(all)); err != nil {
				return err
			}
		}
		tx.Wake(trailsTopic())
		return tx.Delete(t.home().trailKey(t.Name))
	})
	if err != nil {
		return nil, err
	}
	s.trails.drop()
	return &api.DeleteTrailOutput{}, nil
}
