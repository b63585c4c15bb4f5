package s3

import (
	"context"
	"fmt"
	"time"

	"maru.dev/maru/kv"
	"maru.dev/maru/task"
)

// releaseKind is the kind of tasks that let go of the parts of what is gone.
const releaseKind = "s3.release"

// readingTime is how long parts outlive their object, for who is reading it.
const readingTime = time.Hour

// releaseStep is how many parts one transaction lets go of.
const releaseStep = 200

// released names parts that nothing needs any more.
type released struct{ Account, Region, Bucket, Data string }

// runRelease lets go of parts, step by step.
func (s *Service) runRelease(ctx context.Context, run *task.Run) error {
	var r released
	if err := run.Decode(&r); err != nil {
		return task.Dead(err)
	}
	b := bucket{Account: r.Account, Region: r.Region, ID: r.Bucket}
	for {
		n := 0
		err := s.Store.Update(ctx, func(tx *kv.Tx) error {
			n = 0
			rows := kv.Prefix(b.partsKey(r.Data))
			rows.Limit = releaseStep
			for row, err := range kv.Scan[part](tx, rows) {
				if err != nil {
					return err
				}
				n++
				if err := s.dropPart(tx, row.Key, &row.Value); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("release parts: %w", err)
		}
		if n < releaseStep {
			return nil
		}
	}
}

// dropPart removes one part.
func (s *Service) dropPart(tx *kv.Tx, key kv.Key, p *part) error {
	if err := tx.Delete(key); err != nil {
		return err
	}
	return s.Blobs.Unlink(tx, p.Ref)
}
