package cloudtrail

import (
	"time"

	"maru.dev/maru/arn"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/cloudtrail/history"
)

// home is the account and region of events and of trails.
type home struct{ Account, Region string }

// homeOf returns where a call is.
func homeOf(info call.Info) home { return home{info.Account, info.Region} }

// key begins as all keys of a home.
func (h home) key(parts ...any) kv.Key {
	return kv.NewKey(h.Account, h.Region, "cloudtrail").With(parts...)
}

// history is where the events are kept.
func (h home) history() history.Log { return history.New(h.key()) }

// expiryKey marks that old events of this home are looked for.
func (h home) expiryKey() kv.Key { return h.key("x") }

// trailsTopic is woken when a trail changes, so that caches are dropped.
func trailsTopic() kv.Key { return kv.NewKey("", "", "cloudtrail", "trails") }

// trailsKey begins the keys of an account's trails, of all regions: an event is
// held against all of them.
func trailsKey(account string) kv.Key { return kv.NewKey(account, "", "cloudtrail", "t") }

// trailKey is a trail's row.
func (h home) trailKey(name string) kv.Key { return trailsKey(h.Account).With(h.Region, name) }

// The places that a trail delivers to.
const (
	toBucket = "s3"
	toLogs   = "logs"
)

// lane is what a trail delivers of one region's events to one place.
type lane struct {
	Account string
	Trail   string // id
	Home    string // region of the trail
	Name    string // of the trail
	Region  string // of the events
	To      string
}

// key begins with what is kept for the lane.
func (l lane) key(kind string) kv.Key {
	return kv.NewKey(l.Account, "", "cloudtrail", kind, l.Trail, l.Region, l.To)
}

// pendingKey begins the keys of events that wait for delivery.
func (l lane) pendingKey() kv.Key { return l.key("p") }

// armedKey marks that a task will deliver what waits.
func (l lane) armedKey() kv.Key { return l.key("a") }

// batchKey is the row of the delivery that is under way.
func (l lane) batchKey() kv.Key { return l.key("b") }

// statusKey is the row of what became of deliveries.
func (l lane) statusKey() kv.Key { return l.key("s") }

// chainKey is the row of the chain of digests.
func (l lane) chainKey() kv.Key { return l.key("d") }

// filesKey begins the keys of log files that no digest has yet.
func (l lane) filesKey() kv.Key { return l.key("f") }

// fileKey is a log file's row.
func (l lane) fileKey(at time.Time, name string) kv.Key { return l.filesKey().With(at, name) }

// name tells lanes apart among tasks.
func (l lane) name() string { return l.Trail + " " + l.Region + " " + l.To }

// signingKeys begins the keys of a region's key pairs.
func signingKeys(region string) kv.Key { return kv.NewKey("", region, "cloudtrail", "k") }

// trailARN names a trail.
func (h home) trailARN(name string) string {
	return arn.New("cloudtrail", h.Region, h.Account, "trail/"+name)
}
