package sts

import (
	"context"
	"strings"

	"github.com/golang-jwt/jwt/v5"

	api "maru.dev/maru/api/sts"
)

// AssumeRoleWithWebIdentity gives a role's credentials for a token of an
// identity provider. Tokens are believed only if their issuer is one of the
// account's providers, of which there are none yet, so each is refused in the
// words in which AWS refuses a provider that it does not know.
//
// Spec: STS API Reference, AssumeRoleWithWebIdentity.
func (s *Service) AssumeRoleWithWebIdentity(_ context.Context, in *api.AssumeRoleWithWebIdentityInput) (*api.AssumeRoleWithWebIdentityOutput, error) {
	if in.ProviderId != nil {
		return nil, &api.InvalidIdentityTokenException{Message: "The provider " + *in.ProviderId + " is not known here."}
	}
	var claims jwt.RegisteredClaims
	if _, _, err := jwt.NewParser().ParseUnverified(in.WebIdentityToken, &claims); err != nil {
		return nil, &api.InvalidIdentityTokenException{Message: "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"}
	}
	issuer := strings.TrimPrefix(claims.Issuer, "https://")
	return nil, &api.InvalidIdentityTokenException{Message: "No OpenIDConnect provider found in your account for https://" + issuer}
}
