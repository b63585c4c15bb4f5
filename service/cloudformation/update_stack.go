package cloudformation

import (
	"context"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"

	api "maru.dev/maru/api/cloudformation"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/cloudformation/template"
	"maru.dev/maru/wire"
)

// UpdateStack begins to change a stack.
//
// Spec: CloudFormation API Reference, UpdateStack.
func (s *Service) UpdateStack(ctx context.Context, in *api.UpdateStackInput) (*api.UpdateStackOutput, error) {
	h := homeOf(ctx)
	old, err := s.readStack(ctx, h, in.StackName)
	if err != nil {
		return nil, err
	}
	if err := old.updatable(); err != nil {
		return nil, err
	}
	tags := in.Tags
	if tags == nil {
		tags = apiTags(old.Deployment.Tags)
	}
	notify := in.NotificationARNs
	if notify == nil {
		notify = old.Settings.NotificationARNs
	}
	p, err := s.prepare(ctx, h, request{
		Body: in.TemplateBody, URL: in.TemplateURL, UsePrevious: flag(in.UsePreviousTemplate), Parameters: in.Parameters,
		Tags: tags, Capabilities: in.Capabilities, Previous: old, Name: old.Name, ARN: old.ARN, NotifyARNs: notify,
	})
	if err != nil {
		return nil, err
	}
	if len(p.missing) > 0 {
		return nil, insufficient(p.missing)
	}
	later, err := s.stackPolicy(ctx, in.StackPolicyBody, in.StackPolicyURL)
	if err != nil {
		return nil, err
	}
	meanwhile, err := s.stackPolicy(ctx, in.StackPolicyDuringUpdateBody, in.StackPolicyDuringUpdateURL)
	if err != nil {
		return nil, err
	}
	op := s.newOperation(ctx, "update", wire.Value(in.ClientRequestToken))
	op.TargetConf = old.Settings
	op.TargetConf.NotificationARNs, op.TargetConf.DisableRollback = notify, flag(in.DisableRollback)
	op.TargetConf.RetainOnCreate = flag(in.RetainExceptOnCreate)
	op.TargetConf.rollback(in.RollbackConfiguration)
	if in.RoleARN != nil {
		op.TargetConf.RoleARN = *in.RoleARN
	}
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		target := *op
		st, err := mustStack(tx, h, old.ARN)
		if err != nil {
			return err
		}
		if err := st.updatable(); err != nil {
			return err
		}
		target.Policy = st.Policy
		if meanwhile != nil {
			target.Policy = *meanwhile
		}
		if later != nil {
			st.Policy = *later
		}
		return s.startUpdate(tx, h, st, &target, p)
	})
	if err != nil {
		return nil, err
	}
	s.linger(ctx, h, old, op)
	return &api.UpdateStackOutput{StackId: &old.ARN, OperationId: &op.ID}, nil
}

// updatable refuses updates of a stack that is not in a state for them.
func (st *stack) updatable() error {
	switch st.Status {
	case createComplete, updateComplete, revertComplete, createFailed, updateFailed:
		return nil
	}
	return invalid("Stack:%s is in %s state and can not be updated.", st.ARN, st.Status)
}

// readStack reads a stack on its own.
func (s *Service) readStack(ctx context.Context, h home, nameOrARN string) (*stack, error) {
	var st *stack
	err := s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		st, err = mustStack(tx, h, nameOrARN)
		return err
	})
	return st, err
}

// startUpdate writes the operation that changes a stack, if there is anything
// to change.
func (s *Service) startUpdate(tx *kv.Tx, h home, st *stack, op *operation, p *prepared) error {
	was, err := getText(tx, h, st.ID, st.Deployment.Text)
	if err != nil {
		return err
	}
	failedBefore := st.Status == updateFailed || st.Status == createFailed
	if !failedBefore && sameDeployment(st, op, was, p) {
		return invalid("No updates are to be performed.")
	}
	if err := sameTypes(was, p.template); err != nil {
		return err
	}
	resources, err := loadResources(tx, h, st.ID)
	if err != nil {
		return err
	}
	if err := op.spares(resources, p.needs); err != nil {
		return err
	}
	op.Target = p.deployment
	op.Target.Text = st.NextText
	st.NextText++
	st.Updated = op.Began
	if err := putText(tx, h, st.ID, op.Target.Text, p.texts); err != nil {
		return err
	}
	if err := s.tell(tx, h, st, op).stack(updateInProgress, "User Initiated"); err != nil {
		return err
	}
	return s.begin(tx, h, st, op, planApply(p.needs))
}

// sameDeployment tells whether an update would change nothing.
func sameDeployment(st *stack, op *operation, was stored, p *prepared) bool {
	old := st.Deployment
	if !maps.Equal(old.Given, p.deployment.Given) || !maps.Equal(old.Resolved, p.deployment.Resolved) {
		return false
	}
	if !maps.Equal(old.tags(), p.deployment.tags()) || !slices.Equal(st.Settings.NotificationARNs, op.TargetConf.NotificationARNs) {
		return false
	}
	var before, after map[string]any
	if json.Unmarshal([]byte(was.Processed), &before) != nil || json.Unmarshal([]byte(p.texts.Processed), &after) != nil {
		return false
	}
	for _, section := range []string{"Conditions", "Mappings", "Outputs", "Resources"} {
		if !reflect.DeepEqual(before[section], after[section]) {
			return false
		}
	}
	return true
}

// sameTypes refuses a template in which a resource has another type than
// before.
func sameTypes(was stored, t *template.Template) error {
	var before struct {
		Resources map[string]struct{ Type string }
	}
	if err := json.Unmarshal([]byte(was.Processed), &before); err != nil {
		return err
	}
	var other []string
	for _, name := range slices.Sorted(maps.Keys(t.Resources)) {
		if b, ok := before.Resources[name]; ok && b.Type != t.Resources[name].Type {
			other = append(other, name)
		}
	}
	if len(other) > 0 {
		return invalid("Update of resource type is not permitted. The new template modifies resource type of the following resources: [%s]", strings.Join(other, ", "))
	}
	return nil
}

// apiTags writes tags as the API does.
func apiTags(tags []tag) []api.Tag {
	var out []api.Tag
	for _, t := range tags {
		out = append(out, api.Tag{Key: t.Key, Value: t.Value})
	}
	return out
}
