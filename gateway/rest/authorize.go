package rest

import (
	"errors"
	"regexp"
	"strings"
	"time"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/auth/policy"
	"maru.dev/maru/gateway/rest/mapping"
	"maru.dev/maru/gateway/signed"
	"maru.dev/maru/pattern/entire"
	"maru.dev/maru/wire"
)

// How methods know their callers.
const (
	authNone     = "NONE"
	authIAM      = "AWS_IAM"
	authFunction = "CUSTOM"
	authPool     = "COGNITO_USER_POOLS"
)

// The actions that callers need permission for.
const (
	invokeAction     = "execute-api:Invoke"
	invalidateAction = "execute-api:InvalidateCache"
)

// authorizerPlan is an authorizer made ready to ask.
type authorizerPlan struct {
	*api.Authorizer

	sources []mapping.Expression
	ttl     time.Duration
	valid   *regexp.Regexp // nil: any token
	broken  error
}

// compileAuthorizer parses an authorizer's identity sources.
func compileAuthorizer(a *api.Authorizer) *authorizerPlan {
	p := &authorizerPlan{Authorizer: a, ttl: time.Duration(wire.Or(a.AuthorizerResultTtlInSeconds, 300)) * time.Second}
	for s := range strings.SplitSeq(wire.Value(a.IdentitySource), ",") {
		if s = strings.TrimSpace(s); s == "" {
			continue
		}
		e, err := mapping.ParseExpression(s)
		if err != nil {
			p.broken = err
		}
		p.sources = append(p.sources, e)
	}
	if text := wire.Value(a.IdentityValidationExpression); text != "" && p.broken == nil {
		p.valid, p.broken = entire.Compile(text)
	}
	return p
}

// authorize finds out who calls, in the way that the method asks for.
func (g *Gateway) authorize(x *exchange) *reply {
	kind := authorizationOf(x.method.Method)
	a := x.method.authorizer
	switch {
	case kind == authNone:
		return nil
	case kind == authIAM:
		return g.authorizeIAM(x)
	case a == nil || a.broken != nil:
		x.authorizer.failure = "the method's authorizer is missing or cannot be read"
		return x.refuse(badAuthorizer, "")
	}
	began := g.options.Clock.Now()
	x.execution.Addf("Starting authorizer: %s for request: %s", wire.Value(a.Id), x.id)
	answer := x.step("Authorizer", "aws", func() *reply {
		if kind == authPool {
			return g.authorizeToken(x)
		}
		return g.authorizeFunction(x)
	})
	x.authorizer.latency, x.authorizer.status = g.options.Clock.Now().Sub(began), 200
	if answer != nil {
		x.authorizer.status = answer.status
	}
	return answer
}

// authorizeIAM knows the caller by a signature. How it is proved is the
// platform's affair: without Options.Admit, as in developer mode, any key
// is good, but there has to be one.
func (g *Gateway) authorizeIAM(x *exchange) *reply {
	key := signed.AccessKey(x.r)
	if key == "" {
		return x.refuse(unsigned, "Missing Authentication Token")
	}
	if g.options.Admit == nil {
		x.caller.iam = signed.Believed(key, x.api.Account)
		if x.deployment.policy == nil {
			return nil
		}
		if effect := x.judge(callerOf(x.caller.iam)); effect == policy.Denied {
			return x.unless(effect, x.caller.iam.UserARN)
		}
		return nil
	}
	if answer := x.readBody(); answer != nil {
		return answer // the signature is over the body, too
	}
	who, err := g.options.Admit(x.r, x.body, signed.Route{
		ARN: x.methodARN(), Account: x.api.Account, Action: invokeAction, Policy: x.deployment.Settings.Policy,
	})
	if err != nil {
		x.authorizer.failure = err.Error()
		return x.refuseSignature(err)
	}
	x.caller.iam = signed.Proved(key, who)
	return nil
}

// refuseSignature is the answer to who has signed, but may not.
func (x *exchange) refuseSignature(err error) *reply {
	known, ok := errors.AsType[*wire.APIError](err)
	if !ok {
		return x.fault("admit", err)
	}
	switch known.Code {
	case "AccessDenied", "AccessDeniedException":
		return x.refuse(accessDenied, known.Message)
	case "MissingAuthenticationToken", "MissingAuthenticationTokenException":
		return x.refuse(unsigned, "Missing Authentication Token")
	case "ExpiredTokenException", "ExpiredToken":
		return x.refuse(expiredToken, known.Message)
	case "UnrecognizedClientException", "InvalidClientTokenId":
		return x.refuse(fault{kind: accessDenied.kind, name: "UnrecognizedClientException"}, known.Message)
	}
	return x.refuse(badSignature, known.Message)
}
