package events

import (
	"context"

	api "maru.dev/maru/api/events"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/events/connection"
	"maru.dev/maru/wire"
)

// UpdateConnection changes a connection. What the request leaves out is kept.
//
// Spec: EventBridge API Reference, UpdateConnection.
func (s *Service) UpdateConnection(ctx context.Context, in *api.UpdateConnectionInput) (*api.UpdateConnectionOutput, error) {
	if in.InvocationConnectivityParameters != nil {
		return nil, invalid("Connections to private APIs are not implemented by maru.")
	}
	var out *api.UpdateConnectionOutput
	err := s.changeConnection(ctx, in.Name, func(tx *kv.Tx, r connection.Ref, c *connection.Connection) error {
		if in.Description != nil {
			c.Description = in.Description
		}
		if in.AuthorizationType != nil {
			c.Type = *in.AuthorizationType
		}
		if in.KmsKeyIdentifier != nil {
			c.KMSKey = wire.Optional(*in.KmsKeyIdentifier)
		}
		mergeAuth(&c.Auth, in.AuthParameters)
		if err := checkAuth(c); err != nil {
			return err
		}
		if err := s.saveConnection(tx, r, c); err != nil {
			return err
		}
		out = &api.UpdateConnectionOutput{
			ConnectionArn: new(r.ARN(c.ID)), ConnectionState: &c.State, CreationTime: &c.Created, LastModifiedTime: &c.Modified,
			LastAuthorizedTime: c.Authorized,
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// set replaces a text by a new one, if there is one.
func set(to *string, from *string) {
	if from != nil {
		*to = *from
	}
}

// mergeAuth changes how a connection authenticates.
func mergeAuth(a *connection.Auth, p *api.UpdateConnectionAuthRequestParameters) {
	if p == nil {
		return
	}
	if p.InvocationHttpParameters != nil {
		a.HTTP = p.InvocationHttpParameters
	}
	if b := p.BasicAuthParameters; b != nil {
		set(&a.Username, b.Username)
		set(&a.Password, b.Password)
	}
	if k := p.ApiKeyAuthParameters; k != nil {
		set(&a.KeyName, k.ApiKeyName)
		set(&a.KeyValue, k.ApiKeyValue)
	}
	o := p.OAuthParameters
	if o == nil {
		return
	}
	if a.OAuth == nil {
		a.OAuth = &connection.OAuth{Method: api.ConnectionOAuthHttpMethodPost}
	}
	set(&a.OAuth.Endpoint, o.AuthorizationEndpoint)
	set(&a.OAuth.Method, o.HttpMethod)
	if o.OAuthHttpParameters != nil {
		a.OAuth.HTTP = o.OAuthHttpParameters
	}
	if cp := o.ClientParameters; cp != nil {
		set(&a.OAuth.ClientID, cp.ClientID)
		set(&a.OAuth.ClientSecret, cp.ClientSecret)
	}
}
