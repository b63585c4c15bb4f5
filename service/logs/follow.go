package logs

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	api "maru.dev/maru/api/logs"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/logs/chunk"
	"maru.dev/maru/service/logs/metricfilter"
	"maru.dev/maru/task"
)

const (
	// followKind is the task that brings a follower up to date.
	followKind = "logs.follow"
	// followBatch is how many chunks it takes at a time.
	followBatch = 32
	// metricsFollower makes metrics of what comes into a group; the other
	// followers are subscriptions, by name behind a prefix.
	metricsFollower    = "metrics"
	subscriptionPrefix = "s:"
	// nextTask ends the key of the task that follows one that was given up, since
	// that one's own key goes with it.
	nextTask = "\x00next"
)

// follower is how far something has come that takes what comes into a group. It
// is armed while it has a task, so that events write one only if it is idle.
type follower struct {
	Seen  uint64 // the commit up to which chunks are taken
	Armed bool
	// Until is where the batch ends that is under way, if it must be the same one
	// when it is done again.
	Until uint64 `cbor:",omitempty"`
}

func (h home) followerKey(groupID, name string) kv.Key { return h.key("p", groupID, name) }

// followWork is the task's body.
type followWork struct{ Account, Region, Group, ID, Name string }

// followers are those that want the events of a batch.
func (g *group) followers(events []api.InputLogEvent) (names []string) {
	wanted := g.MetricFilters > 0
	for i := 0; i < len(events) && !wanted; i++ {
		wanted = strings.Contains(events[i].Message, `"_aws"`) && metricfilter.Embedded(events[i].Message)
	}
	if wanted {
		names = append(names, metricsFollower)
	}
	for _, s := range g.Subscriptions {
		names = append(names, subscriptionPrefix+s)
	}
	return names
}

// arm makes sure that a follower will see what the transaction writes.
func (s *Service) arm(tx *kv.Tx, h home, g *group, name string) error {
	f, ok, err := kv.Get[follower](tx, h.followerKey(g.ID, name))
	if err != nil || f.Armed {
		return err
	}
	// Without filters only events in the embedded format arm it, and it has seen
	// all of them.
	if !ok || name == metricsFollower && g.MetricFilters == 0 {
		if f.Seen, err = newest(tx, h, g.ID); err != nil {
			return err
		}
	}
	return s.goOn(tx, h, g, name, g.ID+"/"+name, f)
}

// goOn gives a follower its task, by a key.
func (s *Service) goOn(tx *kv.Tx, h home, g *group, name, key string, f follower) error {
	f.Armed = true
	if err := kv.Put(tx, h.followerKey(g.ID, name), f); err != nil {
		return err
	}
	_, err := s.Tasks.Add(tx, task.Task{
		Kind: followKind, Owner: h.arnOf(g.Name) + ":" + name, Key: key, Account: h.Account, Region: h.Region,
		Body: followWork{h.Account, h.Region, g.Name, g.ID, name}, Policy: task.Policy{MinBackoff: time.Second, MaxBackoff: time.Minute},
	})
	return err
}

// begin lets a follower begin with what comes next.
func begin(tx *kv.Tx, h home, g *group, name string) error {
	f, ok, err := kv.Get[follower](tx, h.followerKey(g.ID, name))
	if err != nil || ok && f.Armed {
		return err
	}
	if f.Seen, err = newest(tx, h, g.ID); err != nil {
		return err
	}
	return kv.Put(tx, h.followerKey(g.ID, name), f)
}

// forget drops a follower.
func (s *Service) forget(tx *kv.Tx, h home, g *group, name string) error {
	for _, key := range []string{g.ID + "/" + name, g.ID + "/" + name + nextTask} {
		if err := s.Tasks.CancelKey(tx, followKind, key); err != nil {
			return err
		}
	}
	return tx.Delete(h.followerKey(g.ID, name))
}

// newest is the last commit that brought events into a group.
func newest(tx *kv.Tx, h home, groupID string) (version uint64, err error) {
	r := kv.Prefix(h.key("v", groupID))
	r.Reverse, r.Limit = true, 1
	for row, err := range tx.Scan(r) {
		if err != nil {
			return 0, err
		}
		if err := row.Key.Scan(5, &version); err != nil {
			return 0, err
		}
	}
	return version, nil
}

// arrived is a chunk that came in.
type arrived struct {
	spot  spot
	chunk chunk.Chunk
}

// news reads the chunks that came in after a commit: some, and all of the last
// commit among them, which is returned. until, if set, is the last commit.
func news(tx *kv.Tx, h home, groupID string, seen, until uint64) (list []arrived, last uint64, err error) {
	folder := h.key("v", groupID)
	r := kv.Prefix(folder)
	r.From = folder.With(seen + 1)
	last = seen
	for row, err := range kv.Scan[int64](tx, r) {
		if err != nil {
			return nil, 0, err
		}
		a := arrived{spot: spot{First: row.Value}}
		if err := row.Key.Scan(5, &a.spot.Version, &a.spot.Base); err != nil {
			return nil, 0, err
		}
		if len(list) >= followBatch && a.spot.Version != last || until > 0 && a.spot.Version > until {
			break
		}
		last = a.spot.Version
		value, ok, err := tx.Get(h.chunkKey(groupID, a.spot))
		if err != nil {
			return nil, 0, err
		}
		if !ok {
			continue
		}
		if a.chunk, err = chunk.Open(value); err != nil {
			return nil, 0, err
		}
		list = append(list, a)
	}
	return list, last, nil
}

