package states

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	api "maru.dev/maru/api/states"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/states/engine"
	"maru.dev/maru/service/states/express"
	"maru.dev/maru/service/states/integrate"
	"maru.dev/maru/service/states/machine"
	"maru.dev/maru/service/states/standard"
	"maru.dev/maru/telemetry"
)

// StartExecution starts an execution. One of a standard state machine is on disk,
// with its first steps made, when it returns.
//
// Spec: Step Functions API Reference, StartExecution.
func (s *Service) StartExecution(ctx context.Context, in *api.StartExecutionInput) (*api.StartExecutionOutput, error) {
	info := call.From(ctx)
	r, input, err := s.startable(in.StateMachineArn, in.Name, in.Input)
	if err != nil {
		return nil, err
	}
	name := s.executionName(in.Name, info.Once)
	now := s.Clock.Now()
	x := &standard.Execution{
		Key: standard.Key{Home: r.Home, Scope: r.Name, Name: name}, Started: now.UnixMilli(),
		Trace: telemetry.WithLineage(info.TraceID, ""), Once: info.Once, Parent: integrate.AwaitedBy(ctx),
	}
	if in.TraceHeader != nil {
		x.Header = *in.TraceHeader
		x.Trace = telemetry.Onward(x.Header, x.Trace)
	}
	var started *standard.Execution
	var expressARN string
	var after func()
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		p, version, alias, err := s.route(tx, r, in.StateMachineArn)
		if err != nil {
			return err
		}
		if p.Express {
			if expressARN, after, err = s.express.Start(tx, express.Start{Prepared: p, Key: x.Key, ID: s.IDs.UUID(), Input: input, Version: version, Alias: alias, Trace: x.Trace, At: now}); err != nil {
				return err
			}
			started = nil
			return nil
		}
		fresh := *x
		fresh.Revision, fresh.Role, fresh.Version, fresh.Alias, fresh.Tracing = p.ID, p.Role, version, alias, p.Tracing
		own := *input
		started, after, err = s.runner.Start(ctx, tx, &fresh, &own)
		return err
	})
	if errors.Is(err, standard.ErrExists) {
		return nil, &api.ExecutionAlreadyExists{Message: "Execution Already Exists: '" + x.Key.ARN() + "'"}
	}
	if err != nil {
		return nil, err
	}
	after()
	if started == nil {
		return &api.StartExecutionOutput{ExecutionArn: expressARN, StartDate: now.Truncate(time.Millisecond)}, nil
	}
	return &api.StartExecutionOutput{ExecutionArn: started.Key.ARN(), StartDate: standard.At(started.Started)}, nil
}

// startable reads what a start asks for.
func (s *Service) startable(arn string, name, text *string) (ref, *engine.Payload, error) {
	r, err := parseMachine(arn)
	if err != nil {
		return r, nil, err
	}
	if r.Label != "" {
		return r, nil, noLabels(arn)
	}
	if name != nil {
		if err := checkName(*name); err != nil {
			return r, nil, err
		}
	}
	input, err := readInput(text)
	return r, input, err
}

// readInput reads an execution's input; none is an empty object.
func readInput(text *string) (*engine.Payload, error) {
	given := "{}"
	if text != nil {
		given = *text
	}
	if len(given) > engine.MaxData {
		return nil, &api.InvalidExecutionInput{Message: "Invalid State Machine Execution Input: 'Input exceeds the maximum of 262144 bytes'"}
	}
	p, err := engine.ParsePayload(0, given)
	if err != nil {
		return nil, &api.InvalidExecutionInput{Message: "Invalid State Machine Execution Input: '" + err.Error() + "'"}
	}
	return p, nil
}

// executionName is an execution's name where the request has none: a call that is
// made again gets the same.
func (s *Service) executionName(name *string, once string) string {
	switch {
	case name != nil:
		return *name
	case once == "":
		return s.IDs.UUID()
	}
	sum := sha256.Sum256([]byte(once))
	sum[6], sum[8] = sum[6]&0x0F|0x50, sum[8]&0x3F|0x80
	h := hex.EncodeToString(sum[:16])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// route finds the revision that an ARN starts: the current one, a version's, or
// one that an alias shares out.
func (s *Service) route(tx *kv.Tx, r ref, text string) (p *machine.Prepared, version int64, alias string, err error) {
	m, ok, err := s.machines.Get(tx, r.MachineKey(r.Name))
	switch {
	case err != nil:
		return nil, 0, "", err
	case !ok:
		return nil, 0, "", noMachine(text)
	case m.Deleting:
		return nil, 0, "", &api.StateMachineDeleting{Message: "State Machine Deleting: '" + r.ARN() + "'"}
	}
	revision := m.Current.ID
	version = r.Version
	if r.Alias != "" {
		a, ok, err := kv.Get[machine.Alias](tx, r.AliasKey(r.Name, r.Alias))
		if err != nil {
			return nil, 0, "", err
		}
		if !ok {
			return nil, 0, "", noMachine(text)
		}
		alias = a.Name
		version = a.Routes[0].Version
		if len(a.Routes) > 1 && s.IDs.Float()*100 >= float64(a.Routes[0].Weight) {
			version = a.Routes[1].Version
		}
	}
	if version != 0 {
		v, ok, err := kv.Get[machine.Version](tx, r.VersionKey(r.Name, version))
		if err != nil {
			return nil, 0, "", err
		}
		if !ok {
			return nil, 0, "", noMachine(text)
		}
		revision = v.Revision
	}
	p, err = s.shelf.Get(tx, r.Home, r.Name, revision)
	return p, version, alias, err
}
