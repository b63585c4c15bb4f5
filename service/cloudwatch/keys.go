package cloudwatch

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	api "maru.dev/maru/api/cloudwatch"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
)

// home is the account and region that rows belong to.
type home struct{ Account, Region string }

// homeOf returns where a call's own resources live.
func homeOf(info call.Info) home { return home{info.Account, info.Region} }

// key returns a key of the service.
func (h home) key(parts ...any) kv.Key {
	return kv.NewKey(h.Account, h.Region, "cloudwatch").With(parts...)
}

func (h home) alarmKey(name string) kv.Key   { return h.key("a", name) }
func (h home) historyKey(name string) kv.Key { return h.key("h", name) }
func (h home) alarmARN(name string) string {
	return "arn:aws:cloudwatch:" + h.Region + ":" + h.Account + ":alarm:" + name
}

// metricID names a metric: its dimensions are in the order of their names.
type metricID struct {
	Namespace, Name string
	Dimensions      []api.Dimension
}

// newMetricID puts the dimensions into order.
func newMetricID(namespace, name string, dims []api.Dimension) metricID {
	sorted := slices.Clone(dims)
	slices.SortFunc(sorted, func(a, b api.Dimension) int { return cmp.Compare(a.Name, b.Name) })
	return metricID{namespace, name, sorted}
}

// dimensions is the text of the dimensions in keys: no name and no value may
// hold the bytes that part them.
func (m metricID) dimensions() string {
	var b strings.Builder
	for _, d := range m.Dimensions {
		b.WriteString(d.Name + "\x00" + d.Value + "\x01")
	}
	return b.String()
}

// hash is the metric's short name in the keys of its data.
func (m metricID) hash() []byte {
	sum := sha256.Sum256([]byte(m.Namespace + "\x01" + m.Name + "\x01" + m.dimensions()))
	return sum[:16]
}

// hashed stands in a key for dimensions that are too long for it: no dimensions
// begin so.
func (m metricID) hashed() string { return "\x01" + hex.EncodeToString(m.hash()) }

// metricKey is a metric's row. For dimensions that are too long for a key their hash
// stands there; the row has them.
func (h home) metricKey(m metricID) (key kv.Key, long bool) {
	key = h.key("m", m.Namespace, m.Name, m.dimensions())
	if len(key) <= kv.MaxKey {
		return key, false
	}
	return h.key("m", m.Namespace, m.Name, m.hashed()), true
}

// dataKey is the prefix of a metric's buckets of one length.
func (h home) dataKey(m metricID, length time.Duration) kv.Key {
	return h.key("d", m.hash(), int64(length/time.Second))
}
