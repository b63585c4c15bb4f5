package call

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sort"
	"time"

	"maru.dev/maru/clock"
	"maru.dev/maru/ids"
	"maru.dev/maru/kv"
	"maru.dev/maru/telemetry"
	"maru.dev/maru/wire"
)

// Authorizer decides whether the principal in info may do what it asks. It
// returns a wire.Error when not.
type Authorizer interface {
	Authorize(ctx context.Context, info Info, model *wire.Service, op *wire.Operation, in any) error
}

// Record is what an Auditor is told of a call that has been answered.
type Record struct {
	Info      Info
	Model     *wire.Service
	Operation *wire.Operation
	In        any   // as generated; nil where the operation is not implemented, and where it could not be read
	Out       any   // as generated; nil after an error. Its streams are not to be read
	Err       error // as the client is told of it
	Began     time.Time
	Ended     time.Time
	Inside    bool // made by another part of the platform
}

// Measured is a service that measures the calls of its operations. It is told
// of each before its caller has the answer, and keeps nothing of the record.
type Measured interface {
	Measured(r *Record)
}

// Auditor keeps a record of calls. It is told of each after the operation and
// before its caller has the answer, so what it has on disk when it returns is
// there for whatever was acknowledged. The context may have ended.
type Auditor interface {
	Audit(ctx context.Context, r *Record)
}

// DoorOptions are what a Door needs.
type DoorOptions struct {
	Authorizer Authorizer
	Clock      clock.Clock
	IDs        ids.Source
	Log        *slog.Logger      // one line a call
	Traces     *telemetry.Tracer // may be nil
}

// Door is the Caller over the services of a platform. Services are added
// before the first call. A call lasts as long as its caller's context.
type Door struct {
	options DoorOptions
	calls   telemetry.CallLogger // Log's short way for calls, if it has one
	auditor Auditor
	desks   map[string]*desk
}

// desk is one service behind the door.
type desk struct {
	model      *wire.Service
	service    any // nil: its model is known, and nothing of it is implemented
	measured   Measured
	carrier    Carrier
	kinds      map[string]kind // of those operations that are not other
	operations map[string]*wire.Operation
}

// NewDoor returns a Door without services.
func NewDoor(o DoorOptions) *Door {
	calls, _ := o.Log.Handler().(telemetry.CallLogger)
	return &Door{options: o, calls: calls, desks: make(map[string]*desk)}
}

// Add puts a service behind the door. service implements the generated
// interface of model. A second service of the same name is a mistake of the
// wiring, and panics.
func (d *Door) Add(model *wire.Service, service any) {
	if _, taken := d.desks[model.ID]; taken {
		panic("call: two services named " + model.ID)
	}
	operations := make(map[string]*wire.Operation, len(model.Operations))
	kinds := make(map[string]kind)
	for i := range model.Operations {
		name := model.Operations[i].Name
		operations[name] = &model.Operations[i]
		if k := kindOf(model.ID, name); k != other {
			kinds[name] = k
		}
	}
	measured, _ := service.(Measured)
	carrier, _ := service.(Carrier)
	d.desks[model.ID] = &desk{model: model, service: service, measured: measured, carrier: carrier, kinds: kinds, operations: operations}
}

// SetAuditor has every call recorded. It is called before the first one.
func (d *Door) SetAuditor(a Auditor) { d.auditor = a }

// Models returns the services behind the door, by name.
func (d *Door) Models() []*wire.Service {
	models := make([]*wire.Service, 0, len(d.desks))
	for _, k := range d.desks {
		models = append(models, k.model)
	}
	sort.Slice(models, func(i, j int) bool { return models[i].ID < models[j].ID })
	return models
}

// Service returns what implements a service, or nil.
func (d *Door) Service(id string) any {
	if k, ok := d.desks[id]; ok {
		return k.service
	}
	return nil
}

// Operation finds an operation's row.
func (d *Door) Operation(service, operation string) (*wire.Service, *wire.Operation, error) {
	k, op, err := d.find(service, operation)
	if err != nil {
		return nil, nil, err
	}
	return k.model, op, nil
}

