package events

import (
	"context"

	api "maru.dev/maru/api/events"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/events/connection"
)

// CreateConnection makes a connection.
//
// Spec: EventBridge API Reference, CreateConnection.
func (s *Service) CreateConnection(ctx context.Context, in *api.CreateConnectionInput) (*api.CreateConnectionOutput, error) {
	c := connection.Connection{
		ID: s.IDs.UUID(), Description: in.Description, Type: in.AuthorizationType, KMSKey: in.KmsKeyIdentifier, Created: s.Clock.Now(),
	}
	if in.InvocationConnectivityParameters != nil {
		return nil, invalid("Connections to private APIs are not implemented by maru.")
	}
	if p := in.AuthParameters; p != nil {
		c.Auth = authOf(p)
	}
	if err := checkAuth(&c); err != nil {
		return nil, err
	}
	r := homeOf(call.From(ctx)).connection(in.Name)
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		_, taken, err := connection.Load(tx, r)
		if err != nil {
			return err
		}
		if taken {
			return exists("Connection", in.Name)
		}
		return s.saveConnection(tx, r, &c)
	})
	if err != nil {
		return nil, err
	}
	return &api.CreateConnectionOutput{
		ConnectionArn: new(r.ARN(c.ID)), ConnectionState: &c.State, CreationTime: &c.Created, LastModifiedTime: &c.Modified,
	}, nil
}

// authOf reads how a new connection authenticates.
func authOf(p *api.CreateConnectionAuthRequestParameters) connection.Auth {
	a := connection.Auth{HTTP: p.InvocationHttpParameters}
	if b := p.BasicAuthParameters; b != nil {
		a.Username, a.Password = b.Username, b.Password
	}
	if k := p.ApiKeyAuthParameters; k != nil {
		a.KeyName, a.KeyValue = k.ApiKeyName, k.ApiKeyValue
	}
	if o := p.OAuthParameters; o != nil {
		a.OAuth = &connection.OAuth{Endpoint: o.AuthorizationEndpoint, Method: o.HttpMethod, HTTP: o.OAuthHttpParameters}
		if cp := o.ClientParameters; cp != nil {
			a.OAuth.ClientID, a.OAuth.ClientSecret = cp.ClientID, cp.ClientSecret
		}
	}
	return a
}

// checkAuth refuses a connection without what its type needs.
func checkAuth(c *connection.Connection) error {
	ok := false
	switch c.Type {
	case api.ConnectionAuthorizationTypeBasic:
		ok = c.Auth.Username != ""
	case api.ConnectionAuthorizationTypeApiKey:
		ok = c.Auth.KeyName != ""
	case api.ConnectionAuthorizationTypeOauthClientCredentials:
		ok = c.Auth.OAuth != nil && c.Auth.OAuth.ClientID != "" && c.Auth.OAuth.Endpoint != ""
	}
	if !ok {
		return invalid("Authorization parameters for authorization type %s are required.", c.Type)
	}
	return nil
}
