package ssm

import (
	"context"
	"slices"

	api "maru.dev/maru/api/ssm"
	"maru.dev/maru/kv"
)

// DeleteParameter removes a parameter with all of its versions.
//
// Spec: Systems Manager API Reference, DeleteParameter.
func (s *Service) DeleteParameter(ctx context.Context, in *api.DeleteParameterInput) (*api.DeleteParameterOutput, error) {
	h := homeOf(ctx)
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		p, err := load(tx, h, in.Name)
		if err != nil {
			return err
		}
		return s.drop(tx, h, &p)
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteParameterOutput{}, nil
}

// drop removes a parameter and its expiry.
func (s *Service) drop(tx *kv.Tx, h home, p *parameter) error {
	if err := s.Tasks.CancelKey(tx, expiryKind, h.arnOf(p.Name)); err != nil {
		return err
	}
	return s.remove(tx, h, p)
}

// remove deletes a parameter's rows.
func (s *Service) remove(tx *kv.Tx, h home, p *parameter) error {
	if err := tx.DeleteRange(kv.Prefix(h.key("v", p.Name))); err != nil {
		return err
	}
	if err := tx.Add(h.counterKey(p.Newest.Tier), -1); err != nil {
		return err
	}
	if err := tx.Delete(h.parameterKey(p.Name)); err != nil {
		return err
	}
	return s.tell(tx, h, p.Name, "Delete", &p.Newest)
}

// DeleteParameters removes some parameters by name, and names those that are
// not there.
//
// Spec: Systems Manager API Reference, DeleteParameters.
func (s *Service) DeleteParameters(ctx context.Context, in *api.DeleteParametersInput) (*api.DeleteParametersOutput, error) {
	h := homeOf(ctx)
	out := &api.DeleteParametersOutput{}
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		out.DeletedParameters, out.InvalidParameters = []string{}, []string{}
		for i, name := range in.Names {
			if slices.Contains(in.Names[:i], name) {
				continue
			}
			p, err := load(tx, h, name)
			if absent(err) {
				out.InvalidParameters = append(out.InvalidParameters, name)
				continue
			}
			if err != nil {
				return err
			}
			if err := s.drop(tx, h, &p); err != nil {
				return err
			}
			out.DeletedParameters = append(out.DeletedParameters, name)
		}
		return nil
	})
	return out, err
}
