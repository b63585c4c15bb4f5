package schemas

import (
	"context"
	"strings"

	"maru.dev/maru/arn"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
)

// home is the account and region that schemas live in.
type home struct{ Account, Region string }

// homeOf returns where a caller's schemas are.
func homeOf(ctx context.Context) home {
	info := call.From(ctx)
	return home{info.Account, info.Region}
}

// key begins as all keys of a home.
func (h home) key(parts ...any) kv.Key {
	return kv.NewKey(h.Account, h.Region, "schemas").With(parts...)
}

// registryKey is a registry's row.
func (h home) registryKey(name string) kv.Key { return h.key("r", name) }

// schemaKey is a schema's row.
func (h home) schemaKey(in, name string) kv.Key { return h.key("s", in, name) }

// versionKey is the row of a schema's version.
func (h home) versionKey(in, name string, n int64) kv.Key { return h.key("v", in, name, n) }

// bindingKey is the row of the code of a schema's version in a language.
func (h home) bindingKey(in, name string, n int64, language string) kv.Key {
	return h.key("b", in, name, n, language)
}

// discovererKey is a discoverer's row.
func (h home) discovererKey(id string) kv.Key { return h.key("d", id) }

// arnOf names something of the home: "registry/r", "schema/r/s", "discoverer/d".
func (h home) arnOf(resource string) string {
	return arn.New("schemas", h.Region, h.Account, resource)
}

// registryARN names a registry; AWS's own has no account.
func (h home) registryARN(name string) string {
	if name == awsRegistry {
		return arn.New("schemas", h.Region, "", "registry/"+name)
	}
	return h.arnOf("registry/" + name)
}

// idOf is the id of the discoverer of a bus: the ARN's resource with dashes.
func idOf(bus arn.ARN) string {
	return "events-" + strings.ReplaceAll(bus.Resource, "/", "-")
}
