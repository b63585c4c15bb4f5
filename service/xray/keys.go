package xray

import (
	"context"
	"time"

	"maru.dev/maru/arn"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
)

// home is the account and region that traces live in.
type home struct{ Account, Region string }

// homeOf returns where a caller's traces are.
func homeOf(ctx context.Context) home {
	info := call.From(ctx)
	return home{info.Account, info.Region}
}

// key begins as all keys of a home.
func (h home) key(parts ...any) kv.Key { return kv.NewKey(h.Account, h.Region, "xray").With(parts...) }

// The indices of traces by time: by start of a segment, by its end, and by when
// it came.
const (
	byStart = "is"
	byEnd   = "ie"
	byEvent = "iv"
)

// indexKey is a trace's row in an index, at a second.
func (h home) indexKey(index string, at time.Time, trace string) kv.Key {
	return h.key(index, at.Unix(), trace)
}

// indexRange is the part of an index from one second to another, both included.
func (h home) indexRange(index string, from, to time.Time) kv.Range {
	return kv.Range{From: h.key(index, from.Unix()), To: h.key(index, to.Unix()+1)}
}

// headKey is a trace's head.
func (h home) headKey(trace string) kv.Key { return h.key("t", trace) }

// digestKey is the row of a document's digest.
func (h home) digestKey(trace, id string) kv.Key { return h.key("s", trace, id) }

// documentKey is a document's row.
func (h home) documentKey(trace, id string) kv.Key { return h.key("d", trace, id) }

// expiryKey marks that old traces of this home are looked for.
func (h home) expiryKey() kv.Key { return h.key("x") }

// tracesKey and bytesKey count what is kept.
func (h home) tracesKey() kv.Key { return h.key("nt") }
func (h home) bytesKey() kv.Key  { return h.key("nb") }

// count adds to what is kept.
func (h home) count(tx *kv.Tx, traces, bytes int64) error {
	if traces != 0 {
		if err := tx.Add(h.tracesKey(), traces); err != nil {
			return err
		}
	}
	if bytes == 0 {
		return nil
	}
	return tx.Add(h.bytesKey(), bytes)
}

// groupKey is a group's row.
func (h home) groupKey(name string) kv.Key { return h.key("g", name) }

// ruleKey is a sampling rule's row.
func (h home) ruleKey(name string) kv.Key { return h.key("r", name) }

// rulesChangedKey is the row that says when a rule was last changed.
func (h home) rulesChangedKey() kv.Key { return h.key("rm") }

// clientKey is the row of a client that samples by a rule.
func (h home) clientKey(rule, client string) kv.Key { return h.key("rc", rule, client) }

// samplesKey is the row of a rule's statistics in a minute.
func (h home) samplesKey(at time.Time, rule string) kv.Key { return h.key("rs", at.Unix(), rule) }

// encryptionKey is the row of the encryption configuration.
func (h home) encryptionKey() kv.Key { return h.key("e") }

// policyKey is a resource policy's row.
func (h home) policyKey(name string) kv.Key { return h.key("p", name) }

// telemetryKey is the row of the last telemetry record of a sender.
func (h home) telemetryKey(sender string) kv.Key { return h.key("m", sender) }

// arnOf names something of the home: "group/…", "sampling-rule/…".
func (h home) arnOf(resource string) string { return arn.New("xray", h.Region, h.Account, resource) }