// find looks an operation up.
func (d *Door) find(service, operation string) (*desk, *wire.Operation, error) {
	k, ok := d.desks[service]
	if !ok {
		return nil, nil, &wire.APIError{
			Code:    "UnknownServiceException",
			Message: "Service " + service + " is not served by maru; docs/services/ lists what is.",
		}
	}
	op, ok := k.operations[operation]
	if !ok {
		return nil, nil, UnknownOperation(k.model, operation)
	}
	return k, op, nil
}

// UnknownOperation is what a service answers to an operation that AWS does not
// have, in the words of its main protocol.
func UnknownOperation(model *wire.Service, operation string) *wire.APIError {
	if len(model.Protocols) > 0 && (model.Protocols[0] == wire.Query || model.Protocols[0] == wire.EC2Query) {
		return &wire.APIError{
			Code:    "InvalidAction",
			Message: "Could not find operation " + operation + " for version " + model.APIVersion,
		}
	}
	return &wire.APIError{
		Code:    "UnknownOperationException",
		Message: "Operation " + operation + " does not exist in service " + model.ServiceID + ".",
	}
}

// Call implements Caller. The callee sees the caller's Info under a request id
// of its own, in the same trace.
func (d *Door) Call(ctx context.Context, service, operation string, in any) (any, error) {
	k, op, err := d.find(service, operation)
	if err != nil {
		return nil, err
	}
	info := From(ctx)
	if answered, _ := ctx.Value(answeredKey{}).(string); answered == info.Once {
		info.Once = ""
	}
	info.RequestID = d.options.IDs.UUID()
	if info.Partition == "" {
		info.Partition = "aws"
	}
	v := visit{desk: k, op: op, info: info, in: in, inside: true}
	if op.Invoke != nil {
		v.invalid = wire.Validate(k.model, op, in)
	}
	return d.admit(ctx, &v, in)
}

// CallJSON implements Caller.
func (d *Door) CallJSON(ctx context.Context, service, operation string, in json.RawMessage) (json.RawMessage, error) {
	k, op, err := d.find(service, operation)
	if err != nil {
		return nil, err
	}
	var input any
	if op.Invoke != nil {
		if input, err = wire.FromJSON(k.model, op, in); err != nil {
			return nil, err
		}
	}
	out, err := d.Call(ctx, service, operation, input)
	if err != nil {
		return nil, err
	}
	return wire.ToJSON(k.model, op, out)
}

// Serve runs an operation for the edge, which has decoded and validated its
// input, and has put the caller's Info into ctx.
func (d *Door) Serve(ctx context.Context, model *wire.Service, op *wire.Operation, in any) (any, error) {
	k, ok := d.desks[model.ID]
	if !ok {
		return nil, wire.NotImplemented(model.ID, op.Name)
	}
	return d.admit(ctx, &visit{desk: k, op: op, info: From(ctx), in: in}, in)
}

// Refuse leaves the log line of a call that the edge could not even decode or
// whose caller it could not authenticate. ctx carries what is known of it. Where
// the caller is known the call has its span, and the Auditor is told, too: a
// stranger writes into nobody's traces or trails.
func (d *Door) Refuse(ctx context.Context, service, operation string, began time.Time, err error) {
	info := From(ctx)
	e := entry{service: service, operation: operation, info: info, began: began, err: err, told: err}
	k, op, unknown := d.find(service, operation)
	if k != nil {
		e.told = asTold(k.model, err)
	}
	if unknown != nil || info.Principal.Kind == Anonymous {
		d.record(ctx, e)
		return
	}
	v := &visit{desk: k, op: op, info: info}
	h := d.enter(v, began)
	e.trace = h.trace.Root
	ended := d.record(ctx, e)
	if h.told {
		d.tell(v, h, nil, e.told, began, ended)
	}
	if d.auditor != nil {
		d.auditor.Audit(ctx, &Record{Info: info, Model: k.model, Operation: op, Err: e.told, Began: began})
	}
}

