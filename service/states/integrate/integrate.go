package integrate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"maru.dev/maru/call"
	"maru.dev/maru/pattern/value"
	"maru.dev/maru/service"
	"maru.dev/maru/service/states/asl"
	"maru.dev/maru/service/states/flow"
	"maru.dev/maru/task"
	"maru.dev/maru/wire"
)

// Integrations call services through a Caller.
type Integrations struct {
	deps   service.Deps
	caller call.Caller
	uuid   func() string

	services call.Directory // definitions name services as SDKs do
}

// New returns integrations.
func New(d service.Deps) *Integrations {
	return &Integrations{deps: d, caller: d.Caller, uuid: d.IDs.UUID, services: call.Directory{Caller: d.Caller}}
}

// target is the operation that a resource leads to.
type target struct {
	svc *wire.Service
	op  *wire.Operation
	opt *optimized // nil: through the SDK
}

// naming is how the target's members are called.
func (t *target) naming() naming {
	if t.opt != nil {
		return native
	}
	return java
}

// find looks up the operation of a resource; ok is false when there is none.
func (i *Integrations) find(res *asl.Resource) (target, bool) {
	name, action := res.Service, res.Action
	var opt *optimized
	if res.Kind == asl.OptimizedService {
		o, ok := optimizedFor(res.Service, res.Action)
		if !ok {
			return target{}, false
		}
		opt, name = &o, o.service
		action = o.operation
	}
	svc := i.services.Named(name)
	if svc == nil {
		return target{}, false
	}
	for n := range svc.Operations {
		if op := &svc.Operations[n]; strings.EqualFold(op.Name, action) && action[1:] == op.Name[1:] {
			return target{svc, op, opt}, true
		}
	}
	return target{}, false
}

// Known tells whether a service integration leads to an operation that AWS has.
// Of services that maru does not serve it knows the names alone.
func (i *Integrations) Known(res *asl.Resource) bool {
	if res.Kind != asl.SDKService {
		return true // the validator knows the optimized ones
	}
	if i.services.Named(res.Service) == nil {
		return isService(res.Service)
	}
	_, ok := i.find(res)
	return ok
}

// Check tells why a task cannot be started with its arguments: nil if it can.
func (i *Integrations) Check(res *asl.Resource, args any) *flow.Failure {
	if res.Kind != asl.OptimizedService && res.Kind != asl.SDKService {
		return nil
	}
	t, ok := i.find(res)
	if !ok || t.op.New == nil || t.op.Input == wire.NoShape {
		return nil
	}
	_, faults := t.input(args)
	if len(faults) == 0 {
		return nil
	}
	return &flow.Failure{
		Name: flow.ErrRuntime, Evaluated: true,
		Cause: fmt.Sprintf("The Parameters '%s' could not be used to start the Task: [%s]", value.Text(args), strings.Join(faults, ", ")),
	}
}

// input converts a task's arguments to the operation's document.
func (t *target) input(args any) (*value.Object, []string) {
	o, ok := args.(*value.Object)
	if !ok {
		return nil, []string{"The Parameters must be a JSON object"}
	}
	if t.opt != nil && t.opt.prepare != nil {
		o = t.opt.prepare(o)
	}
	c := toModel{svc: t.svc, naming: t.naming(), lenient: t.opt != nil}
	doc := c.structure(t.op.Input, o)
	return doc, c.faults
}

// Request is a task that is to be done.
type Request struct {
	Resource *asl.Resource
	Args     any
	// Execution and Machine are the ARNs of whoever asks, Role that of the role
	// that ctx is in.
	Execution, Machine, Role string
	// Token is what a nested execution is to be answered by, if it is awaited.
	Token string
	// Trace, if set, notes the HTTP request of the task and its answer.
	Trace *HTTPTrace
}

// HTTPTrace is what a task has exchanged with its endpoint.
type HTTPTrace struct {
	Reveal  bool // what a connection adds to the request
	Request *task.Request
	Reply   *task.Reply
}

// note keeps an exchange: the request as the task has it, or as it was signed.
func (t *HTTPTrace) note(plain, signed *task.Request, reply *task.Reply) {
	if t == nil {
		return
	}
	t.Request, t.Reply = plain, reply
	if t.Reveal {
		t.Request = signed
	}
}

type tokenKey struct{}

// AwaitedBy returns the token of the task that awaits what is started in ctx.
func AwaitedBy(ctx context.Context) string {
	token, _ := ctx.Value(tokenKey{}).(string)
	return token
}

