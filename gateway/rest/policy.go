package rest

import (
	"strconv"
	"strings"
	"time"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/auth/policy"
	"maru.dev/maru/gateway/event"
	"maru.dev/maru/wire"
)

// judgePolicy asks the API's own policy, if it has one. Where a method knows its
// callers by signatures or a function, what those say counts, too.
func judgePolicy(x *exchange) *reply {
	d := x.deployment
	if d.policyErr != nil {
		return x.broken(d.policyErr.Error())
	}
	if d.policy == nil {
		return nil
	}
	switch authorizationOf(x.method.Method) {
	case authIAM:
		return nil // it is asked about who has signed
	case authFunction:
		if effect := x.judge(policy.Caller{}); effect != policy.Denied {
			x.caller.allowed = effect == policy.Allowed
			return nil // the authorizer may
		}
	}
	return x.unless(x.judge(policy.Caller{}), "anonymous")
}

// unless refuses a caller whom the policy does not let in.
func (x *exchange) unless(effect policy.Effect, name string) *reply {
	says := "User: " + name + " is not authorized to perform: execute-api:Invoke on resource: " + masked(x.methodARN())
	switch effect {
	case policy.Allowed, policy.Delegated:
		return nil
	case policy.Denied:
		says += " with an explicit deny"
	case policy.None:
	}
	return x.refuse(accessDenied, says)
}

// judge tells what the API's policy says of a caller.
func (x *exchange) judge(who policy.Caller) policy.Effect {
	now := x.began.UTC()
	values := map[string][]string{
		"aws:sourceip": {x.info.SourceIP}, "aws:currenttime": {now.Format(time.RFC3339)}, "aws:epochtime": {strconv.FormatInt(now.Unix(), 10)},
		"aws:securetransport": {strconv.FormatBool(x.r.TLS != nil)},
	}
	for key, header := range map[string]string{"aws:useragent": "User-Agent", "aws:referer": "Referer"} {
		if v := x.r.Header.Get(header); v != "" {
			values[key] = []string{v}
		}
	}
	return x.deployment.policy.Evaluate(&policy.Request{
		Caller: who, Action: invokeAction, Resource: x.methodARN(), Context: values,
	})
}

// masked is an ARN with its account hidden but for the last digits, as AWS tells
// it to strangers.
func masked(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) == 6 && len(parts[4]) == 12 {
		parts[4] = "********" + parts[4][8:]
	}
	return strings.Join(parts, ":")
}

// authorizationOf is how a method knows its callers.
func authorizationOf(m *api.Method) string { return wire.Or(m.AuthorizationType, authNone) }

// callerOf is a caller as policies know it.
func callerOf(who *event.IAM) policy.Caller {
	return policy.Caller{Account: who.AccountID, ARN: who.UserARN}
}
