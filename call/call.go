// Package call is the one way into an operation.
//
// The edge comes here from HTTP; workflows, gateways, deliveries, templates and
// the console come here from inside. All of them meet the same validation,
// authorisation, audit and tracing, and name an operation by (service,
// operation), so a new operation is reachable by all of them at once.
package call

import (
	"context"
	"encoding/json"
	"time"

	"maru.dev/maru/telemetry"
)

// Caller calls operations of any service by name.
//
// The context carries who calls and for which account and region (see With).
// Errors are wire.Errors when they are the caller's fault; anything else is
// ours.
type Caller interface {
	// Call runs an operation with its generated input (*<Op>Input) and returns
	// its generated output (*<Op>Output).
	Call(ctx context.Context, service, operation string, in any) (out any, err error)

	// CallJSON runs an operation with its input as a JSON document in the
	// model's own member names, and returns its output the same way. Blobs are
	// base64, timestamps are epoch seconds on the way out and either form on
	// the way in.
	CallJSON(ctx context.Context, service, operation string, in json.RawMessage) (json.RawMessage, error)
}

// Do calls an operation and asserts its output's type.
func Do[Out any](ctx context.Context, c Caller, service, operation string, in any) (Out, error) {
	out, err := c.Call(ctx, service, operation, in)
	if err != nil {
		var none Out
		return none, err
	}
	return out.(Out), nil
}

// Kind tells what sort of principal calls.
type Kind uint8

// The kinds of principal.
const (
	Anonymous Kind = iota
	Root
	User
	Role    // an assumed role
	Service // an AWS service, by its principal name (sns.amazonaws.com)
)

// Principal is who calls.
type Principal struct {
	Kind      Kind
	Account   string // 12 digits; empty for Anonymous and Service
	ARN       string
	UserID    string // as GetCallerIdentity tells it
	AccessKey string
	Service   string // the name of a Service principal
	SourceARN string // on whose behalf a Service calls
	// Of temporary credentials: since when they are, and the ARN of the role
	// that they are of. Either may not be known.
	Issued time.Time
	Issuer string
}

// Info is what an operation may know of the call it answers.
type Info struct {
	Account   string // whose resources: 12 digits
	Region    string
	Partition string // "aws"
	Principal Principal
	RequestID string
	TraceID   string // X-Amzn-Trace-Id header value: "Root=…;Parent=…;Sampled=…"
	Endpoint  string // base URL at which the caller reaches maru, without a slash at the end
	// Once, if set, names this call among its repetitions: a delivery that is
	// made again, since nobody knows whether it was made, has the same one. An
	// operation that can keeps the repetition from having its effect twice. Calls
	// that the operation makes do not have it, unless it gives them another.
	Once string
	// Behalf is the ARN of the resource for which a service of AWS has assumed the
	// principal's role, where it makes a difference to the operation; else empty.
	Behalf    string
	SourceIP  string
	UserAgent string

	asked *telemetry.HTTP // see Asked
}

// Asked returns a context in which the next call answers an HTTP request of a
// data plane: its trace shows that.
func Asked(ctx context.Context, h telemetry.HTTP) context.Context {
	info := From(ctx)
	info.asked = &h
	return With(ctx, info)
}

type infoKey struct{}

// With returns a context that carries info.
func With(ctx context.Context, info Info) context.Context {
	return context.WithValue(ctx, infoKey{}, info)
}

// From returns the Info that ctx carries, or the zero Info.
func From(ctx context.Context) Info {
	info, _ := ctx.Value(infoKey{}).(Info)
	return info
}

// As returns a context in which a service of AWS (named as
// "events.amazonaws.com") calls on behalf of sourceARN, in that account and
// region.
func As(ctx context.Context, service, sourceARN, account, region string) context.Context {
	info := From(ctx)
	info.Account, info.Region = account, region
	if info.Partition == "" {
		info.Partition = "aws"
	}
	info.Principal, info.Behalf = Principal{Kind: Service, Service: service, SourceARN: sourceARN}, ""
	return With(ctx, info)
}
