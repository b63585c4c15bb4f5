package s3

import (
	"fmt"
	"math"
	"time"

	"maru.dev/maru/kv"
	"maru.dev/maru/task"
)

// current reads a key's current version: content or a delete marker; nil if
// there is neither.
func current(tx *kv.Tx, b *bucket, key string) (*object, error) {
	o, ok, err := kv.Get[object](tx, b.objectKey(key))
	if err != nil || ok {
		return &o, wrapLoad(err)
	}
	if !b.versioned() {
		return nil, nil //nolint:nilnil // nothing there is an answer
	}
	o, ok, err = kv.Get[object](tx, b.markerKey(key))
	if err != nil || ok {
		return &o, wrapLoad(err)
	}
	return nil, nil //nolint:nilnil // see above
}

// wrapLoad says what was being done.
func wrapLoad(err error) error {
	if err != nil {
		return fmt.Errorf("load object: %w", err)
	}
	return nil
}

// version reads the version that a request names; nil if there is none. Without
// an ID it is the current one.
func version(tx *kv.Tx, b *bucket, key string, id *string) (o *object, isCurrent bool, err error) {
	cur, err := current(tx, b, key)
	if err != nil || id == nil {
		return cur, cur != nil, err
	}
	if *id == "" {
		return nil, false, invalidArgument("versionId", "", "Version id cannot be the empty string")
	}
	if cur != nil && cur.VersionID == *id {
		return cur, true, nil
	}
	var seq uint64
	if *id == nullVersion {
		var ok bool
		if seq, ok, err = kv.Get[uint64](tx, b.nullKey(key)); err != nil || !ok {
			return nil, false, wrapLoad(err)
		}
	} else {
		var ok bool
		if seq, ok = seqOf(*id); !ok {
			return nil, false, invalidVersionID(*id)
		}
	}
	old, ok, err := kv.Get[object](tx, b.versionKey(key, seq))
	if err != nil || !ok || old.VersionID != *id {
		return nil, false, wrapLoad(err)
	}
	return &old, false, nil
}

// place makes o the current version of key, in the way the bucket's versioning
// asks for. random makes its version ID. o must not be written before: its Seq
// and VersionID are set here.
func (s *Service) place(tx *kv.Tx, b *bucket, key string, o *object, now time.Time, random []byte) error {
	cur, err := current(tx, b, key)
	if err != nil {
		return err
	}
	o.Seq, o.VersionID = uint64(now.UnixNano()), nullVersion
	if cur != nil && cur.Seq >= o.Seq {
		o.Seq = cur.Seq + 1
	}
	switch b.Versioning {
	case "Enabled":
		o.VersionID = newVersionID(o.Seq, random)
		err = s.retire(tx, b, key, cur)
	case "Suspended":
		err = s.replaceNull(tx, b, key, cur)
	default:
		if cur != nil {
			err = s.drop(tx, b, cur)
		}
	}
	if err != nil {
		return err
	}
	return putCurrent(tx, b, key, o)
}

// putCurrent writes a current version in its folder.
func putCurrent(tx *kv.Tx, b *bucket, key string, o *object) error {
	if o.Marker {
		return kv.Put(tx, b.markerKey(key), *o)
	}
	return kv.Put(tx, b.objectKey(key), *o)
}

// removeCurrent deletes the row of a current version.
func removeCurrent(tx *kv.Tx, b *bucket, key string, o *object) error {
	if o.Marker {
		return tx.Delete(b.markerKey(key))
	}
	return tx.Delete(b.objectKey(key))
}

// retire makes the current version one of the earlier ones.
func (s *Service) retire(tx *kv.Tx, b *bucket, key string, cur *object) error {
	if cur == nil {
		return nil
	}
	if err := removeCurrent(tx, b, key, cur); err != nil {
		return err
	}
	if cur.VersionID == nullVersion {
		if err := kv.Put(tx, b.nullKey(key), cur.Seq); err != nil {
			return err
		}
	}
	return kv.Put(tx, b.versionKey(key, cur.Seq), *cur)
}

// replaceNull makes room for a new null version: the old one goes, wherever it
// is, and a current version with an ID of its own becomes an earlier one.
func (s *Service) replaceNull(tx *kv.Tx, b *bucket, key string, cur *object) error {
	if cur != nil && cur.VersionID == nullVersion {
		if err := removeCurrent(tx, b, key, cur); err != nil {
			return err
		}
		return s.drop(tx, b, cur)
	}
	null := nullVersion
	old, _, err := version(tx, b, key, &null)
	if err != nil {
		return err
	}
	if old != nil {
		if err := s.removeEarlier(tx, b, key, old); err != nil {
			return err
		}
	}
	return s.retire(tx, b, key, cur)
}

// removeEarlier deletes a version that is not current, with its content.
func (s *Service) removeEarlier(tx *kv.Tx, b *bucket, key string, o *object) error {
	if o.VersionID == nullVersion {
		if err := tx.Delete(b.nullKey(key)); err != nil {
			return err
		}
	}
	if err := tx.Delete(b.versionKey(key, o.Seq)); err != nil {
		return err
	}
	return s.drop(tx, b, o)
}

// remove deletes one version for good. If it was the current one, the newest of
// the others takes its place.
func (s *Service) remove(tx *kv.Tx, b *bucket, key string, o *object, isCurrent bool) error {
	if !isCurrent {
		return s.removeEarlier(tx, b, key, o)
	}
	if err := removeCurrent(tx, b, key, o); err != nil {
		return err
	}
	if err := s.drop(tx, b, o); err != nil || !b.versioned() {
		return err
	}
	newest := kv.Prefix(b.key("v", key))
	newest.Limit = 1
	for row, err := range kv.Scan[object](tx, newest) {
		if err != nil {
			return wrapLoad(err)
		}
		if row.Value.VersionID == nullVersion {
			if err := tx.Delete(b.nullKey(key)); err != nil {
				return err
			}
		}
		if err := tx.Delete(row.Key); err != nil {
			return err
		}
		return putCurrent(tx, b, key, &row.Value)
	}
	return nil
}

// drop lets go of a version's content.
func (s *Service) drop(tx *kv.Tx, b *bucket, o *object) error {
	switch {
	case o.Marker:
		return nil
	case o.Parts > 0:
		return s.release(tx, b, o.Data, s.Clock.Now().Add(readingTime))
	case o.Ref != "":
		return s.Blobs.Unlink(tx, o.Ref)
	default:
		return tx.Delete(b.dataKey(o.Data))
	}
}

// release lets the parts of an upload go, later and in small steps: there may
// be ten thousand of them, and someone may be reading.
func (s *Service) release(tx *kv.Tx, b *bucket, data string, at time.Time) error {
	_, err := s.Tasks.Add(tx, task.Task{
		Kind: releaseKind, Owner: b.arn(), Key: b.ID + "/" + data, Due: at, Account: b.Account, Region: b.Region,
		Policy: task.Policy{MaxAttempts: math.MaxInt32}, Body: released{Account: b.Account, Region: b.Region, Bucket: b.ID, Data: data},
	})
	if err != nil {
		return fmt.Errorf("release parts: %w", err)
	}
	return nil
}
