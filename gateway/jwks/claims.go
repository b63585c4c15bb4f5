package jwks

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// Claims reads a token and verifies it by its issuer's keys and its times.
func (k *Ring) Claims(ctx context.Context, issuer, token string) (jwt.MapClaims, error) {
	parser := jwt.NewParser(
		jwt.WithValidMethods([]string{"RS256", "RS384", "RS512"}), jwt.WithIssuer(issuer), jwt.WithExpirationRequired(),
		jwt.WithIssuedAt(), jwt.WithTimeFunc(k.clock.Now), jwt.WithJSONNumber(),
	)
	claims := jwt.MapClaims{}
	_, err := parser.ParseWithClaims(token, claims, func(t *jwt.Token) (any, error) {
		kid, _ := t.Header["kid"].(string)
		return k.Key(ctx, issuer, kid)
	})
	if err != nil {
		return nil, err
	}
	return claims, nil
}

// Scopes reads a token's scopes: scope, or scp, as text or as a list.
func Scopes(claims map[string]any) []string {
	for _, name := range [...]string{"scope", "scp"} {
		switch v := claims[name].(type) {
		case string:
			return strings.Fields(v)
		case []any:
			var list []string
			for _, s := range v {
				if text, ok := s.(string); ok {
					list = append(list, text)
				}
			}
			return list
		}
	}
	return nil
}

// Texts are a token's claims as text.
func Texts(claims map[string]any) map[string]string {
	out := make(map[string]string, len(claims))
	for name, v := range claims {
		out[name] = Text(v)
	}
	return out
}

// Text is a claim as text: lists in brackets, as API Gateway writes them.
func Text(v any) string {
	if text, ok := v.(string); ok {
		return text
	}
	var b strings.Builder
	write(&b, v)
	return b.String()
}

// write appends the text of a claim, or of what is in it.
func write(b *strings.Builder, v any) {
	switch v := v.(type) {
	case string:
		b.WriteString(v)
	case []any:
		b.WriteByte('[')
		for i, part := range v {
			if i > 0 {
				b.WriteByte(' ')
			}
			write(b, part)
		}
		b.WriteByte(']')
	default:
		raw, err := json.Marshal(v)
		if err == nil {
			b.Write(raw)
		}
	}
}
