package cloudwatch

import (
	"context"
	"time"

	"maru.dev/maru/kv"
	"maru.dev/maru/task"
)

const (
	// onceKind is the task that removes the names of a day's calls.
	onceKind = "cloudwatch.once"
	// onceDay is how long names are kept together: a call's is known for one more
	// at least.
	onceDay = 24 * time.Hour
)

// onceWork is the task's body.
type onceWork struct{ Day int64 }

// onceKey is where a call's name is; a day that has any has the empty one.
func (h home) onceKey(day int64, name string) kv.Key { return h.key("o", day, name) }

// again says whether a call that has a name was made already, and remembers the
// name otherwise.
func (s *Service) again(tx *kv.Tx, h home, name string, now time.Time) (known bool, err error) {
	if name == "" {
		return false, nil
	}
	day := now.Unix() / int64(onceDay/time.Second)
	for _, d := range []int64{day, day - 1} {
		if _, known, err = tx.Get(h.onceKey(d, name)); err != nil || known {
			return known, err
		}
	}
	if err := kv.Put(tx, h.onceKey(day, name), true); err != nil {
		return false, err
	}
	if _, begun, err := tx.Get(h.onceKey(day, "")); err != nil || begun {
		return false, err
	}
	if err := kv.Put(tx, h.onceKey(day, ""), true); err != nil {
		return false, err
	}
	_, err = s.Tasks.Add(tx, task.Task{
		Kind: onceKind, Owner: "cloudwatch:" + h.Account, Due: time.Unix(0, 0).Add(time.Duration(day+2) * onceDay), Body: onceWork{day},
		Account: h.Account, Region: h.Region,
	})
	return false, err
}

// runOnceOver removes the names of a day.
func (s *Service) runOnceOver(ctx context.Context, run *task.Run) error {
	var w onceWork
	if err := run.Decode(&w); err != nil {
		return task.Dead(err)
	}
	h := home{run.Account, run.Region}
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		if err := tx.DeleteRange(kv.Prefix(h.key("o", w.Day))); err != nil {
			return err
		}
		return run.Done(tx)
	})
}