// Call does a task and returns its result. A *flow.Failure is the task's own
// failure; any other error is one after which the call may be made again.
func (i *Integrations) Call(ctx context.Context, r Request) (any, error) {
	if r.Resource.Kind == asl.LambdaFunction {
		return i.invoke(ctx, r)
	}
	if _, object := r.Args.(*value.Object); object && r.Resource.Kind == asl.OptimizedService {
		switch r.Resource.Service + ":" + r.Resource.Action {
		case "http:invoke":
			return i.httpInvoke(ctx, r)
		case "apigateway:invoke":
			return i.gatewayInvoke(ctx, r)
		}
	}
	t, ok := i.find(r.Resource)
	if !ok {
		return nil, &flow.Failure{Name: flow.ErrRuntime, Cause: "The resource " + r.Resource.ARN + " is not served by maru; docs/services/ lists what is."}
	}
	doc, faults := t.input(r.Args)
	if len(faults) > 0 {
		return nil, &flow.Failure{Name: flow.ErrRuntime, Cause: strings.Join(faults, ", ")}
	}
	if t.opt != nil && t.opt.adjust != nil {
		t.opt.adjust(doc, r)
	}
	if r.Token != "" {
		ctx = context.WithValue(ctx, tokenKey{}, r.Token)
	}
	out, err := i.caller.CallJSON(ctx, t.svc.ID, t.op.Name, json.RawMessage(value.Text(doc)))
	if err != nil {
		return nil, i.failure(ctx, &t, err)
	}
	return i.result(&t, out)
}

// result converts what an operation returned.
func (i *Integrations) result(t *target, out json.RawMessage) (any, error) {
	v, err := value.Parse(out)
	if err != nil {
		return nil, fmt.Errorf("read output of %s: %w", t.op.Name, err)
	}
	c := fromModel{svc: t.svc, naming: t.naming(), epoch: t.opt != nil}
	if t.op.Output != wire.NoShape {
		v = c.value(t.op.Output, v)
	}
	if t.opt == nil {
		return v, nil
	}
	o, _ := v.(*value.Object)
	if t.opt.finish != nil {
		var f *flow.Failure
		if o, f = t.opt.finish(o); f != nil {
			return nil, f
		}
	}
	return i.withMetadata(o, len(out)), nil
}

// failure makes a task's failure of a call's error.
func (i *Integrations) failure(ctx context.Context, t *target, err error) error {
	known, ok := errors.AsType[wire.Error](err)
	if !ok {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		known = &wire.APIError{Code: "InternalFailure", Message: "The request processing has failed because of an unknown error, exception or failure.", Status: 500}
		if t.svc == nil {
			return err
		}
	}
	status, code, message := known.HTTPStatus(), known.ErrorCode(), known.ErrorMessage()
	if status == 0 {
		status = 400
	}
	request := i.uuid()
	if t.opt != nil {
		name := code
		if !strings.HasSuffix(name, "Exception") && t.opt.suffixed {
			name += "Exception"
		}
		return &flow.Failure{
			Name:  t.opt.prefix + "." + name,
			Cause: fmt.Sprintf("%s (Service: %s; Status Code: %d; Error Code: %s; Request ID: %s; Proxy: null)", message, t.opt.client, status, code, request),
		}
	}
	prefix := Pascal(t.svc.ServiceID)
	name := prefix + "Exception"
	if modelled(t.svc, code) {
		name = exceptionName(code)
	}
	return &flow.Failure{
		Name:  prefix + "." + name,
		Cause: fmt.Sprintf("%s (Service: %s, Status Code: %d, Request ID: %s)", message, prefix, status, request),
	}
}

// modelled tells whether a service's model has an exception of a code.
func modelled(svc *wire.Service, code string) bool {
	for i := range svc.Shapes {
		if s := &svc.Shapes[i]; s.Error != nil && (s.Name == code || s.Error.Code == code) {
			return true
		}
	}
	return false
}

// withMetadata adds what optimized integrations tell of the HTTP exchange.
func (i *Integrations) withMetadata(o *value.Object, length int) *value.Object {
	if o == nil {
		o = value.NewObject(2)
	}
	request := i.uuid()
	lists := value.Of(
		"x-amzn-RequestId", []any{request},
		"Content-Length", []any{fmt.Sprint(length)},
		"Date", []any{i.deps.Clock.Now().Format("Mon, 02 Jan 2006 15:04:05 GMT")},
		"Content-Type", []any{"application/x-amz-json-1.0"},
	)
	single := value.NewObject(lists.Len())
	for name, v := range lists.All() {
		single.Set(name, v.([]any)[0])
	}
	o.Set("SdkHttpMetadata", value.Of("AllHttpHeaders", lists, "HttpHeaders", single, "HttpStatusCode", int64(200)))
	o.Set("SdkResponseMetadata", value.Of("RequestId", request))
	return o
}
