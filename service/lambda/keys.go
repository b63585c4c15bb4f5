package lambda

import (
	"maru.dev/maru/arn"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
)

// home is where functions live.
type home struct{ Account, Region string }

// homeOf returns where a call's functions live.
func homeOf(info call.Info) home { return home{info.Account, info.Region} }

// key is a row of the service.
func (h home) key(parts ...any) kv.Key {
	return kv.NewKey(h.Account, h.Region, "lambda").With(parts...)
}

// functionKey is a function's own row.
func (h home) functionKey(name string) kv.Key { return h.key("f", name) }

// versionKey is the row of a published version.
func (h home) versionKey(name string, version uint64) kv.Key { return h.key("v", name, version) }

// aliasKey is an alias's row.
func (h home) aliasKey(name, alias string) kv.Key { return h.key("a", name, alias) }

// policyKey is the row of the policy of a function ("") or of a qualifier.
func (h home) policyKey(name, qualifier string) kv.Key { return h.key("p", name, qualifier) }

// invokeConfigKey is the row of a qualifier's asynchronous configuration.
func (h home) invokeConfigKey(name, qualifier string) kv.Key { return h.key("e", name, qualifier) }

// urlKey is the row of a qualifier's function URL.
func (h home) urlKey(name, qualifier string) kv.Key { return h.key("u", name, qualifier) }

// urlIDKey leads from a URL's id to its function.
func urlIDKey(id string) kv.Key { return kv.NewKey("", "", "lambda", "url", id) }

// layerKey is a layer's own row.
func (h home) layerKey(name string) kv.Key { return h.key("L", name) }

// layerVersionKey is the row of a layer's version.
func (h home) layerVersionKey(name string, version uint64) kv.Key { return h.key("l", name, version) }

// mappingKey is an event source mapping's row.
func (h home) mappingKey(uuid string) kv.Key { return h.key("m", uuid) }

// functionARN is a function's ARN, with a qualifier unless that is "".
func (h home) functionARN(name, qualifier string) string {
	resource := "function:" + name
	if qualifier != "" {
		resource += ":" + qualifier
	}
	return arn.New("lambda", h.Region, h.Account, resource)
}

// layerARN is a layer's ARN.
func (h home) layerARN(name string) string {
	return arn.New("lambda", h.Region, h.Account, "layer:"+name)
}
