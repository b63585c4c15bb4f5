package sns

import (
	"time"

	"maru.dev/maru/arn"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
)

// home is the account and region that a resource lives in.
type home struct{ account, region string }

// homeOf returns where a call's own resources live.
func homeOf(info call.Info) home { return home{info.Account, info.Region} }

// key returns a key of the service.
func (h home) key(parts ...any) kv.Key {
	return kv.NewKey(h.account, h.region, "sns").With(parts...)
}

// arn returns the ARN of a resource.
func (h home) arn(resource string) string { return arn.New("sns", h.region, h.account, resource) }

// topicRef names a topic.
type topicRef struct {
	home
	name string
}

// topicTables are the tables whose rows belong to one topic, in their third
// part, beside the topic's own row.
func topicTables() []string {
	return []string{"sub", "end", "token", "count", "seq", "dedup", "dedupage"}
}

func (t topicRef) ARN() string             { return t.arn(t.name) }
func (t topicRef) rowKey() kv.Key          { return t.key("topic", t.name) }
func (t topicRef) subsKey() kv.Key         { return t.key("sub", t.name) }
func (t topicRef) subKey(id string) kv.Key { return t.subsKey().With(id) }
func (t topicRef) endpointKey(protocol, endpoint string) kv.Key {
	return t.key("end", t.name, protocol, endpoint)
}
func (t topicRef) tokenKey(token string) kv.Key { return t.key("token", t.name, token) }
func (t topicRef) countKey(which string) kv.Key { return t.key("count", t.name, which) }
func (t topicRef) seqKey() kv.Key               { return t.key("seq", t.name) }
func (t topicRef) dedupKey(scope, id string) kv.Key {
	return t.key("dedup", t.name, scope, id)
}
func (t topicRef) dedupAgeKey() kv.Key { return t.key("dedupage", t.name) }
func (t topicRef) dedupUntilKey(until time.Time, scope, id string) kv.Key {
	return t.dedupAgeKey().With(until, scope, id)
}

// signingKey is where the key that signs messages is kept.
func signingKey() kv.Key { return kv.NewKey("", "", "sns", "signing") }
