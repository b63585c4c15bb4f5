package auth

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"

	"maru.dev/maru/call"
)

// Plane admits the callers of a data plane, whose requests are signed as those
// of a service are, though they are none of its API's.
type Plane struct {
	Verifier *Verifier
	Rules    Enforcing
	Service  string // signing name: "execute-api"
}

// Admit proves who has signed a request with a given body, and judges whether
// they may have the access that it is. r is as it arrived: its RequestURI and
// Host are those that were signed. An error that is the caller's fault is a
// *wire.APIError.
func (p Plane) Admit(r *http.Request, body []byte, a call.Access) (call.Principal, error) {
	ctx := r.Context()
	who, err := p.identify(ctx, r, body)
	if err != nil {
		return who, err
	}
	if err := p.AdmitAs(ctx, who, a); err != nil {
		return who, err
	}
	return who, nil
}

// AdmitAs judges whether a caller that is known may have an access.
func (p Plane) AdmitAs(ctx context.Context, who call.Principal, a call.Access) error {
	info := call.From(ctx)
	info.Principal = who
	if err := p.Rules.Judge(info, &a); err != nil {
		return err
	}
	return nil
}

// identify proves a signature.
func (p Plane) identify(ctx context.Context, r *http.Request, body []byte) (call.Principal, error) {
	claim := Parse(r)
	if claim.Signed && claim.Service != p.Service {
		f := &Fault{Kind: Mismatch, Detail: "Credential should be scoped to correct service: '" + p.Service + "'. "}
		return call.Principal{}, f.In(JSON)
	}
	sum := sha256.Sum256(body)
	id, err := p.Verifier.Identify(ctx, r, &claim, hex.EncodeToString(sum[:]))
	if fault, ok := errors.AsType[*Fault](err); ok {
		return call.Principal{}, fault.In(JSON)
	}
	return id.Principal, err
}
