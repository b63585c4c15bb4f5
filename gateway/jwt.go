package gateway

import (
	"errors"
	"slices"
	"strings"

	"github.com/golang-jwt/jwt/v5"

	"maru.dev/maru/gateway/jwks"
	"maru.dev/maru/wire"
)

// Why a token is refused, for the WWW-Authenticate header.
var (
	errNoAuthorizer = errors.New("the route names no authorizer, or one that cannot be read")
	errAudience     = errors.New("the token does not have a valid audience")
)

// authorizeJWT checks the token that the request brings: by its issuer's keys,
// its times, its audience and, where the route asks for some, its scopes.
func (g *Gateway) authorizeJWT(x *exchange) *reply {
	a := x.route.authorizer
	token := ""
	if len(a.sources) == 1 {
		token = strings.TrimSpace(x.look(a.sources[0]))
	}
	if kind, rest, ok := strings.Cut(token, " "); ok && strings.EqualFold(kind, "bearer") {
		token = strings.TrimSpace(rest)
	}
	if token == "" {
		answer := unauthorized()
		answer.header.Set("Www-Authenticate", "Bearer")
		return answer
	}
	claims, err := g.claims(x, token)
	if err != nil {
		x.authorizerError = err.Error()
		answer := unauthorized()
		answer.header.Set("Www-Authenticate", `Bearer scope="`+strings.Join(x.route.AuthorizationScopes, " ")+
			`" error="invalid_token" error_description="`+describe(err)+`"`)
		return answer
	}
	x.caller.claims = claims
	return checkScopes(x)
}

// claims reads and verifies a token.
func (g *Gateway) claims(x *exchange, token string) (jwt.MapClaims, error) {
	c := x.route.authorizer.JwtConfiguration
	claims, err := g.keys.Claims(x.r.Context(), wire.Value(c.Issuer), token)
	if err != nil {
		return nil, err
	}
	audience, err := claims.GetAudience()
	if err != nil {
		return nil, err
	}
	if len(audience) == 0 {
		if id, ok := claims["client_id"].(string); ok {
			audience = jwt.ClaimStrings{id}
		}
	}
	for _, got := range audience {
		if slices.Contains(c.Audience, got) {
			return claims, nil
		}
	}
	return nil, errAudience
}

// describe is an error in the words of the WWW-Authenticate header.
func describe(err error) string {
	switch {
	case errors.Is(err, jwt.ErrTokenExpired):
		return "the token has expired"
	case errors.Is(err, jwt.ErrTokenNotValidYet), errors.Is(err, jwt.ErrTokenUsedBeforeIssued):
		return "the token is not valid yet"
	case errors.Is(err, jwt.ErrTokenInvalidIssuer):
		return "invalid issuer"
	case errors.Is(err, jwt.ErrTokenSignatureInvalid):
		return "invalid signature"
	case errors.Is(err, errAudience):
		return errAudience.Error()
	case errors.Is(err, jwks.ErrUnknownKey):
		return "signing key not found"
	default:
		return "the token is malformed or cannot be verified"
	}
}

// checkScopes demands one of the route's scopes.
func checkScopes(x *exchange) *reply {
	want := x.route.AuthorizationScopes
	if len(want) == 0 {
		return nil
	}
	have := jwks.Scopes(x.caller.claims)
	for _, s := range want {
		if slices.Contains(have, s) {
			x.caller.scopes = want
			return nil
		}
	}
	x.authorizerError = "insufficient_scope"
	answer := forbidden()
	answer.header.Set("Www-Authenticate", `Bearer scope="`+strings.Join(want, " ")+
		`" error="insufficient_scope" error_description="the token does not have the required scope"`)
	return answer
}
