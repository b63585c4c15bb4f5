package states

import (
	"context"

	api "maru.dev/maru/api/states"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/states/machine"
)

// UpdateStateMachine makes a new revision of a state machine. What runs goes on
// with the one it has.
//
// Spec: Step Functions API Reference, UpdateStateMachine.
func (s *Service) UpdateStateMachine(ctx context.Context, in *api.UpdateStateMachineInput) (*api.UpdateStateMachineOutput, error) {
	r, err := parseUnqualified(in.StateMachineArn)
	if err != nil {
		return nil, err
	}
	publish := in.Publish != nil && *in.Publish
	if in.Definition == nil && in.RoleArn == nil && in.LoggingConfiguration == nil && in.TracingConfiguration == nil && in.EncryptionConfiguration == nil && !publish {
		return nil, &api.MissingRequiredParameter{Message: "Either the definition, the role ARN, the LoggingConfiguration, the EncryptionConfiguration, or the TracingConfiguration must be specified"}
	}
	if in.VersionDescription != nil && !publish {
		return nil, validation("Version description can only be set when publish is true")
	}
	now := s.Clock.Now()
	out := &api.UpdateStateMachineOutput{UpdateDate: now}
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		m, err := live(tx, r)
		if err != nil {
			return err
		}
		text, err := machine.Definition(tx, r.Home, r.Name, m.Current.ID)
		if err != nil {
			return err
		}
		next := m.Current
		next.ID, next.First, next.Updated = s.IDs.UUID(), false, now
		apply(&next, &text, in)
		if err := s.checkRevision(&next, text); err != nil {
			return err
		}
		if err := machine.PutRevision(tx, r.Home, r.Name, next, text); err != nil {
			return err
		}
		m.Current, m.Published = next, 0
		out.RevisionId, out.StateMachineVersionArn = &next.ID, nil
		if publish {
			v, err := publishVersion(tx, r.Home, &m, in.VersionDescription, now)
			if err != nil {
				return err
			}
			out.StateMachineVersionArn = new(versionARN(r.Home, r.Name, v.Number))
		}
		return kv.Put(tx, r.MachineKey(r.Name), m)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// apply puts what a request changes into a revision.
func apply(r *machine.Revision, definition *string, in *api.UpdateStateMachineInput) {
	if in.Definition != nil {
		*definition = *in.Definition
	}
	if in.RoleArn != nil {
		r.Role = *in.RoleArn
	}
	if in.LoggingConfiguration != nil {
		r.Logging = in.LoggingConfiguration
	}
	if t := in.TracingConfiguration; t != nil {
		r.Tracing = t.Enabled != nil && *t.Enabled
	}
	if in.EncryptionConfiguration != nil {
		r.Encryption = in.EncryptionConfiguration
	}
}
