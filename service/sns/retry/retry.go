// Package retry reads the delivery policies of HTTP(S) subscriptions: how often
// and when a delivery is tried again.
package retry

import (
	"encoding/json"
	"time"

	"maru.dev/maru/service/sns/names"
	"maru.dev/maru/task"
)

// retryPolicy is the healthy retry policy of HTTP(S) endpoints: immediate
// retries, then some at the least delay, a backoff from least to most, and some
// at the most.
type retryPolicy struct {
	MinDelayTarget     int    `json:"minDelayTarget"`
	MaxDelayTarget     int    `json:"maxDelayTarget"`
	NumRetries         int    `json:"numRetries"`
	NumMaxDelayRetries int    `json:"numMaxDelayRetries"`
	NumNoDelayRetries  int    `json:"numNoDelayRetries"`
	NumMinDelayRetries int    `json:"numMinDelayRetries"`
	BackoffFunction    string `json:"backoffFunction"`
}

// throttlePolicy limits deliveries a second; it is stored only.
type throttlePolicy struct {
	MaxReceivesPerSecond int `json:"maxReceivesPerSecond,omitempty"`
}

// requestPolicy shapes HTTP requests.
type requestPolicy struct {
	HeaderContentType string `json:"headerContentType,omitempty"`
}

// httpPolicy is what a topic says of HTTP(S) deliveries.
type httpPolicy struct {
	DefaultHealthyRetryPolicy    *retryPolicy    `json:"defaultHealthyRetryPolicy,omitempty"`
	DisableSubscriptionOverrides bool            `json:"disableSubscriptionOverrides"`
	DefaultThrottlePolicy        *throttlePolicy `json:"defaultThrottlePolicy,omitempty"`
	DefaultRequestPolicy         *requestPolicy  `json:"defaultRequestPolicy,omitempty"`
}

// Topic is a topic's DeliveryPolicy.
type Topic struct {
	HTTP httpPolicy `json:"http"`
}

// Subscription is a subscription's DeliveryPolicy.
type Subscription struct {
	HealthyRetryPolicy *retryPolicy    `json:"healthyRetryPolicy,omitempty"`
	ThrottlePolicy     *throttlePolicy `json:"throttlePolicy,omitempty"`
	RequestPolicy      *requestPolicy  `json:"requestPolicy,omitempty"`
}

// defaultContentType is the content type of HTTP deliveries.
const defaultContentType = "text/plain; charset=UTF-8"

// defaultRetries is the retry policy where nobody says otherwise.
func defaultRetries() retryPolicy {
	return retryPolicy{MinDelayTarget: 20, MaxDelayTarget: 20, NumRetries: 3, BackoffFunction: "linear"}
}

// UnmarshalJSON fills in what is not said with the defaults.
func (r *retryPolicy) UnmarshalJSON(raw []byte) error {
	type plain retryPolicy
	p := plain(defaultRetries())
	if err := json.Unmarshal(raw, &p); err != nil {
		return err
	}
	*r = retryPolicy(p)
	return nil
}

// check tells what is out of bounds.
func (r *retryPolicy) check() error {
	const at = "DeliveryPolicy: healthyRetryPolicy."
	switch {
	case r == nil:
		return nil
	case r.MinDelayTarget < 1 || r.MinDelayTarget > 3600:
		return names.Invalid("%sminDelayTarget must be specified", at)
	case r.MaxDelayTarget < r.MinDelayTarget || r.MaxDelayTarget > 3600:
		return names.Invalid("%smaxDelayTarget must be greater than or equal to minDelayTarget", at)
	case r.NumRetries < 0 || r.NumRetries > 100:
		return names.Invalid("%snumRetries must be less than or equal to 100", at)
	case r.NumNoDelayRetries < 0 || r.NumMinDelayRetries < 0 || r.NumMaxDelayRetries < 0,
		r.NumNoDelayRetries+r.NumMinDelayRetries+r.NumMaxDelayRetries > r.NumRetries:
		return names.Invalid("%snumRetries must be greater than or equal to the sum of numMinDelayRetries, numNoDelayRetries and numMaxDelayRetries", at)
	}
	switch r.BackoffFunction {
	case "linear", "arithmetic", "geometric", "exponential":
		return nil
	}
	return names.Invalid("%sbackoffFunction must be one of: linear, arithmetic, geometric, exponential", at)
}

