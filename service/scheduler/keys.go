package scheduler

import (
	"context"

	"maru.dev/maru/arn"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
)

// home is the account and region that schedules live in.
type home struct{ Account, Region string }

// homeOf returns where a caller's schedules are.
func homeOf(ctx context.Context) home {
	info := call.From(ctx)
	return home{info.Account, info.Region}
}

// key begins as all keys of a home.
func (h home) key(parts ...any) kv.Key {
	return kv.NewKey(h.Account, h.Region, "scheduler").With(parts...)
}

// groupKey is a group's row.
func (h home) groupKey(name string) kv.Key { return h.key("g", name) }

// scheduleKey is a schedule's row.
func (h home) scheduleKey(group, name string) kv.Key { return h.key("s", group, name) }

// pendingKey counts the invocations of a schedule's edition that are under way,
// if the schedule goes after the last one.
func (h home) pendingKey(group, name, edition string) kv.Key { return h.key("p", group, name, edition) }

// groupCount counts the groups that were made.
func (h home) groupCount() kv.Key { return h.key("n") }

// groupARN names a group.
func (h home) groupARN(name string) string {
	return arn.New("scheduler", h.Region, h.Account, "schedule-group/"+name)
}

// scheduleARN names a schedule.
func (h home) scheduleARN(group, name string) string {
	return arn.New("scheduler", h.Region, h.Account, "schedule/"+group+"/"+name)
}
