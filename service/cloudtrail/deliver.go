package cloudtrail

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	s3api "maru.dev/maru/api/s3"
	"maru.dev/maru/call"
	"maru.dev/maru/ids"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/cloudtrail/record"
	"maru.dev/maru/task"
	"maru.dev/maru/wire"
)

const (
	deliverKind = "cloudtrail.deliver"
	// A log file has at most this many events and bytes before compression.
	maxFileEvents = 5000
	maxFileBytes  = 16 << 20
	// deliverFor is how long what cannot be delivered is tried.
	deliverFor = 30 * 24 * time.Hour
)

// queue has an event delivered by a trail.
func (s *Service) queue(tx *kv.Tx, t *trail, e *record.Event) error {
	lanes := []lane{t.lane(e.Region, toBucket)}
	if t.LogGroup != "" {
		lanes = append(lanes, t.lane(e.Region, toLogs))
	}
	for _, l := range lanes {
		if err := tx.PutAtCommit(l.pendingKey(), []any{e.ID}, e.JSON); err != nil {
			return err
		}
		if err := s.arm(tx, l); err != nil {
			return err
		}
	}
	return nil
}

// arm makes sure that a task will deliver what waits in a lane.
func (s *Service) arm(tx *kv.Tx, l lane) error {
	_, armed, err := tx.Get(l.armedKey())
	if err != nil || armed {
		return err
	}
	if err := kv.Put(tx, l.armedKey(), true); err != nil {
		return err
	}
	_, err = s.Tasks.Add(tx, task.Task{
		Kind: deliverKind, Key: l.name(), Owner: home{l.Account, l.Home}.trailARN(l.Name), Due: s.Clock.Now().Add(s.options.Interval),
		Account: l.Account, Region: l.Home, Body: l,
		Policy: task.Policy{MaxAge: deliverFor, MinBackoff: time.Second, MaxBackoff: 5 * time.Minute},
	})
	return err
}

// disarm lets the next event try again what was given up.
func (s *Service) disarm(tx *kv.Tx, run *task.Run, _ error) error {
	var l lane
	if err := run.Decode(&l); err != nil {
		return nil //nolint:nilerr // a task that cannot be read has no lane
	}
	return tx.Delete(l.armedKey())
}

// runDeliver delivers what waits in a lane, batch by batch.
func (s *Service) runDeliver(ctx context.Context, run *task.Run) error {
	var l lane
	if err := run.Decode(&l); err != nil {
		return task.Dead(err)
	}
	for {
		t, b, events, err := s.take(ctx, run, l)
		if err != nil || b == nil {
			return err
		}
		if l.To == toLogs {
			err = s.deliverLogs(ctx, t, l, b, events)
		} else {
			err = s.deliverFile(ctx, t, l, b, events)
		}
		if err != nil {
			return errors.Join(err, s.noteFailure(ctx, l, err))
		}
		if err := run.Extend(ctx, time.Minute); err != nil {
			return err
		}
	}
}

// take fixes the next batch of a lane, or goes on with the one that is under
// way. When nothing waits the task is done; when the trail is gone, so is what
// it had.
func (s *Service) take(ctx context.Context, run *task.Run, l lane) (*trail, *batch, []json.RawMessage, error) {
	now := s.Clock.Now().UTC()
	fresh := batch{Time: now, Key: s.IDs.String(16, ids.Alnum)}
	var t *trail
	var next *batch
	var events []json.RawMessage
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		next, events = nil, nil
		found, ok, err := kv.Get[trail](tx, home{l.Account, l.Home}.trailKey(l.Name))
		if err != nil {
			return fmt.Errorf("load trail: %w", err)
		}
		if t = &found; !ok || t.ID != l.Trail {
			return errors.Join(l.clear(tx), run.Done(tx))
		}
		b, under, err := kv.Get[batch](tx, l.batchKey())
		if err != nil {
			return fmt.Errorf("load batch: %w", err)
		}
		if !under {
			b = fresh
			b.Key = t.logFileKey(l.Region, fresh.Time, fresh.Key)
		}
		if events, err = l.pending(tx, &b); err != nil {
			return err
		}
		if len(events) == 0 {
			return errors.Join(tx.Delete(l.armedKey()), tx.Delete(l.batchKey()), run.Done(tx))
		}
		next = &b
		return kv.Put(tx, l.batchKey(), b)
	})
	return t, next, events, err
}

// clear removes all that is kept for the lane.
func (l lane) clear(tx *kv.Tx) error {
	for _, key := range []kv.Key{l.pendingKey(), l.filesKey()} {
		if err := tx.DeleteRange(kv.Prefix(key)); err != nil {
			return err
		}
	}
	for _, key := range []kv.Key{l.armedKey(), l.batchKey(), l.statusKey(), l.chainKey()} {
		if err := tx.Delete(key); err != nil {
			return err
		}
	}
	return nil
}

// pending reads a batch's events, and fixes the batch's end when it has none.
func (l lane) pending(tx *kv.Tx, b *batch) ([]json.RawMessage, error) {
	r := kv.Prefix(l.pendingKey())
	r.Limit = maxFileEvents
	var events []json.RawMessage
	size, fixed := 0, b.Upto != nil
	for row, err := range tx.Scan(r) {
		if err != nil {
			return nil, fmt.Errorf("read pending events: %w", err)
		}
		size += len(row.Value)
		if fixed && bytes.Compare(row.Key, b.Upto) > 0 || !fixed && size > maxFileBytes && len(events) > 0 {
			break
		}
		events = append(events, row.Value)
		if !fixed {
			b.Upto = bytes.Clone(row.Key)
		}
	}
	return events, nil
}

