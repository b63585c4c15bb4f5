package s3

import (
	"context"
	"time"

	api "maru.dev/maru/api/s3"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
)

// deletion asks for one key, or one version of it, to go.
type deletion struct {
	key       string
	versionID *string
	ifMatch   *string
	ifTime    *time.Time
	ifSize    *int64
	random    []byte // for the ID of a delete marker
	expired   bool   // by a lifecycle rule: events say so
}

// deleted is what became of a deletion.
type deleted struct {
	marker    bool    // a marker was made, or was what went
	versionID *string // of the marker made, or of the version that went
}

// DeleteObject removes an object, or hides it behind a delete marker where the
// bucket keeps versions. A key that is not there is deleted already.
//
// Spec: S3 API Reference, DeleteObject.
func (s *Service) DeleteObject(ctx context.Context, in *api.DeleteObjectInput) (*api.DeleteObjectOutput, error) {
	if err := checkKey(in.Key); err != nil {
		return nil, err
	}
	if in.MFA != nil {
		return nil, implied("x-amz-mfa")
	}
	d := deletion{
		key: in.Key, versionID: in.VersionId, ifMatch: in.IfMatch, ifTime: in.IfMatchLastModifiedTime, ifSize: in.IfMatchSize,
		random: s.IDs.Bytes(versionBytes - 8),
	}
	out := &api.DeleteObjectOutput{}
	now := s.Clock.Now()
	err := s.update(ctx, in.Bucket, in.ExpectedBucketOwner, func(tx *kv.Tx, b *bucket) error {
		done, err := s.delete(ctx, tx, b, &d, now)
		if err != nil {
			return err
		}
		out.VersionId, out.DeleteMarker = done.versionID, nil
		if done.marker {
			out.DeleteMarker = new(true)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// delete carries out one deletion.
func (s *Service) delete(ctx context.Context, tx *kv.Tx, b *bucket, d *deletion, now time.Time) (deleted, error) {
	o, isCurrent, err := version(tx, b, d.key, d.versionID)
	if err != nil {
		return deleted{}, err
	}
	if err := d.check(o); err != nil {
		return deleted{}, err
	}
	switch {
	case d.versionID != nil || !b.versioned():
		done := deleted{}
		if b.versioned() {
			done.versionID = d.versionID
		}
		if o == nil {
			return done, nil
		}
		done.marker = o.Marker
		if err := s.remove(tx, b, d.key, o, isCurrent); err != nil {
			return done, err
		}
		return done, s.emit(ctx, tx, b, event{name: d.cause() + ":Delete", key: d.key, object: o})
	default:
		marker := object{Marker: true, Modified: now.UTC().Truncate(time.Second), Owner: call.From(ctx).Account}
		if err := s.place(tx, b, d.key, &marker, now, d.random); err != nil {
			return deleted{}, err
		}
		return deleted{marker: true, versionID: &marker.VersionID},
			s.emit(ctx, tx, b, event{name: d.cause() + ":DeleteMarkerCreated", key: d.key, object: &marker})
	}
}

// cause is the kind of event that a deletion is.
func (d *deletion) cause() string {
	if d.expired {
		return "LifecycleExpiration"
	}
	return "ObjectRemoved"
}

// check holds what is there against a deletion's conditions.
func (d *deletion) check(o *object) error {
	if d.ifMatch == nil && d.ifTime == nil && d.ifSize == nil {
		return nil
	}
	if o == nil || o.Marker {
		return noSuchKey(d.key)
	}
	switch {
	case d.ifMatch != nil && !matches(*d.ifMatch, o.ETag):
		return preconditionFailed("If-Match")
	case d.ifTime != nil && !d.ifTime.Truncate(time.Second).Equal(o.Modified):
		return preconditionFailed("x-amz-if-match-last-modified-time")
	case d.ifSize != nil && *d.ifSize != o.Size:
		return preconditionFailed("x-amz-if-match-size")
	}
	return nil
}
