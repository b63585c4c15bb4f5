package rest

import (
	"strconv"

	"maru.dev/maru/gateway/event"
	"maru.dev/maru/gateway/jwks"
)

// caller is what is known of who calls.
type caller struct {
	allowed   bool // the API's policy lets in whoever calls
	iam       *event.IAM
	principal string         // of a Lambda authorizer
	context   map[string]any // of a Lambda authorizer
	claims    map[string]any // of a token
	usageKey  string         // the API key that a Lambda authorizer names
	keyValue  string         // the API key
	keyID     string
}

// authorizer is what the method's authorizer has found, as integrations see it;
// nil where there is none.
func (c *caller) authorizer() map[string]any {
	if c.claims != nil {
		claims := make(map[string]any, len(c.claims))
		for name, v := range c.claims {
			claims[name] = jwks.Text(v)
		}
		return map[string]any{"claims": claims}
	}
	if c.principal == "" && c.context == nil {
		return nil
	}
	out := make(map[string]any, len(c.context)+1)
	for name, v := range c.context {
		out[name] = contextText(v)
	}
	out["principalId"] = c.principal
	return out
}

// contextText is a value of a Lambda authorizer's context: all are texts.
func contextText(v any) any {
	switch v := v.(type) {
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return v
}
