package events

import (
	"context"
	"fmt"
	"strings"
	"time"

	api "maru.dev/maru/api/events"
	"maru.dev/maru/arn"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/events/connection"
)

// defaultRate is how many calls a second a destination gets that does not say.
const defaultRate = 300

// destination is an API destination as it is stored.
type destination struct {
	ID          string    `cbor:"i"`
	Description *string   `cbor:"d,omitempty"`
	Connection  string    `cbor:"c"` // ARN
	Endpoint    string    `cbor:"e"`
	Method      string    `cbor:"m"`
	Rate        int32     `cbor:"r"` // calls a second
	Created     time.Time `cbor:"b"`
	Modified    time.Time `cbor:"u"`
}

func (h home) destinationARN(name, id string) string {
	return h.arn("api-destination/" + name + "/" + id)
}

// turn is when a destination may be called.
func (h home) turn(destination string) connection.Turn {
	return connection.Turn{Account: h.account, Region: h.region, Destination: destination}
}

// parseDestination reads the ARN of an API destination.
func parseDestination(s string) (h home, name, id string, ok bool) {
	a, err := arn.Parse(s)
	rest, ok := strings.CutPrefix(a.Resource, "api-destination/")
	if err != nil || a.Service != "events" || !ok {
		return home{}, "", "", false
	}
	name, id, _ = strings.Cut(rest, "/")
	return home{a.Account, a.Region}, name, id, name != ""
}

// loadDestination reads a destination that a request names.
func loadDestination(tx *kv.Tx, h home, name string) (*destination, error) {
	d, ok, err := kv.Get[destination](tx, h.destinationKey(name))
	switch {
	case err != nil:
		return nil, fmt.Errorf("load API destination: %w", err)
	case !ok:
		return nil, notFound("An api-destination '%s' does not exist.", name)
	}
	return &d, nil
}

// state is ACTIVE while the destination's connection authorizes.
func (d *destination) state(tx *kv.Tx) (string, error) {
	r, _, ok := connection.Parse(d.Connection)
	if !ok {
		return api.ApiDestinationStateInactive, nil
	}
	c, ok, err := connection.Load(tx, r)
	if err != nil || !ok || c.State != api.ConnectionStateAuthorized && c.State != api.ConnectionStateAuthorizing {
		return api.ApiDestinationStateInactive, err
	}
	return api.ApiDestinationStateActive, nil
}

// checkConnection refuses a connection that is not there, or another account's:
// its secrets are not for everybody.
func checkConnection(tx *kv.Tx, h home, connectionARN string) error {
	r, id, ok := connection.Parse(connectionARN)
	if !ok {
		return invalid("Parameter ConnectionArn is not valid. Reason: Provided Arn is not in correct format.")
	}
	if r.Account != h.account {
		return notFound("Connection '%s' does not exist.", r.Name)
	}
	c, err := loadConnection(tx, r)
	if err == nil && c.ID != id {
		err = notFound("Connection '%s' does not exist.", r.Name)
	}
	return err
}

// saveDestination writes a destination and returns its state.
func (s *Service) saveDestination(tx *kv.Tx, h home, name string, d *destination) (string, error) {
	if err := checkConnection(tx, h, d.Connection); err != nil {
		return "", err
	}
	if err := kv.Put(tx, h.destinationKey(name), *d); err != nil {
		return "", err
	}
	return d.state(tx)
}

// viewDestination reads the destination that a request names.
func (s *Service) viewDestination(ctx context.Context, name string, fn func(h home, d *destination, state string)) error {
	h := homeOf(call.From(ctx))
	return s.Store.View(ctx, func(tx *kv.Tx) error {
		d, err := loadDestination(tx, h, name)
		if err != nil {
			return err
		}
		state, err := d.state(tx)
		fn(h, d, state)
		return err
	})
}
