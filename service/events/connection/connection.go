// Package connection holds EventBridge's connections: how HTTP endpoints are
// called that want a password, a key or an OAuth token. Secrets go into the
// requests that Sign completes, and nowhere else: no operation returns them and
// no log has them.
package connection

import (
	"fmt"
	"strings"
	"time"

	api "maru.dev/maru/api/events"
	"maru.dev/maru/arn"
	"maru.dev/maru/kv"
)

// Connection is a connection as it is stored.
type Connection struct {
	ID           string     `cbor:"i"`
	Description  *string    `cbor:"d,omitempty"`
	Type         string     `cbor:"t"`
	State        string     `cbor:"s"`
	Reason       string     `cbor:"r,omitempty"`
	Auth         Auth       `cbor:"a"`
	KMSKey       *string    `cbor:"k,omitempty"`
	Created      time.Time  `cbor:"c"`
	Modified     time.Time  `cbor:"m"`
	Authorized   *time.Time `cbor:"u,omitempty"`
	Connectivity *string    `cbor:"n,omitempty"`
}

// Auth is what a connection authenticates by, and what it adds to requests.
type Auth struct {
	Username, Password string                        `cbor:",omitempty"`
	KeyName, KeyValue  string                        `cbor:",omitempty"`
	OAuth              *OAuth                        `cbor:",omitempty"`
	HTTP               *api.ConnectionHttpParameters `cbor:",omitempty"`
}

// OAuth is how a connection gets its tokens.
type OAuth struct {
	ClientID, ClientSecret string
	Endpoint, Method       string
	HTTP                   *api.ConnectionHttpParameters `cbor:",omitempty"`
}

// token is an OAuth token as it is stored.
type token struct {
	Value   string    `cbor:"v"`
	Expires time.Time `cbor:"e"`
	Of      time.Time `cbor:"o"` // when the connection was modified that it was got for
}

// Ref names a connection.
type Ref struct{ Account, Region, Name string }

// Key is where the connection is stored.
func (r Ref) Key() kv.Key { return kv.NewKey(r.Account, r.Region, "events", "connection", r.Name) }

// TokenKey is where its OAuth token is.
func (r Ref) TokenKey() kv.Key { return kv.NewKey(r.Account, r.Region, "events", "token", r.Name) }

// ARN is the name of a connection with an id.
func (r Ref) ARN(id string) string {
	return arn.New("events", r.Region, r.Account, "connection/"+r.Name+"/"+id)
}

// SecretARN is the name that the connection's secret would have.
func (r Ref) SecretARN(id string) string {
	return arn.New("secretsmanager", r.Region, r.Account, "secret:events!connection/"+r.Name+"/"+id)
}

// Parse reads the ARN of a connection.
func Parse(s string) (ref Ref, id string, ok bool) {
	a, err := arn.Parse(s)
	if err != nil || a.Service != "events" {
		return Ref{}, "", false
	}
	rest, ok := strings.CutPrefix(a.Resource, "connection/")
	name, id, _ := strings.Cut(rest, "/")
	return Ref{a.Account, a.Region, name}, id, ok && name != ""
}

// Load reads a connection; ok is false if there is none.
func Load(tx *kv.Tx, r Ref) (c *Connection, ok bool, err error) {
	v, ok, err := kv.Get[Connection](tx, r.Key())
	if err != nil {
		return nil, false, fmt.Errorf("load connection: %w", err)
	}
	return &v, ok, nil
}

// Public is what a connection may tell of how it authenticates.
func (c *Connection) Public() *api.ConnectionAuthResponseParameters {
	out := &api.ConnectionAuthResponseParameters{InvocationHttpParameters: withoutSecrets(c.Auth.HTTP)}
	switch c.Type {
	case api.ConnectionAuthorizationTypeBasic:
		out.BasicAuthParameters = &api.ConnectionBasicAuthResponseParameters{Username: &c.Auth.Username}
	case api.ConnectionAuthorizationTypeApiKey:
		out.ApiKeyAuthParameters = &api.ConnectionApiKeyAuthResponseParameters{ApiKeyName: &c.Auth.KeyName}
	case api.ConnectionAuthorizationTypeOauthClientCredentials:
		if o := c.Auth.OAuth; o != nil {
			out.OAuthParameters = &api.ConnectionOAuthResponseParameters{
				ClientParameters:      &api.ConnectionOAuthClientResponseParameters{ClientID: &o.ClientID},
				AuthorizationEndpoint: &o.Endpoint, HttpMethod: &o.Method, OAuthHttpParameters: withoutSecrets(o.HTTP),
			}
		}
	}
	return out
}

// withoutSecrets are parameters without the values that are secret.
func withoutSecrets(p *api.ConnectionHttpParameters) *api.ConnectionHttpParameters {
	if p == nil {
		return nil
	}
	shown := func(v *string, secret *bool) *string {
		if secret != nil && *secret {
			return nil
		}
		return v
	}
	out := &api.ConnectionHttpParameters{}
	for _, h := range p.HeaderParameters {
		h.Value = shown(h.Value, h.IsValueSecret)
		out.HeaderParameters = append(out.HeaderParameters, h)
	}
	for _, q := range p.QueryStringParameters {
		q.Value = shown(q.Value, q.IsValueSecret)
		out.QueryStringParameters = append(out.QueryStringParameters, q)
	}
	for _, b := range p.BodyParameters {
		b.Value = shown(b.Value, b.IsValueSecret)
		out.BodyParameters = append(out.BodyParameters, b)
	}
	return out
}
