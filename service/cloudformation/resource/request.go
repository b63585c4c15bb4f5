package resource

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"maru.dev/maru/api/apigateway"
	apigatewayv2 "maru.dev/maru/api/apigatewayv2"
	cloudformation "maru.dev/maru/api/cloudformation"
	"maru.dev/maru/api/cloudtrail"
	"maru.dev/maru/api/cloudwatch"
	dynamodb "maru.dev/maru/api/dynamodb"
	"maru.dev/maru/api/ecr"
	events "maru.dev/maru/api/events"
	iam "maru.dev/maru/api/iam"
	lambda "maru.dev/maru/api/lambda"
	logs "maru.dev/maru/api/logs"
	pipes "maru.dev/maru/api/pipes"
	s3 "maru.dev/maru/api/s3"
	scheduler "maru.dev/maru/api/scheduler"
	schemas "maru.dev/maru/api/schemas"
	ses "maru.dev/maru/api/ses"
	sesv2 "maru.dev/maru/api/sesv2"
	sns "maru.dev/maru/api/sns"
	sqs "maru.dev/maru/api/sqs"
	ssm "maru.dev/maru/api/ssm"
	states "maru.dev/maru/api/states"
	"maru.dev/maru/api/xray"
	"maru.dev/maru/ids"
	"maru.dev/maru/wire"
)

// modelOf finds the model of a service that types call.
func modelOf(service string) *wire.Service {
	for _, m := range []*wire.Service{
		apigateway.Model, apigatewayv2.Model, cloudformation.Model, cloudtrail.Model, cloudwatch.Model, dynamodb.Model, ecr.Model, events.Model, iam.Model, lambda.Model, logs.Model, pipes.Model,
		s3.Model, scheduler.Model, schemas.Model, ses.Model, sesv2.Model, sns.Model, sqs.Model, ssm.Model, states.Model,
		xray.Model,
	} {
		if m.ID == service {
			return m
		}
	}
	return nil
}

// ErrAgain asks for another run of the same step a little later: something is
// still under way in the resource.
var ErrAgain = errors.New("resource: not yet")

// TroubleError is a failure of the platform itself, which may be gone when the call
// is made again.
type TroubleError struct{ cause error }

// Error is for logs.
func (t *TroubleError) Error() string { return t.cause.Error() }

// Unwrap gives the cause to errors.Is and errors.As.
func (t *TroubleError) Unwrap() error { return t.cause }

// FaultError is what a service answered to a call for a resource, in the words that
// CloudFormation reports it in.
type FaultError struct {
	Service string // AWS's own name of it
	Cause   wire.Error
	Token   string
}

// Error is the status reason.
func (f *FaultError) Error() string {
	return fmt.Sprintf("Resource handler returned message: %q (RequestToken: %s, HandlerErrorCode: %s)",
		fmt.Sprintf("%s (Service: %s, Status Code: %d)", f.Cause.ErrorMessage(), f.Service, f.Cause.HTTPStatus()),
		f.Token, f.code())
}

// Unwrap gives the service's error to errors.As.
func (f *FaultError) Unwrap() error { return f.Cause }

// code is the fault's kind among CloudFormation's own.
func (f *FaultError) code() string {
	switch {
	case exists(f.Cause):
		return "AlreadyExists"
	case gone(f.Cause):
		return "NotFound"
	case f.Cause.HTTPStatus() == 403:
		return "AccessDenied"
	case f.Cause.HTTPStatus() >= 500:
		return "GeneralServiceException"
	}
	return "InvalidRequest"
}

// codeOf is the code of a service's error; "" of any other.
func codeOf(err error) string {
	if e, ok := errors.AsType[wire.Error](err); ok {
		return e.ErrorCode()
	}
	return ""
}

// exists tells whether an error says that something is there already.
func exists(err error) bool {
	switch code := codeOf(err); code {
	case "ResourceConflictException", "ResourceInUseException", "EntityAlreadyExists", "ConflictException",
		"BucketAlreadyOwnedByYou", "BucketAlreadyExists", "QueueAlreadyExists", "QueueNameExists", "ParameterAlreadyExists":
		return true
	default:
		return strings.Contains(code, "AlreadyExist")
	}
}