// settle removes a delivered batch, and writes what comes of it.
func (s *Service) settle(ctx context.Context, l lane, b *batch, then func(tx *kv.Tx, st *status) error) error {
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		st, _, err := kv.Get[status](tx, l.statusKey())
		if err != nil {
			return fmt.Errorf("load status: %w", err)
		}
		upto := kv.Key(b.Upto)
		if err := tx.DeleteRange(kv.Range{From: l.pendingKey(), To: append(bytes.Clone(upto), 0)}); err != nil {
			return err
		}
		if err := tx.Delete(l.batchKey()); err != nil {
			return err
		}
		st.DeliveryError = ""
		if err := then(tx, &st); err != nil {
			return err
		}
		return kv.Put(tx, l.statusKey(), st)
	})
}

// noteFailure keeps why a delivery failed, for GetTrailStatus.
func (s *Service) noteFailure(ctx context.Context, l lane, why error) error {
	code, _ := task.Reason(why)
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		st, _, err := kv.Get[status](tx, l.statusKey())
		if err != nil {
			return err
		}
		st.DeliveryError = code
		return kv.Put(tx, l.statusKey(), st)
	})
}

// objectKey begins the keys of a trail's objects: "AWSLogs/account/kind/region/day/".
func (t *trail) objectKey(kind, region string, at time.Time) string {
	key := "AWSLogs/" + t.Account + "/" + kind + "/" + region + "/" + at.UTC().Format("2006/01/02") + "/"
	if t.Prefix != "" {
		key = t.Prefix + "/" + key
	}
	return key
}

// logFileKey names a log file.
func (t *trail) logFileKey(region string, at time.Time, unique string) string {
	return t.objectKey("CloudTrail", region, at) + t.Account + "_CloudTrail_" + region + "_" + at.UTC().Format("20060102T1504Z") + "_" + unique + ".json.gz"
}

// logFile writes events as a log file's content.
func logContent(events []json.RawMessage) []byte {
	out := []byte(`{"Records":[`)
	for i, e := range events {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, e...)
	}
	return append(out, "]}"...)
}

// deliverFile puts a batch into the trail's bucket, tells the topic of it, and
// leaves it to the next digest.
func (s *Service) deliverFile(ctx context.Context, t *trail, l lane, b *batch, events []json.RawMessage) error {
	content := logContent(events)
	f := logFile{Bucket: t.Bucket, Key: b.Key, Hash: hashOf(content)}
	for i, e := range events {
		var r struct{ EventTime time.Time }
		if err := json.Unmarshal(e, &r); err != nil {
			return fmt.Errorf("read event: %w", err)
		}
		if i == 0 || r.EventTime.Before(f.Oldest) {
			f.Oldest = r.EventTime
		}
		if r.EventTime.After(f.Newest) {
			f.Newest = r.EventTime
		}
	}
	if err := s.putObject(ctx, t, b.Key, content, nil); err != nil {
		return err
	}
	now := s.now()
	return s.settle(ctx, l, b, func(tx *kv.Tx, st *status) error {
		st.Delivered = now
		if t.Validation {
			if err := kv.Put(tx, l.fileKey(now, b.Key), f); err != nil {
				return err
			}
			if err := s.startChain(tx, l, now); err != nil {
				return err
			}
		}
		if t.Topic == "" {
			return nil
		}
		st.Notified = now
		return s.notify(tx, t, b.Key)
	})
}

// notify tells the trail's topic of a log file.
func (s *Service) notify(tx *kv.Tx, t *trail, key string) error {
	payload, err := json.Marshal(map[string]any{"s3Bucket": t.Bucket, "s3ObjectKey": []string{key}})
	if err != nil {
		return err
	}
	return s.Tasks.Deliver(tx, task.Delivery{
		Target: t.Topic, Payload: payload, Principal: principal, SourceARN: t.arn(), Account: t.Account, Region: t.Region,
		Policy: task.Policy{MaxAttempts: 20, MinBackoff: time.Second, MaxBackoff: time.Minute},
	})
}

// hashOf is a content's SHA-256 in hexadecimal digits.
func hashOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// putObject puts a compressed file into the trail's bucket, if the bucket's
// policy lets CloudTrail, as it must in whichever mode.
func (s *Service) putObject(ctx context.Context, t *trail, key string, content []byte, metadata map[string]string) error {
	if err := s.checkBucket(ctx, t); err != nil {
		var refused wire.Error
		if errors.As(err, &refused) && refused.ErrorCode() == "InsufficientS3BucketPolicyException" {
			return &wire.APIError{Code: "AccessDenied", Status: 403, Message: "Access Denied"}
		}
		return err
	}
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	if _, err := z.Write(content); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	ctx = call.As(ctx, principal, t.arn(), t.Account, t.Region)
	_, err := s.Caller.Call(ctx, "s3", "PutObject", &s3api.PutObjectInput{
		Bucket: t.Bucket, Key: key, Body: bytes.NewReader(zipped.Bytes()), ContentLength: new(int64(zipped.Len())),
		ContentType: new("application/json"), ContentEncoding: new("gzip"), Metadata: metadata,
	})
	if err != nil {
		return fmt.Errorf("put %s: %w", key, err)
	}
	return nil
}