// phases returns the policy as package task has it.
func (r *retryPolicy) phases() task.Policy {
	least, most := time.Duration(r.MinDelayTarget)*time.Second, time.Duration(r.MaxDelayTarget)*time.Second
	growth := map[string]task.Growth{
		"linear": task.Linear, "arithmetic": task.Arithmetic, "geometric": task.Geometric, "exponential": task.Exponential,
	}[r.BackoffFunction]
	between := r.NumRetries - r.NumNoDelayRetries - r.NumMinDelayRetries - r.NumMaxDelayRetries
	all := []task.Phase{
		{Tries: r.NumNoDelayRetries},
		{Tries: r.NumMinDelayRetries, Min: least},
		{Tries: between, Min: least, Max: most, Growth: growth},
		{Tries: r.NumMaxDelayRetries, Min: most},
	}
	if r.NumRetries == 0 {
		return task.Policy{MaxAttempts: 1}
	}
	return task.Policy{Phases: all}
}

// ParseTopic reads a topic's DeliveryPolicy; the empty one says nothing.
func ParseTopic(text string) (Topic, error) {
	var p Topic
	if text == "" {
		return p, nil
	}
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return p, names.Invalid("DeliveryPolicy: failed to parse JSON.")
	}
	return p, p.HTTP.DefaultHealthyRetryPolicy.check()
}

// ParseSubscription reads a subscription's DeliveryPolicy.
func ParseSubscription(text string) (Subscription, error) {
	var p Subscription
	if text == "" {
		return p, nil
	}
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return p, names.Invalid("DeliveryPolicy: failed to parse JSON.")
	}
	return p, p.HealthyRetryPolicy.check()
}

// Effective is the topic's policy with all defaults, as JSON.
func (p Topic) Effective() string {
	if p.HTTP.DefaultHealthyRetryPolicy == nil {
		p.HTTP.DefaultHealthyRetryPolicy = new(defaultRetries())
	}
	if p.HTTP.DefaultRequestPolicy == nil {
		p.HTTP.DefaultRequestPolicy = &requestPolicy{HeaderContentType: defaultContentType}
	}
	return mustJSON(p)
}

// Over returns the subscription's policy over that of its topic.
func (p Subscription) Over(t Topic) Subscription {
	if t.HTTP.DisableSubscriptionOverrides {
		p = Subscription{}
	}
	if p.HealthyRetryPolicy == nil {
		p.HealthyRetryPolicy = t.HTTP.DefaultHealthyRetryPolicy
	}
	if p.HealthyRetryPolicy == nil {
		p.HealthyRetryPolicy = new(defaultRetries())
	}
	if p.ThrottlePolicy == nil {
		p.ThrottlePolicy = t.HTTP.DefaultThrottlePolicy
	}
	if p.RequestPolicy == nil {
		p.RequestPolicy = t.HTTP.DefaultRequestPolicy
	}
	if p.RequestPolicy == nil || p.RequestPolicy.HeaderContentType == "" {
		p.RequestPolicy = &requestPolicy{HeaderContentType: defaultContentType}
	}
	return p
}

// Policy is how deliveries are retried by p, which is the result of Over.
func (p Subscription) Policy() task.Policy { return p.HealthyRetryPolicy.phases() }

// ContentType is what requests say their content is; p is the result of Over.
func (p Subscription) ContentType() string { return p.RequestPolicy.HeaderContentType }

// JSON is p as text.
func (p Subscription) JSON() string { return mustJSON(p) }

// Managed is how endpoints of AWS itself are retried: 100,015 times over
// 23 days.
func Managed() task.Policy {
	return task.Policy{Phases: []task.Phase{
		{Tries: 3},
		{Tries: 2, Min: time.Second},
		{Tries: 10, Min: time.Second, Max: 20 * time.Second, Growth: task.Exponential},
		{Tries: 100_000, Min: 20 * time.Second},
	}}
}

// mustJSON encodes what always can be encoded.
func mustJSON(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(raw)
}