// gone tells whether an error says that something is not there.
func gone(err error) bool {
	e, ok := errors.AsType[wire.Error](err)
	if !ok {
		return false
	}
	code := e.ErrorCode()
	for _, part := range []string{"NotFound", "NoSuch", "NonExistent", "DoesNotExist"} {
		if strings.Contains(code, part) {
			return true
		}
	}
	return false
}

// forget drops an error that says that what was to be removed is gone.
func forget(err error) error {
	if gone(err) {
		return nil
	}
	return err
}

// do calls an operation. in is fitted to the operation's model.
func (r *Request) do(ctx context.Context, service, operation string, in obj) (obj, error) {
	model := modelOf(service)
	if model == nil {
		return nil, fmt.Errorf("no model of service %s", service)
	}
	for i := range model.Operations {
		if model.Operations[i].Name == operation {
			return r.invoke(ctx, model, &model.Operations[i], in)
		}
	}
	return nil, fmt.Errorf("no operation %s in service %s", operation, service)
}

// invoke is do with the operation found.
func (r *Request) invoke(ctx context.Context, model *wire.Service, op *wire.Operation, in obj) (obj, error) {
	fitted := any(in)
	if op.Input != wire.NoShape && in != nil {
		var err error
		if fitted, err = fit(model, op.Input, in); err != nil {
			return nil, fmt.Errorf("Properties validation failed for resource %s with message:\n%w", r.Logical, err)
		}
	}
	body, err := json.Marshal(fitted)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", op.Name, err)
	}
	raw, err := r.Caller.CallJSON(ctx, model.ID, op.Name, body)
	if err != nil {
		if cause, ok := errors.AsType[wire.Error](err); ok {
			return nil, &FaultError{Service: model.ServiceID, Cause: cause, Token: r.Token}
		}
		return nil, &TroubleError{fmt.Errorf("%s.%s: %w", model.ID, op.Name, err)}
	}
	return decode(raw)
}

// decode reads an operation's output.
func decode(raw []byte) (obj, error) {
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	dec.UseNumber()
	out := obj{}
	if err := dec.Decode(&out); err != nil {
		return nil, fmt.Errorf("decode output: %w", err)
	}
	return out, nil
}

// arn is the ARN of something in the stack's account and region.
func (r *Request) arn(service, resource string) string {
	return "arn:" + r.Partition + ":" + service + ":" + r.Region + ":" + r.Account + ":" + resource
}

// naming is how long names of a kind may be, and of what their random part is.
type naming struct {
	max    int
	lower  bool
	suffix string // ".fifo"
}

// name is the value of the property that names the resource or, where it is
// not set, a name made of the stack's, the logical id and the token.
func (r *Request) name(property string, n naming) string {
	if v := r.str(property); v != "" {
		return v
	}
	return r.madeName(n)
}

// madeName is a name that nobody chose.
func (r *Request) madeName(n naming) string {
	random := randomPart(r.Token, n.lower)
	stack, logical := r.StackName, r.Logical
	room := n.max - len(random) - 2 - len(n.suffix)
	if len(stack)+len(logical) > room {
		logical = logical[:min(len(logical), max(room/2, room-len(stack)))]
		stack = stack[:max(0, min(len(stack), room-len(logical)))]
	}
	out := stack + "-" + logical + "-" + random + n.suffix
	if n.lower {
		out = strings.ToLower(out)
	}
	return strings.TrimLeft(out, "-")
}

// randomPart is the same twelve characters for the same token.
func randomPart(token string, lower bool) string {
	alphabet := ids.Alnum
	if lower {
		alphabet = ids.Lower
	}
	sum := sha256.Sum256([]byte(token))
	out := make([]byte, 12)
	for i := range out {
		out[i] = alphabet[int(sum[i])%len(alphabet)]
	}
	return string(out)
}

// find pages through a list operation and returns the first item that match
// accepts.
func (r *Request) find(ctx context.Context, service, operation string, in obj, items, token, into string, match func(obj) bool) (obj, error) {
	in = pickAll(in)
	for {
		out, err := r.do(ctx, service, operation, in)
		if err != nil {
			return nil, err
		}
		for _, i := range list(out[items]) {
			if m := object(i); match(m) {
				return m, nil
			}
		}
		next := text(out[token])
		if next == "" {
			return nil, nil
		}
		in[into] = next
	}
}

// pickAll copies an object.
func pickAll(m obj) obj {
	out := make(obj, len(m))
	for k, v := range m {
		out[k] = v
	}
	return out
}
