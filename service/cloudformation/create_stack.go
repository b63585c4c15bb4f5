package cloudformation

import (
	"context"
	"strings"
	"time"

	api "maru.dev/maru/api/cloudformation"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	types "maru.dev/maru/service/cloudformation/resource"
	"maru.dev/maru/wire"
)

// CreateStack begins to make a stack. When it returns, the stack and the work
// to make it are on disk.
//
// Spec: CloudFormation API Reference, CreateStack.
func (s *Service) CreateStack(ctx context.Context, in *api.CreateStackInput) (*api.CreateStackOutput, error) {
	if err := checkName(in.StackName); err != nil {
		return nil, err
	}
	conf, err := createSettings(in)
	if err != nil {
		return nil, err
	}
	h := homeOf(ctx)
	if done, err := s.repeated(ctx, h, in.StackName, wire.Value(in.ClientRequestToken)); err != nil || done != "" {
		return &api.CreateStackOutput{StackId: wire.Optional(done)}, err
	}
	id := s.IDs.UUID()
	arn := arnOf(ctx, in.StackName, id)
	p, err := s.prepare(ctx, h, request{
		Body: in.TemplateBody, URL: in.TemplateURL, Parameters: in.Parameters, Tags: in.Tags, Capabilities: in.Capabilities,
		Name: in.StackName, ARN: arn, NotifyARNs: in.NotificationARNs,
	})
	if err != nil {
		return nil, err
	}
	if len(p.missing) > 0 {
		return nil, insufficient(p.missing)
	}
	guard, err := s.stackPolicy(ctx, in.StackPolicyBody, in.StackPolicyURL)
	if err != nil {
		return nil, err
	}
	op := s.newOperation(ctx, "create", wire.Value(in.ClientRequestToken))
	op.TargetConf = conf
	st := &stack{
		ID: id, Name: in.StackName, ARN: arn, Created: op.Began, ParentID: types.Parent(ctx),
		Policy: wire.Value(guard), Protected: flag(in.EnableTerminationProtection),
	}
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		fresh, target := *st, *op
		if old, ok, err := findStack(tx, h, in.StackName); err != nil {
			return err
		} else if ok && old.Status != reviewInProgress {
			return &api.AlreadyExistsException{Message: "Stack [" + in.StackName + "] already exists"}
		} else if ok {
			return invalid("Stack:%s already exists and cannot be created again with the changeSet", old.ARN)
		}
		if err := s.rootOf(tx, h, &fresh); err != nil {
			return err
		}
		if target.ClientToken != "" {
			if err := kv.Put(tx, h.tokenKey(target.ClientToken), tokenUse{Stack: id, Name: in.StackName}); err != nil {
				return err
			}
		}
		return s.startCreate(tx, h, &fresh, &target, p)
	})
	if err != nil {
		return nil, err
	}
	s.linger(ctx, h, st, op)
	return &api.CreateStackOutput{StackId: &arn, OperationId: &op.ID}, nil
}

// tokenUse is what a client request token made.
type tokenUse struct{ Stack, Name string }

// repeated returns the ARN of the stack that a request with the same token has
// made already.
func (s *Service) repeated(ctx context.Context, h home, name, token string) (arn string, err error) {
	if token == "" {
		return "", nil
	}
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		use, ok, err := kv.Get[tokenUse](tx, h.tokenKey(token))
		if err != nil || !ok || use.Name != name {
			return err
		}
		st, ok, err := kv.Get[stack](tx, h.stackKey(use.Stack))
		if ok && st.Deleted.IsZero() {
			arn = st.ARN
		}
		return err
	})
	return arn, err
}

// createSettings reads how a creation is to go.
func createSettings(in *api.CreateStackInput) (settings, error) {
	if in.DisableRollback != nil && in.OnFailure != nil {
		return settings{}, invalid("Either DisableRollback or OnFailure can be specified, not both.")
	}
	conf := settings{
		DisableRollback: flag(in.DisableRollback), OnFailure: wire.Value(in.OnFailure), RoleARN: wire.Value(in.RoleARN),
		NotificationARNs: in.NotificationARNs, RetainOnCreate: flag(in.RetainExceptOnCreate),
	}
	if in.TimeoutInMinutes != nil {
		conf.TimeoutMinutes = *in.TimeoutInMinutes
	}
	conf.rollback(in.RollbackConfiguration)
	for _, arn := range in.NotificationARNs {
		if !strings.HasPrefix(arn, "arn:") {
			return conf, invalid("Notification ARN [%s] is invalid.", arn)
		}
	}
	return conf, nil
}

// rollback reads what AWS would watch after a deployment.
func (c *settings) rollback(in *api.RollbackConfiguration) {
	if in == nil {
		return
	}
	c.MonitoringMinutes, c.RollbackTriggers = in.MonitoringTimeInMinutes, nil
	for _, t := range in.RollbackTriggers {
		c.RollbackTriggers = append(c.RollbackTriggers, trigger{t.Arn, t.Type})
	}
}

// newOperation returns an operation that begins now.
func (s *Service) newOperation(ctx context.Context, kind, token string) *operation {
	info := call.From(ctx)
	return &operation{
		ID: s.IDs.UUID(), Kind: kind, Phase: applyPhase, Began: s.Clock.Now().Round(time.Microsecond),
		ClientToken: token, Endpoint: info.Endpoint, TraceID: info.TraceID,
	}
}

// rootOf finds the stack that a nested one is in the end part of.
func (s *Service) rootOf(tx *kv.Tx, h home, st *stack) error {
	if st.ParentID == "" {
		return nil
	}
	parent, ok, err := findStack(tx, h, st.ParentID)
	if err != nil {
		return err
	}
	st.RootID = st.ParentID
	if ok && parent.RootID != "" {
		st.RootID = parent.RootID
	}
	return nil
}

// startCreate writes a new stack with the operation that makes it.
func (s *Service) startCreate(tx *kv.Tx, h home, st *stack, op *operation, p *prepared) error {
	op.Target = p.deployment
	op.Target.Text = st.NextText
	st.NextText++
	st.Deployment = op.Target
	st.Settings = op.TargetConf
	if err := putText(tx, h, st.ID, op.Target.Text, p.texts); err != nil {
		return err
	}
	if err := kv.Put(tx, h.nameKey(st.Name), st.ID); err != nil {
		return err
	}
	if err := s.tell(tx, h, st, op).stack(createInProgress, "User Initiated"); err != nil {
		return err
	}
	return s.begin(tx, h, st, op, planApply(p.needs))
}
