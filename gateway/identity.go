package gateway

import (
	"maru.dev/maru/gateway/event"
	"maru.dev/maru/gateway/jwks"
)

// identity is what is known of who calls: what the route's authorizer has
// found.
type identity struct {
	claims  map[string]any // JWT
	scopes  []string
	context map[string]any // of a Lambda authorizer
	iam     *event.IAM
	user    string // principalId of a Lambda authorizer's policy
}

// v2 is the identity in events of format 2.0; nil when nothing is known.
func (i *identity) v2() *event.AuthorizerV2 {
	switch {
	case i.claims != nil:
		return &event.AuthorizerV2{JWT: &event.JWT{Claims: jwks.Texts(i.claims), Scopes: i.scopes}}
	case i.iam != nil:
		return &event.AuthorizerV2{IAM: i.iam}
	case i.context != nil:
		return &event.AuthorizerV2{Lambda: i.context}
	}
	return nil
}

// v1 is the identity in events of format 1.0.
func (i *identity) v1() map[string]any {
	switch {
	case i.claims != nil:
		return map[string]any{"claims": jwks.Texts(i.claims), "scopes": i.scopes}
	case i.context != nil || i.user != "":
		out := make(map[string]any, len(i.context)+1)
		for name, v := range i.context {
			out[name] = v
		}
		out["principalId"] = i.user
		return out
	}
	return nil
}
