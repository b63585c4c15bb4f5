package states

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	api "maru.dev/maru/api/states"
	"maru.dev/maru/arn"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/states/asl"
	"maru.dev/maru/service/states/machine"
	"maru.dev/maru/task"
)

// CreateStateMachine makes a state machine, or returns the one there is when it
// is the same.
//
// Spec: Step Functions API Reference, CreateStateMachine.
func (s *Service) CreateStateMachine(ctx context.Context, in *api.CreateStateMachineInput) (*api.CreateStateMachineOutput, error) {
	h := homeOf(ctx)
	now := s.Clock.Now()
	publish := in.Publish != nil && *in.Publish
	r := machine.Revision{
		ID: s.IDs.UUID(), First: true, Updated: now, Express: in.Type != nil && *in.Type == api.StateMachineTypeExpress,
		Role: in.RoleArn, Logging: in.LoggingConfiguration, Encryption: in.EncryptionConfiguration,
		Tracing: in.TracingConfiguration != nil && in.TracingConfiguration.Enabled != nil && *in.TracingConfiguration.Enabled,
	}
	tags, err := tagMap(in.Tags, h.MachineARN(in.Name))
	if err := errors.Join(checkName(in.Name), err); err != nil {
		return nil, firstOf(err)
	}
	if err := s.checkRevision(&r, in.Definition); err != nil {
		return nil, err
	}
	if in.VersionDescription != nil && !publish {
		return nil, validation("Version description can only be set when publish is true")
	}
	out := &api.CreateStateMachineOutput{StateMachineArn: h.MachineARN(in.Name)}
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		old, ok, err := machine.Load(tx, h, in.Name)
		if err != nil {
			return err
		}
		if ok {
			return s.sameMachine(tx, h, &old, &r, in, out)
		}
		m := machine.Machine{Name: in.Name, Created: now, Tags: tags, Current: r}
		if err := machine.PutRevision(tx, h, in.Name, r, in.Definition); err != nil {
			return err
		}
		out.CreationDate, out.StateMachineVersionArn = now, nil
		if publish {
			v, err := publishVersion(tx, h, &m, in.VersionDescription, now)
			if err != nil {
				return err
			}
			out.StateMachineVersionArn = new(versionARN(h, in.Name, v.Number))
		}
		if err := s.later(tx, retention(h, in.Name, now)); err != nil {
			return err
		}
		return kv.Put(tx, h.MachineKey(in.Name), m)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// firstOf is the first of joined errors: one is told at a time.
func firstOf(err error) error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()[0]
	}
	return err
}

// sameMachine answers for a state machine that exists, if it is what is asked for.
func (s *Service) sameMachine(tx *kv.Tx, h machine.Home, old *machine.Machine, r *machine.Revision, in *api.CreateStateMachineInput, out *api.CreateStateMachineOutput) error {
	arn := h.MachineARN(in.Name)
	if old.Deleting {
		return &api.StateMachineDeleting{Message: "State Machine Deleting: '" + arn + "'"}
	}
	text, err := machine.Definition(tx, h, in.Name, old.Current.ID)
	if err != nil {
		return err
	}
	c := old.Current
	same := text == in.Definition && c.Express == r.Express && c.Tracing == r.Tracing && reflect.DeepEqual(c.Logging, r.Logging) && reflect.DeepEqual(c.Encryption, r.Encryption)
	publish := in.Publish != nil && *in.Publish
	out.CreationDate = old.Created
	if same && publish {
		v, ok, err := kv.Get[machine.Version](tx, h.VersionKey(in.Name, old.Published))
		if err != nil {
			return fmt.Errorf("load version: %w", err)
		}
		same = ok && reflect.DeepEqual(v.Description, in.VersionDescription)
		out.StateMachineVersionArn = new(versionARN(h, in.Name, v.Number))
	}
	if !same {
		return &api.StateMachineAlreadyExists{Message: "State Machine Already Exists: '" + arn + "'"}
	}
	return nil
}

// checkRevision holds a revision's definition and settings against the rules.
func (s *Service) checkRevision(r *machine.Revision, definition string) error {
	if err := checkRole(r.Role); err != nil {
		return err
	}
	if err := checkLogging(r.Logging); err != nil {
		return err
	}
	if err := checkEncryption(r.Encryption); err != nil {
		return err
	}
	findings := s.findings(definition, r.Express)
	if asl.Refused(findings) {
		return &api.InvalidDefinition{Message: asl.Message(findings)}
	}
	return nil
}

// findings is what there is to say about a definition.
func (s *Service) findings(definition string, express bool) []asl.Finding {
	tree, findings := asl.ParseType([]byte(definition), express)
	if tree == nil {
		return findings
	}
	for _, name := range slices.Sorted(maps.Keys(tree.All)) {
		state := tree.All[name]
		if state.Type == asl.TypeTask && !s.integrations.Known(&state.Task.Resource) {
			findings = append(findings, asl.Finding{
				Severity: asl.SeverityError, Code: asl.CodeSchema, Location: state.Location + "/Resource",
				Message: "The resource provided " + state.Task.Resource.ARN + " is not recognized. The value is not a valid resource ARN, or the resource is not available in this region.",
			})
		}
	}
	return findings
}

// checkRole holds a role's ARN against its form.
func checkRole(role string) error {
	a, err := arn.Parse(role)
	if err != nil || a.Service != "iam" {
		return &api.InvalidArn{Message: "Invalid Role Arn: '" + role + "'"}
	}
	return nil
}

// checkLogging holds a logging configuration against the rules.
func checkLogging(l *api.LoggingConfiguration) error {
	if l == nil {
		return nil
	}
	on := l.Level != nil && *l.Level != api.LogLevelOff
	if on && len(l.Destinations) != 1 || len(l.Destinations) > 1 {
		return &api.InvalidLoggingConfiguration{Message: "Invalid Logging Configuration: Must specify exactly one Log Destination."}
	}
	for _, d := range l.Destinations {
		g := d.CloudWatchLogsLogGroup
		if g == nil || g.LogGroupArn == nil {
			return &api.InvalidLoggingConfiguration{Message: "Invalid Logging Configuration: Must specify exactly one Log Destination."}
		}
		if a, err := arn.Parse(*g.LogGroupArn); err != nil || a.Service != "logs" {
			return &api.InvalidLoggingConfiguration{Message: "Invalid Logging Configuration: Log Destination is not a valid ARN."}
		}
	}
	return nil
}

// checkEncryption holds an encryption configuration against the rules.
func checkEncryption(e *api.EncryptionConfiguration) error {
	switch {
	case e == nil:
	case e.Type == api.EncryptionTypeCustomerManagedKmsKey && e.KmsKeyId == nil:
		return &api.InvalidEncryptionConfiguration{Message: "Invalid Encryption Configuration: KmsKeyId must be specified with CUSTOMER_MANAGED_KMS_KEY"}
	case e.Type == api.EncryptionTypeAwsOwnedKey && (e.KmsKeyId != nil || e.KmsDataKeyReusePeriodSeconds != nil):
		return &api.InvalidEncryptionConfiguration{Message: "Invalid Encryption Configuration: KmsKeyId and KmsDataKeyReusePeriodSeconds cannot be specified with AWS_OWNED_KEY"}
	}
	return nil
}

// retention is the task that removes old executions of a state machine.
func retention(h machine.Home, name string, now time.Time) task.Task {
	return task.Task{
		Kind: retentionKind, Owner: h.MachineARN(name), Key: h.MachineARN(name), Due: now.Add(24 * time.Hour),
		Account: h.Account, Region: h.Region, Body: name,
	}
}
