package rest

import (
	"errors"
	"slices"
	"strings"

	"github.com/golang-jwt/jwt/v5"

	"maru.dev/maru/arn"
	"maru.dev/maru/gateway/jwks"
)

// errPool is why a token is refused that is from none of the authorizer's pools.
var errPool = errors.New("the token is of none of the authorizer's user pools")

// authorizeToken checks the token of a user pool that the request brings: by its
// issuer's keys, its times and, where the method asks for some, its scopes.
func (g *Gateway) authorizeToken(x *exchange) *reply {
	identities, ok := x.identities(x.method.authorizer)
	if !ok || len(identities) != 1 {
		return x.refuse(unauthorized, "Unauthorized")
	}
	token := strings.TrimSpace(identities[0])
	if kind, rest, found := strings.Cut(token, " "); found && strings.EqualFold(kind, "bearer") {
		token = strings.TrimSpace(rest)
	}
	claims, err := g.claims(x, token)
	switch {
	case errors.Is(err, jwt.ErrTokenExpired):
		x.authorizer.failure = err.Error()
		return x.refuse(unauthorized, "The incoming token has expired")
	case err != nil:
		x.authorizer.failure = err.Error()
		return x.refuse(unauthorized, "Unauthorized")
	}
	x.caller.claims = claims
	want := x.method.AuthorizationScopes
	have := jwks.Scopes(claims)
	if len(want) > 0 && !slices.ContainsFunc(want, func(s string) bool { return slices.Contains(have, s) }) {
		return x.refuse(unauthorized, "Unauthorized")
	}
	return nil
}

// claims reads and verifies a token of one of the authorizer's pools.
func (g *Gateway) claims(x *exchange, token string) (map[string]any, error) {
	a := x.method.authorizer
	told := jwt.MapClaims{}
	if _, _, err := jwt.NewParser().ParseUnverified(token, told); err != nil {
		return nil, err
	}
	issuer, _ := told["iss"].(string)
	ours := func(provider string) bool {
		p, err := arn.Parse(provider)
		_, pool, ok := strings.Cut(p.Resource, "/")
		return err == nil && ok && g.options.Issuer(p.Region, pool) == issuer
	}
	if !slices.ContainsFunc(a.ProviderARNs, ours) {
		return nil, errPool
	}
	claims, err := g.keys.Claims(x.r.Context(), issuer, token)
	if err != nil || a.valid == nil {
		return claims, err
	}
	audience, err := claims.GetAudience()
	if err != nil || !slices.ContainsFunc(audience, a.valid.MatchString) {
		return nil, errors.Join(errPool, err)
	}
	return claims, nil
}