// runFollow brings a follower up to date. What it does with a batch is done
// before it is noted, so after a crash a batch may be done again.
func (s *Service) runFollow(ctx context.Context, run *task.Run) error {
	var w followWork
	if err := run.Decode(&w); err != nil {
		return task.Dead(err)
	}
	h := home{w.Account, w.Region}
	for {
		var g group
		var list []arrived
		var last uint64
		done := false
		err := s.Store.Update(ctx, func(tx *kv.Tx) (err error) {
			var ok bool
			g, ok, err = kv.Get[group](tx, h.groupKey(w.Group))
			if err != nil {
				return err
			}
			f, known, err := kv.Get[follower](tx, h.followerKey(w.ID, w.Name))
			if err != nil {
				return err
			}
			if done = !ok || g.ID != w.ID || !known; done {
				return run.Done(tx)
			}
			if list, last, err = f.next(tx, h, &w); err != nil {
				return err
			}
			if done = last == f.Seen; done {
				f.Armed = false
				if err := kv.Put(tx, h.followerKey(w.ID, w.Name), f); err != nil {
					return err
				}
				return run.Done(tx)
			}
			return run.Hold(tx)
		})
		if err != nil || done {
			return err
		}
		taken, failed := s.follow(ctx, h, &g, w.Name, list, run)
		if failed == nil {
			taken = last
		}
		if taken > 0 {
			err = s.Store.Update(ctx, func(tx *kv.Tx) error {
				if err := run.Hold(tx); err != nil {
					return err
				}
				return kv.Put(tx, h.followerKey(w.ID, w.Name), follower{Seen: taken, Armed: true})
			})
		}
		if err := errors.Join(failed, err); err != nil {
			return fmt.Errorf("%s of log group %s: %w", w.Name, w.Group, err)
		}
		if err := run.Extend(ctx, time.Minute); err != nil {
			return err
		}
	}
}

// follow does with a batch what a follower is for. When it fails it returns the
// last commit that was wholly taken, or 0.
func (s *Service) follow(ctx context.Context, h home, g *group, name string, list []arrived, run *task.Run) (uint64, error) {
	if name == metricsFollower {
		return 0, s.publish(ctx, h, g, list, run.TraceID)
	}
	return s.deliver(ctx, h, g, strings.TrimPrefix(name, subscriptionPrefix), list, run)
}

// next is a follower's next batch. That of metrics is the same one each time until
// it is taken, so that CloudWatch can tell that it has it.
func (f *follower) next(tx *kv.Tx, h home, w *followWork) (list []arrived, last uint64, err error) {
	list, last, err = news(tx, h, w.ID, f.Seen, f.Until)
	if err == nil && last == f.Seen && f.Until > 0 { // it was removed meanwhile
		f.Until = 0
		list, last, err = news(tx, h, w.ID, f.Seen, 0)
	}
	if err != nil || w.Name != metricsFollower || last == f.Seen || f.Until == last {
		return list, last, err
	}
	f.Until = last
	return list, last, kv.Put(tx, h.followerKey(w.ID, w.Name), *f)
}

// followDead lets a follower that was given up go on behind what it could not
// take: the commit in front of it, or the batch that is under way.
func (s *Service) followDead(tx *kv.Tx, run *task.Run, reason error) error {
	var w followWork
	if err := run.Decode(&w); err != nil {
		return nil //nolint:nilerr // no follower is known by it
	}
	return s.skipDead(tx, run, &w, reason)
}

// skipDead moves the cursor of a follower whose run was given up.
func (s *Service) skipDead(tx *kv.Tx, run *task.Run, w *followWork, reason error) error {
	h := home{w.Account, w.Region}
	g, ok, err := kv.Get[group](tx, h.groupKey(w.Group))
	if err != nil {
		return err
	}
	f, known, err := kv.Get[follower](tx, h.followerKey(w.ID, w.Name))
	if err != nil || !known || !ok || g.ID != w.ID {
		return err
	}
	skipped, err := following(tx, h, w.ID, f.Seen)
	if err != nil {
		return err
	}
	f = follower{Seen: max(skipped, f.Until)}
	if err := kv.Put(tx, h.followerKey(w.ID, w.Name), f); err != nil {
		return err
	}
	s.Log.Error("log events were skipped", "group", w.Group, "follower", w.Name, "upto", f.Seen, "err", reason)
	left, err := following(tx, h, w.ID, f.Seen)
	if err != nil || left == f.Seen {
		return err
	}
	key := g.ID + "/" + w.Name
	if run.Key == key {
		key += nextTask
	}
	return s.goOn(tx, h, &g, w.Name, key, f)
}

// following is the commit that brought the next events into a group after one;
// itself if there is none.
func following(tx *kv.Tx, h home, groupID string, seen uint64) (uint64, error) {
	folder := h.key("v", groupID)
	r := kv.Prefix(folder)
	r.From, r.Limit = folder.With(seen+1), 1
	for row, err := range tx.Scan(r) {
		if err != nil {
			return 0, err
		}
		if err := row.Key.Scan(5, &seen); err != nil {
			return 0, err
		}
	}
	return seen, nil
}
