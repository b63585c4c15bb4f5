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

	size int // of the function's answer, in bytes
}

// Read reads a verdict in the form that is asked for: a yes or no (simple), or a
// policy.
func Read(payload []byte, simple bool) (*Verdict, error) {
	v := &Verdict{size: len(payload)}
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

// maxKept is how much of verdicts is kept, in bytes: a function may say much, and to
// each of many callers something else.
const maxKept = 64 << 20

// keptSize is about what it takes to keep a verdict, beside what it says and of whom.
const keptSize = 512

// Kept are the verdicts that count still.
type Kept struct{ answers kept.Answers[Key, *Verdict] }

// NewKept returns a cache without verdicts.
func NewKept() *Kept {
	return &Kept{kept.Answers[Key, *Verdict]{Limit: maxKept}}
}

// Get returns a verdict that counts still.
func (k *Kept) Get(key Key, now time.Time) (*Verdict, bool) { return k.answers.Get(key, now) }

// Put keeps a verdict until a time.
func (k *Kept) Put(key Key, v *Verdict, now, until time.Time) {
	k.answers.Put(key, v, keptSize+len(key.Identities)+v.size, now, until)
}
