package cloudformation

import (
	"context"

	api "maru.dev/maru/api/cloudformation"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// GetTemplate returns a stack's or change set's template, as it was given or
// with its transforms run. A stack that has only been reviewed has none yet.
//
// Spec: CloudFormation API Reference, GetTemplate.
func (s *Service) GetTemplate(ctx context.Context, in *api.GetTemplateInput) (*api.GetTemplateOutput, error) {
	h := homeOf(ctx)
	var t stored
	var there, transformed bool
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		d, id, err := deploymentOf(tx, h, wire.Value(in.StackName), wire.Value(in.ChangeSetName))
		if err != nil {
			return err
		}
		if d == nil {
			return nil
		}
		there, transformed = true, d.Transformed
		t, err = getText(tx, h, id, d.Text)
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case !there:
		return &api.GetTemplateOutput{}, nil
	}
	out := &api.GetTemplateOutput{TemplateBody: &t.Body, StagesAvailable: []string{"Original", "Processed"}}
	if wire.Value(in.TemplateStage) == "Processed" && transformed {
		out.TemplateBody = &t.Processed
	}
	return out, nil
}

// deploymentOf finds the deployment of a stack, or of one of its change sets. It
// is nil for a stack of which there are only change sets.
func deploymentOf(tx *kv.Tx, h home, name, change string) (*deployment, string, error) {
	if change != "" {
		c, err := mustChangeSet(tx, h, name, change)
		if err != nil {
			return nil, "", err
		}
		return &c.Deployment, c.StackID, nil
	}
	if name == "" {
		return nil, "", invalid("StackName or ChangeSetName must be specified")
	}
	st, err := mustStack(tx, h, name)
	if err != nil {
		return nil, "", err
	}
	if st.Status == reviewInProgress {
		return nil, st.ID, nil
	}
	return &st.Deployment, st.ID, nil
}