// visit is one call on its way through the door.
type visit struct {
	desk    *desk
	op      *wire.Operation
	info    Info
	in      any
	inside  bool
	invalid error // what validation found
}

// answeredKey is where a call's context carries the Info.Once that it answers.
// The name is that call's alone: the calls that it makes are others.
type answeredKey struct{}

// admit authorises, runs and records a call.
func (d *Door) admit(ctx context.Context, v *visit, in any) (out any, err error) {
	began := d.options.Clock.Now()
	h := d.enter(v, began)

	ctx = With(ctx, v.info)
	if v.info.Once != "" {
		ctx = context.WithValue(ctx, answeredKey{}, v.info.Once)
	}
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("panic in %s.%s: %v\n%s", v.desk.model.ID, v.op.Name, reason, debug.Stack())
			out = nil
		}
		told := asTold(v.desk.model, err)
		ended := d.record(ctx, entry{
			service: v.desk.model.ID, operation: v.op.Name, info: v.info,
			trace: h.trace.Root, began: began, inside: v.inside, err: err, told: told,
		})
		if h.told {
			d.tell(v, h, out, told, began, ended)
		}
		if d.auditor == nil && v.desk.measured == nil {
			return
		}
		r := &Record{
			Info: v.info, Model: v.desk.model, Operation: v.op, In: in, Out: out, Err: told, Began: began, Ended: ended, Inside: v.inside,
		}
		if v.desk.measured != nil {
			v.desk.measured.Measured(r)
		}
		if d.auditor != nil {
			d.auditor.Audit(ctx, r)
		}
	}()
	return d.run(ctx, v, in)
}

// run takes a call through its gates, in the order in which AWS does: is it
// there, may you, is it well formed.
func (d *Door) run(ctx context.Context, v *visit, in any) (any, error) {
	if v.op.Invoke == nil || v.desk.service == nil {
		return nil, wire.NotImplemented(v.desk.model.ID, v.op.Name)
	}
	if err := d.options.Authorizer.Authorize(ctx, v.info, v.desk.model, v.op, in); err != nil {
		return nil, err
	}
	if v.invalid != nil {
		return nil, v.invalid
	}
	out, err := v.op.Invoke(ctx, v.desk.service, in)
	if err != nil {
		return nil, tooLarge(err)
	}
	return out, nil
}

// tooLarge is an error of a service, which is the caller's fault where it is asked
// to store more than a row holds: a service that has no limit of AWS's for it says
// no more than that.
func tooLarge(err error) error {
	if _, known := errors.AsType[wire.Error](err); known || !errors.Is(err, kv.ErrTooLarge) {
		return err
	}
	return &wire.APIError{Code: "ValidationException", Message: "The request asks for more to be stored in one piece than can be: " + err.Error()}
}

// entry is what the log is told of a call. Inputs and outputs
// are not among it: they may be secret.
type entry struct {
	service, operation string
	info               Info
	trace              string
	began              time.Time
	inside             bool
	err                error // as it happened
	told               error // as the client gets it
}

// record writes a call's log line, and tells when the call ended.
func (d *Door) record(ctx context.Context, e entry) time.Time {
	end := d.options.Clock.Now()
	status, code, fault := 200, "", false
	if e.err != nil {
		_, _, fault = outcome(e.err)
		status, code, _ = outcome(e.told)
	}
	line := telemetry.Call{
		Service: e.service, Operation: e.operation, Status: status,
		Account: e.info.Account, Region: e.info.Region, Principal: e.info.Principal.Name(),
		Request: e.info.RequestID, Trace: e.trace, Duration: end.Sub(e.began), Inside: e.inside, Code: code,
	}
	switch {
	case fault:
		line.Log(ctx, d.options.Log, slog.LevelError, e.err)
	case d.calls != nil:
		d.calls.LogCall(&line)
	default:
		line.Log(ctx, d.options.Log, slog.LevelInfo, nil)
	}
	return end
}

// Name is the principal as logs and policies write it.
func (p Principal) Name() string {
	switch {
	case p.ARN != "":
		return p.ARN
	case p.Service != "":
		return p.Service
	default:
		return "anonymous"
	}
}
