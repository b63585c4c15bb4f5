package logs

import (
	"context"
	"fmt"

	api "maru.dev/maru/api/logs"
	"maru.dev/maru/kv"
	"maru.dev/maru/task"
)

// removalKind is the task that removes the events of a deleted stream.
const removalKind = "logs.removal"

// removalBatch is how many chunks one transaction removes.
const removalBatch = 500

// removal is that task's body.
type removal struct{ Account, Region, Group, Stream string }

// DeleteLogStream removes a stream. Its events are gone at once; their room is
// freed in the background.
//
// Spec: CloudWatch Logs API Reference, DeleteLogStream.
func (s *Service) DeleteLogStream(ctx context.Context, in *api.DeleteLogStreamInput) (*api.DeleteLogStreamOutput, error) {
	h := homeOf(ctx)
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		g, err := loadGroup(tx, h, in.LogGroupName)
		if err != nil {
			return err
		}
		st, err := loadStream(tx, h, &g, in.LogStreamName)
		if err != nil {
			return err
		}
		if err := tx.Delete(h.orderKey(g.ID, &st)); err != nil {
			return err
		}
		if err := tx.Delete(h.streamKey(g.ID, st.Name)); err != nil {
			return err
		}
		_, err = s.Tasks.Add(tx, task.Task{
			Kind: removalKind, Owner: h.arnOf(g.Name), Body: removal{h.Account, h.Region, g.ID, st.ID},
			Account: h.Account, Region: h.Region,
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteLogStreamOutput{}, nil
}

// runRemoval removes a deleted stream's events, a batch in a transaction.
func (s *Service) runRemoval(ctx context.Context, run *task.Run) error {
	var r removal
	if err := run.Decode(&r); err != nil {
		return task.Dead(err)
	}
	for {
		n := 0
		err := s.Store.Update(ctx, func(tx *kv.Tx) (err error) {
			n, err = removeEvents(tx, home{r.Account, r.Region}, r.Group, r.Stream)
			return err
		})
		if err != nil {
			return fmt.Errorf("remove events: %w", err)
		}
		if n < removalBatch {
			return nil
		}
	}
}

// removeEvents removes up to a batch of a stream's chunks.
func removeEvents(tx *kv.Tx, h home, groupID, streamID string) (n int, err error) {
	r := kv.Prefix(h.key("y", groupID, streamID))
	r.Limit = removalBatch
	var freed int64
	for row, err := range kv.Scan[filed](tx, r) {
		if err != nil {
			return n, err
		}
		var s spot
		if err := row.Key.Scan(6, &s.First, &s.Version, &s.Base); err != nil {
			return n, err
		}
		freed += row.Value.Size
		if err := dropChunk(tx, h, groupID, streamID, s); err != nil {
			return n, err
		}
		n++
	}
	return n, tx.Add(h.bytesKey(groupID), -freed)
}
