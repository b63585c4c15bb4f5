package lambda

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	api "maru.dev/maru/api/lambda"
	"maru.dev/maru/compute"
	"maru.dev/maru/kv"
)

// invocation is one invocation on its way to a version.
type invocation struct {
	target
	requestID     string
	traceID       string
	payload       []byte
	clientContext string // JSON
	tail          bool
	stream        io.Writer
}

// outcome is what became of an invocation.
type outcome struct {
	compute.Result
	function *function
	version  *version
}

// execute runs an invocation now. The function's own failure is an outcome;
// errors are Lambda's.
func (s *Service) execute(ctx context.Context, inv invocation) (*outcome, error) {
	p, err := s.boardFlight(ctx, &inv)
	if err != nil {
		return nil, err
	}
	return s.fly(ctx, p, inv)
}

// flight is an invocation that was let through.
type flight struct {
	function *function
	version  *version
	land     func()
}

// boardFlight finds the version that serves a target and counts one more
// invocation of it, unless that would go on a loop.
func (s *Service) boardFlight(ctx context.Context, inv *invocation) (*flight, error) {
	if s.pool == nil {
		return nil, &api.ServiceException{Type: new("Service"), Message: "Functions cannot run on this host: " + s.poolErr.Error()}
	}
	p := &flight{}
	var reserved int64
	var kept provisioned
	err := s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		if p.function, p.version, err = resolve(tx, inv.target, s.IDs.Float()); err != nil {
			return err
		}
		if reserved, err = tx.Count(inv.key("r")); err != nil || inv.qualifier == "" {
			return err
		}
		kept, _, err = kv.Get[provisioned](tx, inv.provisionedKey(inv.name, inv.qualifier))
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := s.descend(p.function, inv); err != nil {
		return nil, err
	}
	var l load
	if p.land, l, err = s.flights.board(p.function, reserved); err != nil {
		s.measureRun(inv.target, nil, err)
		return nil, err
	}
	s.measureLoad(p.function, l)
	if kept.N > 0 {
		underWay, leave := s.flights.boardProvisioned(inv.arn())
		s.measureProvisioned(inv.target, p.version, underWay, int(kept.N))
		land := p.land
		p.land = func() { leave(); land() }
	}
	return p, nil
}

// fly runs an invocation that was let through.
func (s *Service) fly(ctx context.Context, p *flight, inv invocation) (o *outcome, err error) {
	defer p.land()
	told := s.traced(p, &inv)
	var b binding
	defer func() { s.unbind(&b); told(o, err); s.measureRun(inv.target, o, err) }()
	if len(inv.payload) == 0 {
		inv.payload = []byte("{}")
	}
	result, err := s.pool.Invoke(ctx, s.unit(p.function, p.version), &compute.Request{
		ID: inv.requestID, InvokedARN: inv.arn(), Payload: inv.payload, ClientContext: inv.clientContext,
		TraceID: inv.traceID, Tail: inv.tail, Stream: inv.stream, Taken: func(key string) { s.bind(&b, key, inv.traceID) },
	})
	switch {
	case errors.Is(err, compute.ErrBusy):
		return nil, throttled(api.ThrottleReasonConcurrentInvocationLimitExceeded)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("run %s: %w", p.function.Name, err)
	}
	return &outcome{Result: result, function: p.function, version: p.version}, nil
}

// unit is what compute runs for a version.
func (s *Service) unit(f *function, v *version) *compute.Function {
	name := f.functionARN(f.Name, v.Version)
	return &compute.Function{
		Key: name + "/" + v.fingerprint(), Owner: name,
		Name: f.Name, Version: v.Version, Account: f.Account, Region: f.Region,
		Runtime: v.Runtime, Handler: v.Handler, MemoryMB: int(v.Memory), EphemeralMB: int(v.Ephemeral),
		Timeout: time.Duration(v.Timeout) * time.Second, Environment: v.Environment, Endpoint: s.Endpoint, XRayDaemon: s.XRayDaemon,
		LogGroup: v.logGroup(f.Name), JSONLogs: v.LogFormat == api.LogFormatJson,
		AppLogLevel: v.AppLogLevel, SystemLogLevel: v.SystemLogLevel,
		Prepare: func(ctx context.Context) (compute.Prepared, error) { return s.prepare(ctx, f, v) },
	}
}

// prepare puts a version's code in place and gets its role's credentials.
func (s *Service) prepare(ctx context.Context, f *function, v *version) (p compute.Prepared, err error) {
	if p.TaskRoot, err = s.unpack(v.Code); err != nil {
		return p, err
	}
	if name := v.layersName(); name != "" {
		var folders []string
		for _, l := range v.Layers {
			dir, err := s.unpack(l.Code)
			if err != nil {
				return p, err
			}
			folders = append(folders, dir)
		}
		if p.Opt, err = s.code.Merge(name, folders); err != nil {
			return p, fmt.Errorf("merge layers: %w", err)
		}
	}
	p.Credentials, p.Expires, err = s.credentials(ctx, f, v)
	return p, err
}
