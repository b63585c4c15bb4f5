package sns

import (
	"time"

	"maru.dev/maru/kv"
	"maru.dev/maru/service/sns/names"
)

// topicRef names a topic.
type topicRef struct {
	names.Home
	name string
}

// topicTables are the tables whose rows belong to one topic, in their third
// part, beside the topic's own row.
func topicTables() []string {
	return []string{"sub", "end", "token", "count", "seq", "dedup", "dedupage"}
}

func (t topicRef) ARN() string             { return t.Resource(t.name) }
func (t topicRef) rowKey() kv.Key          { return t.Key("topic", t.name) }
func (t topicRef) subsKey() kv.Key         { return t.Key("sub", t.name) }
func (t topicRef) subKey(id string) kv.Key { return t.subsKey().With(id) }
func (t topicRef) endpointKey(protocol, endpoint string) kv.Key {
	return t.Key("end", t.name, protocol, endpoint)
}
func (t topicRef) tokenKey(token string) kv.Key { return t.Key("token", t.name, token) }
func (t topicRef) countKey(which string) kv.Key { return t.Key("count", t.name, which) }
func (t topicRef) seqKey() kv.Key               { return t.Key("seq", t.name) }
func (t topicRef) dedupKey(scope, id string) kv.Key {
	return t.Key("dedup", t.name, scope, id)
}
func (t topicRef) dedupAgeKey() kv.Key { return t.Key("dedupage", t.name) }
func (t topicRef) dedupUntilKey(until time.Time, scope, id string) kv.Key {
	return t.dedupAgeKey().With(until, scope, id)
}
