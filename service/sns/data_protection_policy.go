package sns

import (
	"context"
	"encoding/json"

	api "maru.dev/maru/api/sns"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/sns/names"
)

// maxDataPolicy is how long a data protection policy may be.
const maxDataPolicy = 30720

// PutDataProtectionPolicy stores a topic's data protection policy. It has no
// effect on messages.
//
// Spec: SNS API Reference, PutDataProtectionPolicy.
func (s *Service) PutDataProtectionPolicy(ctx context.Context, in *api.PutDataProtectionPolicyInput) (*api.PutDataProtectionPolicyOutput, error) {
	if in.DataProtectionPolicy != "" && !json.Valid([]byte(in.DataProtectionPolicy)) || len(in.DataProtectionPolicy) > maxDataPolicy {
		return nil, names.Invalid("DataProtectionPolicy")
	}
	err := s.change(ctx, in.ResourceArn, func(_ *kv.Tx, t *topic) error {
		if t.fifo() {
			return names.Invalid("DataProtectionPolicy Reason: FIFO topics do not support data protection policies")
		}
		t.DataPolicy = in.DataProtectionPolicy
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &api.PutDataProtectionPolicyOutput{}, nil
}

// GetDataProtectionPolicy returns a topic's data protection policy.
//
// Spec: SNS API Reference, GetDataProtectionPolicy.
func (s *Service) GetDataProtectionPolicy(ctx context.Context, in *api.GetDataProtectionPolicyInput) (*api.GetDataProtectionPolicyOutput, error) {
	out := &api.GetDataProtectionPolicyOutput{}
	err := s.view(ctx, in.ResourceArn, func(_ *kv.Tx, t *topic) error {
		if t.DataPolicy != "" {
			out.DataProtectionPolicy = &t.DataPolicy
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
