package gateway

import (
	"encoding/json"
	"strings"
)

// identity is what is known of who calls: what the route's authorizer has
// found.
type identity struct {
	claims  map[string]any // JWT
	scopes  []string
	context map[string]any // of a Lambda authorizer
	iam     *iamIdentity
	user    string // principalId of a Lambda authorizer's policy
}

// iamIdentity is a caller known by a signature.
type iamIdentity struct {
	AccessKey       string  `json:"accessKey"`
	AccountID       string  `json:"accountId"`
	CallerID        string  `json:"callerId"`
	CognitoIdentity *string `json:"cognitoIdentity"`
	PrincipalOrgID  *string `json:"principalOrgId"`
	UserARN         string  `json:"userArn"`
	UserID          string  `json:"userId"`
}

// authorizerV2 is requestContext.authorizer in events of format 2.0.
type authorizerV2 struct {
	JWT    *jwtV2         `json:"jwt,omitempty"`
	Lambda map[string]any `json:"lambda,omitempty"`
	IAM    *iamIdentity   `json:"iam,omitempty"`
}

// jwtV2 is a token's content. All claims are text.
type jwtV2 struct {
	Claims map[string]string `json:"claims"`
	Scopes []string          `json:"scopes"`
}

// v2 is the identity in events of format 2.0; nil when nothing is known.
func (i *identity) v2() *authorizerV2 {
	switch {
	case i.claims != nil:
		return &authorizerV2{JWT: &jwtV2{Claims: i.textClaims(), Scopes: i.scopes}}
	case i.iam != nil:
		return &authorizerV2{IAM: i.iam}
	case i.context != nil:
		return &authorizerV2{Lambda: i.context}
	}
	return nil
}

// v1 is the identity in events of format 1.0.
func (i *identity) v1() map[string]any {
	switch {
	case i.claims != nil:
		return map[string]any{"claims": i.textClaims(), "scopes": i.scopes}
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

// textClaims are a token's claims as text.
func (i *identity) textClaims() map[string]string {
	out := make(map[string]string, len(i.claims))
	for name, v := range i.claims {
		out[name] = claimText(v)
	}
	return out
}

// claimText is a claim as text: lists in brackets, as API Gateway writes them.
func claimText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []any:
		parts := make([]string, len(v))
		for i, part := range v {
			parts[i] = claimText(part)
		}
		return "[" + strings.Join(parts, " ") + "]"
	default:
		raw, err := json.Marshal(v)
		if err != nil {
			return ""
		}
		return string(raw)
	}
}
