package events

import (
	"context"

	api "maru.dev/maru/api/events"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/events/connection"
	"maru.dev/maru/task"
)

// authorizeKind is the kind of the tasks that get a connection's first token.
const authorizeKind = "events.authorize"

// connection names one of the caller's connections.
func (h home) connection(name string) connection.Ref {
	return connection.Ref{Account: h.account, Region: h.region, Name: name}
}

// loadConnection reads a connection that a request names.
func loadConnection(tx *kv.Tx, r connection.Ref) (*connection.Connection, error) {
	c, ok, err := connection.Load(tx, r)
	if err == nil && !ok {
		err = notFound("Connection '%s' does not exist.", r.Name)
	}
	return c, err
}

// changeConnection changes the connection that a request names.
func (s *Service) changeConnection(ctx context.Context, name string, fn func(tx *kv.Tx, r connection.Ref, c *connection.Connection) error) error {
	r := homeOf(call.From(ctx)).connection(name)
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		c, err := loadConnection(tx, r)
		if err != nil {
			return err
		}
		return fn(tx, r, c)
	})
}

// saveConnection writes a connection whose authorization has changed, and has
// its token fetched if it needs one.
func (s *Service) saveConnection(tx *kv.Tx, r connection.Ref, c *connection.Connection) error {
	now := s.Clock.Now()
	c.State, c.Reason, c.Modified, c.Authorized = api.ConnectionStateAuthorized, "", now, &now
	if c.Type == api.ConnectionAuthorizationTypeOauthClientCredentials {
		c.State, c.Authorized = api.ConnectionStateAuthorizing, nil
		_, err := s.Tasks.Add(tx, task.Task{
			Kind: authorizeKind, Owner: r.ARN(c.ID), Key: r.ARN(c.ID), Account: r.Account, Region: r.Region, Body: r.Name,
		})
		if err != nil {
			return err
		}
	}
	if err := tx.Delete(r.TokenKey()); err != nil {
		return err
	}
	return kv.Put(tx, r.Key(), *c)
}

// runAuthorize gets a connection's token.
func (s *Service) runAuthorize(ctx context.Context, run *task.Run) error {
	var name string
	if err := run.Decode(&name); err != nil {
		return task.Dead(err)
	}
	return connection.Signer{Deps: s.Deps}.Authorize(ctx, home{run.Account, run.Region}.connection(name))
}
