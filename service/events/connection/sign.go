package connection

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	api "maru.dev/maru/api/events"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/task"
	"maru.dev/maru/wire"
)

const (
	// tokenTimeout is how long an authorization server has to answer.
	tokenTimeout = 10 * time.Second
	// tokenMargin is how long before its end a token is no longer used.
	tokenMargin = 30 * time.Second
	// tokenLife is how long a token is used that does not say.
	tokenLife = time.Hour
)

// ErrGone says that there is no such connection, or that it does not authorize
// anything.
var ErrGone = errors.New("the connection does not exist or is not authorized")

// Signer completes requests by connections.
type Signer struct{ service.Deps }

// Sign adds to a request what a connection says: headers, query, fields of the
// body, and the authorization. fresh asks for a new OAuth token, since the one
// before was refused.
func (s Signer) Sign(ctx context.Context, r Ref, req *task.Request, fresh bool) error {
	c, err := s.load(ctx, r)
	if err != nil {
		return err
	}
	if err := addParameters(req, c.Auth.HTTP); err != nil {
		return err
	}
	switch c.Type {
	case api.ConnectionAuthorizationTypeBasic:
		pair := base64.StdEncoding.EncodeToString([]byte(c.Auth.Username + ":" + c.Auth.Password))
		req.Header["Authorization"] = "Basic " + pair
	case api.ConnectionAuthorizationTypeApiKey:
		req.Header[c.Auth.KeyName] = c.Auth.KeyValue
	case api.ConnectionAuthorizationTypeOauthClientCredentials:
		t, err := s.token(ctx, r, c, fresh)
		if err != nil {
			return err
		}
		req.Header["Authorization"] = t
	}
	return nil
}

// load reads a connection that authorizes.
func (s Signer) load(ctx context.Context, r Ref) (c *Connection, err error) {
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		var ok bool
		c, ok, err = Load(tx, r)
		if err == nil && (!ok || c.State == api.ConnectionStateDeauthorized) {
			return ErrGone
		}
		return err
	})
	return c, err
}

// token returns the value of the Authorization header: that of the stored token
// while it is good, or of a new one.
func (s Signer) token(ctx context.Context, r Ref, c *Connection, fresh bool) (string, error) {
	var (
		t  token
		ok bool
	)
	err := s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		t, ok, err = kv.Get[token](tx, r.TokenKey())
		return err
	})
	if err != nil {
		return "", fmt.Errorf("load token: %w", err)
	}
	if ok && !fresh && t.Of.Equal(c.Modified) && s.Clock.Now().Before(t.Expires.Add(-tokenMargin)) {
		return t.Value, nil
	}
	if t, err = s.fetch(ctx, c); err != nil {
		return "", err
	}
	now := s.Clock.Now()
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		is, ok, err := Load(tx, r)
		if err != nil || !ok || !is.Modified.Equal(c.Modified) {
			return err // it is another's by now
		}
		is.State, is.Reason, is.Authorized = api.ConnectionStateAuthorized, "", &now
		if err := kv.Put(tx, r.TokenKey(), t); err != nil {
			return err
		}
		return kv.Put(tx, r.Key(), *is)
	})
	return t.Value, err
}

// Authorize gets a connection's first token, and notes whether it could be got.
func (s Signer) Authorize(ctx context.Context, r Ref) error {
	c, err := s.load(ctx, r)
	if errors.Is(err, ErrGone) || err == nil && c.Auth.OAuth == nil {
		return nil
	}
	if err != nil {
		return err
	}
	_, refused := s.token(ctx, r, c, true)
	if refused == nil {
		return nil
	}
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		is, ok, err := Load(tx, r)
		if err != nil || !ok || !is.Modified.Equal(c.Modified) {
			return err
		}
		is.State, is.Reason = api.ConnectionStateDeauthorized, refused.Error()
		return kv.Put(tx, r.Key(), *is)
	})
}

// fetch asks the authorization server for a token. Neither the request nor the
// answer is ever part of an error.
func (s Signer) fetch(ctx context.Context, c *Connection) (token, error) {
	o := c.Auth.OAuth
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {o.ClientID}, "client_secret": {o.ClientSecret}}
	if o.HTTP != nil {
		for _, b := range o.HTTP.BodyParameters {
			form.Set(wire.Value(b.Key), wire.Value(b.Value))
		}
	}
	req := task.Request{
		Method: o.Method, URL: o.Endpoint, Timeout: tokenTimeout, Body: []byte(form.Encode()),
		Header: map[string]string{"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"},
	}
	if o.Method == api.ConnectionOAuthHttpMethodGet {
		req.URL, req.Body = withQuery(o.Endpoint, form), nil
	}
	if o.HTTP != nil {
		rest := *o.HTTP
		rest.BodyParameters = nil
		if err := addParameters(&req, &rest); err != nil {
			return token{}, err
		}
	}
	reply, err := s.Tasks.Exchange(ctx, req)
	if err != nil {
		return token{}, errors.New("the authorization endpoint cannot be reached")
	}
	var answer struct {
		AccessToken string      `json:"access_token"`
		TokenType   string      `json:"token_type"`
		ExpiresIn   json.Number `json:"expires_in"`
	}
	if reply.Status < 200 || reply.Status > 299 {
		return token{}, fmt.Errorf("the authorization endpoint answered %d", reply.Status)
	}
	if json.Unmarshal(reply.Body, &answer) != nil || answer.AccessToken == "" {
		return token{}, errors.New("the authorization endpoint answered without a token")
	}
	kind := answer.TokenType
	if kind == "" || strings.EqualFold(kind, "bearer") {
		kind = "Bearer"
	}
	life := tokenLife
	if n, err := answer.ExpiresIn.Float64(); err == nil && n > 0 {
		life = time.Duration(n * float64(time.Second))
	}
	return token{kind + " " + answer.AccessToken, s.Clock.Now().Add(life), c.Modified}, nil
}

// addParameters adds headers, query and fields of the body to a request.
func addParameters(req *task.Request, p *api.ConnectionHttpParameters) error {
	if p == nil {
		return nil
	}
	for _, h := range p.HeaderParameters {
		req.Header[wire.Value(h.Key)] = wire.Value(h.Value)
	}
	query := url.Values{}
	for _, q := range p.QueryStringParameters {
		query.Set(wire.Value(q.Key), wire.Value(q.Value))
	}
	req.URL = withQuery(req.URL, query)
	if len(p.BodyParameters) == 0 {
		return nil
	}
	body := map[string]json.RawMessage{}
	if len(req.Body) > 0 && json.Unmarshal(req.Body, &body) != nil {
		return nil //nolint:nilerr // what is no JSON object has no fields to add
	}
	for _, b := range p.BodyParameters {
		raw, err := json.Marshal(wire.Value(b.Value))
		if err != nil {
			return err
		}
		body[wire.Value(b.Key)] = raw
	}
	raw, err := json.Marshal(body)
	req.Body = raw
	return err
}

// withQuery adds parameters to an address.
func withQuery(address string, more url.Values) string {
	if len(more) == 0 {
		return address
	}
	separator := "?"
	if strings.Contains(address, "?") {
		separator = "&"
	}
	return address + separator + more.Encode()
}
