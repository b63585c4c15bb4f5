package upkeep

import (
	"context"
	"time"

	"maru.dev/maru/ids"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/dynamodb/stream"
	"maru.dev/maru/service/dynamodb/table"
	"maru.dev/maru/task"
)

// trimTask removes what a stream has kept for long enough. Its body is a trim.
const trimTask = "dynamodb.trim"

// trim names a stream in its account and region.
type trim struct {
	Account, Region string
	Table, Label    string
}

// The limits of a partition, by which AWS counts a new table's shards.
const (
	partitionReads  = 3000
	partitionWrites = 1000
	onDemandShards  = 4
	maxShards       = 16
)

// shards is how many shards a stream of t has: as many as AWS would give a new
// table of its throughput partitions, within reason.
func shards(t *table.Table) int {
	if !t.Provisioned {
		return onDemandShards
	}
	reads := (t.Throughput.Read + partitionReads - 1) / partitionReads
	writes := (t.Throughput.Write + partitionWrites - 1) / partitionWrites
	return int(min(max(reads, writes, 1), maxShards))
}

// OpenStream gives t a new stream. t is saved by the caller.
func (u *Upkeep) OpenStream(tx *kv.Tx, t *table.Table, view string) error {
	now := u.now()
	st := stream.Stream{
		ID: u.IDs.String(10, ids.Lower), Table: t.Name, Label: now.Format("2006-01-02T15:04:05.000"), View: view,
		Shards: shards(t), Hash: t.Hash, Range: t.Range, Status: stream.Enabled, Created: now,
	}
	t.Stream = &st
	space := stream.In(t.Account, t.Region)
	if err := kv.Put(tx, space.Key(st.Table, st.Label), st); err != nil {
		return err
	}
	_, err := u.Tasks.Add(tx, task.Task{
		Kind: trimTask, Owner: st.ID, Key: st.ID, Due: now.Add(stream.Retention),
		Body:    trim{t.Account, t.Region, st.Table, st.Label},
		Account: t.Account, Region: t.Region,
	})
	return err
}

// CloseStream ends t's stream, if it has one that is on. t is saved by the caller.
func (u *Upkeep) CloseStream(tx *kv.Tx, t *table.Table) error {
	if !t.Streaming() {
		return nil
	}
	now := u.now()
	if err := stream.In(t.Account, t.Region).Close(tx, *t.Stream, now); err != nil {
		return err
	}
	st := *t.Stream
	st.Status, st.Disabled = stream.Disabled, now
	t.Stream = &st
	tx.Wake(t.StreamTopic())
	return nil
}

// runTrim removes old records of a stream, and at last the stream.
func (u *Upkeep) runTrim(ctx context.Context, run *task.Run) error {
	var body trim
	if err := run.Decode(&body); err != nil {
		return task.Dead(err)
	}
	const batch = 1000
	space, now := stream.In(body.Account, body.Region), u.now()
	var again time.Time
	err := u.Store.Update(ctx, func(tx *kv.Tx) error {
		again = now.Add(stream.Retention)
		st, ok, err := kv.Get[stream.Stream](tx, space.Key(body.Table, body.Label))
		if err != nil {
			return err
		}
		if !ok {
			again = time.Time{}
			return run.Done(tx)
		}
		if st.Status == stream.Disabled {
			if now.Sub(st.Disabled) >= stream.Retention {
				again = time.Time{}
				if err := space.Forget(tx, st); err != nil {
					return err
				}
				return run.Done(tx)
			}
			again = st.Disabled.Add(stream.Retention)
		}
		for shard := range st.Shards {
			oldest, more, err := space.Trim(tx, st.ID, shard, now.Add(-stream.Retention), batch)
			if err != nil {
				return err
			}
			switch {
			case more:
				again = now
			case !oldest.IsZero() && oldest.Add(stream.Retention).Before(again):
				again = oldest.Add(stream.Retention)
			}
		}
		return nil
	})
	if err != nil || again.IsZero() {
		return err
	}
	if again.After(now) { // not more often than this, however the records are spread
		again = later(again, now.Add(time.Minute))
	}
	return task.Again(again)
}

// later returns the later of two times.
func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
