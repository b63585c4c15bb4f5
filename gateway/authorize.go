package gateway

import (
	"net/http"
	"time"

	api "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/gateway/plan"
	"maru.dev/maru/wire"
)

// authorizerPlan is an authorizer made ready to ask.
type authorizerPlan struct {
	*api.Authorizer

	sources  []plan.Ref
	function string
	ttl      time.Duration
}

// compileAuthorizer parses an authorizer's identity sources.
func compileAuthorizer(a *api.Authorizer, variables map[string]string) *authorizerPlan {
	c := *a
	p := &authorizerPlan{Authorizer: &c, ttl: time.Duration(wire.Value(a.AuthorizerResultTtlInSeconds)) * time.Second}
	for _, s := range a.IdentitySource {
		v, err := plan.ParseValue(s, plan.OfRequest)
		if err != nil {
			return nil
		}
		ref, _ := v.Only()
		p.sources = append(p.sources, ref)
	}
	p.function, _ = plan.FunctionARN(plan.Substitute(wire.Value(a.AuthorizerUri), variables))
	return p
}

// authorize finds out who calls, in the way that the route asks for.
func (g *Gateway) authorize(x *exchange) *reply {
	if x.route == nil {
		return nil
	}
	var answer *reply
	switch kind := wire.Value(x.route.AuthorizationType); {
	case kind == "" || kind == api.AuthorizationTypeNone:
	case kind == api.AuthorizationTypeAwsIam:
		answer = g.authorizeIAM(x)
	case x.route.authorizer == nil:
		answer = x.fault("authorizer", errNoAuthorizer)
	case kind == api.AuthorizationTypeJwt:
		answer = g.authorizeJWT(x)
	default:
		answer = x.step("Authorizer", "aws", func() *reply { return g.authorizeFunction(x) })
	}
	x.authorized = answer == nil
	return answer
}

// unauthorized is the answer to who does not say who they are.
func unauthorized() *reply { return message(http.StatusUnauthorized, "Unauthorized") }

// forbidden is the answer to who may not.
func forbidden() *reply { return message(http.StatusForbidden, "Forbidden") }
