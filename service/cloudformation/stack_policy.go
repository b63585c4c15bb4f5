package cloudformation

import (
	"context"
	"encoding/json"

	api "maru.dev/maru/api/cloudformation"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// SetStackPolicy says what updates of a stack may change.
//
// Spec: CloudFormation API Reference, SetStackPolicy.
func (s *Service) SetStackPolicy(ctx context.Context, in *api.SetStackPolicyInput) (*api.SetStackPolicyOutput, error) {
	h := homeOf(ctx)
	body, err := s.stackPolicy(ctx, in.StackPolicyBody, in.StackPolicyURL)
	if err != nil {
		return nil, err
	}
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		st, err := mustStack(tx, h, in.StackName)
		if err != nil {
			return err
		}
		st.Policy = wire.Value(body)
		return kv.Put(tx, h.stackKey(st.ID), *st)
	})
	if err != nil {
		return nil, err
	}
	return &api.SetStackPolicyOutput{}, nil
}

// GetStackPolicy returns a stack's policy.
//
// Spec: CloudFormation API Reference, GetStackPolicy.
func (s *Service) GetStackPolicy(ctx context.Context, in *api.GetStackPolicyInput) (*api.GetStackPolicyOutput, error) {
	st, err := s.readStack(ctx, homeOf(ctx), in.StackName)
	if err != nil {
		return nil, err
	}
	return &api.GetStackPolicyOutput{StackPolicyBody: wire.Optional(st.Policy)}, nil
}

// UpdateTerminationProtection says whether a stack may be deleted.
//
// Spec: CloudFormation API Reference, UpdateTerminationProtection.
func (s *Service) UpdateTerminationProtection(ctx context.Context, in *api.UpdateTerminationProtectionInput) (*api.UpdateTerminationProtectionOutput, error) {
	h := homeOf(ctx)
	out := &api.UpdateTerminationProtectionOutput{}
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		st, err := mustStack(tx, h, in.StackName)
		if err != nil {
			return err
		}
		if st.ParentID != "" {
			return invalid("Termination protection cannot be changed on nested stack [%s]. Change it on the root stack [%s].", st.Name, st.RootID)
		}
		st.Protected = in.EnableTerminationProtection
		out.StackId = &st.ARN
		return kv.Put(tx, h.stackKey(st.ID), *st)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// SignalResource sends a signal to a resource that waits for one.
//
// Spec: CloudFormation API Reference, SignalResource.
func (s *Service) SignalResource(ctx context.Context, in *api.SignalResourceInput) (*api.SignalResourceOutput, error) {
	h := homeOf(ctx)
	var token string
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		st, err := mustStack(tx, h, in.StackName)
		if err != nil {
			return err
		}
		p, ok, err := kv.Get[step](tx, h.stepKey(st.ID, applyPhase, in.LogicalResourceId))
		if err != nil {
			return err
		}
		if !ok || p.State != running {
			return invalid("Resource %s is in %s state and cannot be signaled", in.LogicalResourceId, st.Status)
		}
		token = p.Target.Token
		return nil
	})
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(map[string]string{"UniqueId": in.UniqueId, "Status": in.Status})
	if err != nil {
		return nil, err
	}
	if _, err := s.Signal(ctx, h.Account, h.Region, token, body); err != nil {
		return nil, err
	}
	return &api.SignalResourceOutput{}, nil
}

// DescribeAccountLimits tells the limits that this service keeps.
//
// Spec: CloudFormation API Reference, DescribeAccountLimits.
func (s *Service) DescribeAccountLimits(context.Context, *api.DescribeAccountLimitsInput) (*api.DescribeAccountLimitsOutput, error) {
	return &api.DescribeAccountLimitsOutput{AccountLimits: []api.AccountLimit{
		{Name: new("StackLimit"), Value: new(int32(2000))},
		{Name: new("StackOutputsLimit"), Value: new(int32(200))},
		{Name: new("ConcurrentResourcesLimit"), Value: new(int32(2500))},
	}}, nil
}
