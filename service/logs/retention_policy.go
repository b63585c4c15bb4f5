package logs

import (
	"context"
	"fmt"
	"slices"
	"time"

	api "maru.dev/maru/api/logs"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/logs/chunk"
	"maru.dev/maru/task"
)

// retentionKind is the task that removes a group's expired events. Readers skip
// them by themselves; this frees their room.
const retentionKind = "logs.retention"

// retentionEvery is how often a group is looked through.
const retentionEvery = time.Hour

// retentionWork is that task's body.
type retentionWork struct{ Account, Region, Name, ID string }

// retentions are the numbers of days that AWS allows.
func retentions() []int32 {
	return []int32{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}
}

// PutRetentionPolicy says how many days a group's events are kept.
//
// Spec: CloudWatch Logs API Reference, PutRetentionPolicy.
func (s *Service) PutRetentionPolicy(ctx context.Context, in *api.PutRetentionPolicyInput) (*api.PutRetentionPolicyOutput, error) {
	if !slices.Contains(retentions(), in.RetentionInDays) {
		return nil, invalid("1 validation error detected: Value '%d' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: %v", in.RetentionInDays, retentions())
	}
	err := s.change(ctx, in.LogGroupName, func(tx *kv.Tx, h home, g *group) error {
		g.Retention = in.RetentionInDays
		_, err := s.Tasks.Add(tx, task.Task{
			Kind: retentionKind, Owner: h.arnOf(g.Name), Key: g.ID,
			Body: retentionWork{h.Account, h.Region, g.Name, g.ID}, Account: h.Account, Region: h.Region,
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	return &api.PutRetentionPolicyOutput{}, nil
}

// DeleteRetentionPolicy keeps a group's events for ever.
//
// Spec: CloudWatch Logs API Reference, DeleteRetentionPolicy.
func (s *Service) DeleteRetentionPolicy(ctx context.Context, in *api.DeleteRetentionPolicyInput) (*api.DeleteRetentionPolicyOutput, error) {
	err := s.change(ctx, in.LogGroupName, func(tx *kv.Tx, _ home, g *group) error {
		g.Retention = 0
		return s.Tasks.CancelKey(tx, retentionKind, g.ID)
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteRetentionPolicyOutput{}, nil
}

// change reads a group, changes it and writes it back.
func (s *Service) change(ctx context.Context, name string, how func(tx *kv.Tx, h home, g *group) error) error {
	h := homeOf(ctx)
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		g, err := loadGroup(tx, h, name)
		if err != nil {
			return err
		}
		if err := how(tx, h, &g); err != nil {
			return err
		}
		return kv.Put(tx, h.groupKey(name), g)
	})
}

// runRetention removes expired events, a batch in a transaction, and asks to be
// run again.
func (s *Service) runRetention(ctx context.Context, run *task.Run) error {
	var w retentionWork
	if err := run.Decode(&w); err != nil {
		return task.Dead(err)
	}
	h, now := home{w.Account, w.Region}, s.Clock.Now()
	for {
		more, gone := false, false
		err := s.Store.Update(ctx, func(tx *kv.Tx) error {
			g, ok, err := kv.Get[group](tx, h.groupKey(w.Name))
			if gone = !ok || g.ID != w.ID || g.Retention == 0; err != nil || gone {
				return err
			}
			more, err = expire(tx, h, &g, g.oldest(now))
			return err
		})
		switch {
		case err != nil:
			return fmt.Errorf("remove expired events: %w", err)
		case gone:
			return nil
		case !more:
			return task.Again(now.Add(retentionEvery))
		}
	}
}

// expireBatch is how many chunks one transaction looks at.
const expireBatch = 64

// expire removes chunks of a group that are wholly from before a time, and says
// whether there may be more of them.
func expire(tx *kv.Tx, h home, g *group, before int64) (more bool, err error) {
	folder := h.key("c", g.ID)
	r := kv.Prefix(folder)
	r.To, r.Limit = folder.With(before), expireBatch
	var freed int64
	n, dropped := 0, 0
	for row, err := range tx.Scan(r) {
		if err != nil {
			return false, err
		}
		var s spot
		if err := row.Key.Scan(5, &s.First, &s.Version, &s.Base); err != nil {
			return false, err
		}
		n++
		c, err := chunk.Open(row.Value)
		if err != nil {
			return false, err
		}
		if c.Last >= before {
			continue
		}
		dropped++
		freed += c.Text + int64(c.Count)*overhead
		if err := dropChunk(tx, h, g.ID, c.StreamID, s); err != nil {
			return false, err
		}
	}
	return n == expireBatch && dropped > 0, tx.Add(h.bytesKey(g.ID), -freed)
}
