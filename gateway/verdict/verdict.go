// Package verdict is what Lambda authorizers say of requests.
package verdict

import (
	"encoding/json"
	"errors"
	"time"

	"maru.dev/maru/gateway/kept"
	"maru.dev/maru/gateway/policy"
)

// Timeout is how long a function may take to know a caller.
const Timeout = 10 * time.Second

// errInvalid is why a function's verdict is none.
var errInvalid = errors.New("the Lambda authorizer has returned an invalid response")

// Verdict is what a Lambda authorizer says, in either of its forms.
type Verdict struct {
	IsAuthorized   *bool            `json:"isAuthorized"`
	Context        map[string]any   `json:"context"`
	PrincipalID    string           `json:"principalId"`
	PolicyDocument *policy.Document `json:"policyDocument"`
	// UsageIdentifierKey is the API key that the request counts for.
	UsageIdentifierKey string `json:"usageIdentifierKey"`
}

// Read reads a verdict in the form that is asked for: a yes or no (simple), or a
// policy.
func Read(payload []byte, simple bool) (*Verdict, error) {
	v := &Verdict{}
	if err := json.Unmarshal(payload, v); err != nil {
		return nil, errors.Join(errInvalid, err)
	}
	if simple && v.IsAuthorized == nil || !simple && v.PolicyDocument == nil {
		return nil, errInvalid
	}
	if simple {
		v.PolicyDocument = nil
	} else {
		v.IsAuthorized = nil
	}
	return v, nil
}

// Allows tells whether the verdict lets a call of a route pass.
func (v *Verdict) Allows(routeARN string) bool { return v.Judge(routeARN) == policy.Allowed }

// Judge is Allows, and tells a denial from a want of permission.
func (v *Verdict) Judge(routeARN string) policy.Effect {
	switch {
	case v.IsAuthorized == nil:
		return v.PolicyDocument.Judge("execute-api:Invoke", routeARN)
	case *v.IsAuthorized:
		return policy.Allowed
	}
	return policy.None
}

// Key is for whom an authorizer has answered.
type Key struct {
	API, Stage, Authorizer, Identities string
	Epoch                              uint64
}

// Kept are the verdicts that count still.
type Kept struct{ kept.Answers[Key, *Verdict] }

// NewKept returns a cache without verdicts.
func NewKept() *Kept {
	return &Kept{kept.Answers[Key, *Verdict]{Limit: 100_000}}
}
