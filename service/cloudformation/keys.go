package cloudformation

import (
	"context"

	"maru.dev/maru/call"
	"maru.dev/maru/kv"
)

// home is the account and region that a request concerns.
type home struct{ Account, Region string }

// homeOf reads the home of a call.
func homeOf(ctx context.Context) home {
	info := call.From(ctx)
	return home{info.Account, info.Region}
}

// key returns a key of this service in h.
func (h home) key(parts ...any) kv.Key {
	return kv.NewKey(h.Account, h.Region, "cloudformation").With(parts...)
}

// Keys by what they hold; see the package's documentation.
func (h home) nameKey(name string) kv.Key              { return h.key("n", name) }
func (h home) stackKey(id string) kv.Key               { return h.key("s", id) }
func (h home) operationKey(id string) kv.Key           { return h.key("o", id) }
func (h home) resourceKey(id, logical string) kv.Key   { return h.key("r", id, logical) }
func (h home) resourcesOf(id string) kv.Key            { return h.key("r", id) }
func (h home) stepKey(id, phase, step string) kv.Key   { return h.key("p", id, phase, step) }
func (h home) stepsOf(id, phase string) kv.Key         { return h.key("p", id, phase) }
func (h home) textKey(id string, version int64) kv.Key { return h.key("t", id, version) }
func (h home) eventsOf(id string) kv.Key               { return h.key("e", id) }
func (h home) changeSetKey(id, name string) kv.Key     { return h.key("c", id, name) }
func (h home) changeSetsOf(id string) kv.Key           { return h.key("c", id) }
func (h home) exportKey(name string) kv.Key            { return h.key("x", name) }
func (h home) importKey(name, id string) kv.Key        { return h.key("i", name, id) }
func (h home) importsOf(name string) kv.Key            { return h.key("i", name) }
func (h home) waiterKey(token string) kv.Key           { return h.key("w", token) }
func (h home) signalsOf(token string) kv.Key           { return h.key("g", token) }
func (h home) tokenKey(token string) kv.Key            { return h.key("k", token) }
