package s3

import (
	"context"
	"errors"

	api "maru.dev/maru/api/s3"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// DeleteObjects deletes up to a thousand objects in one transaction. What is
// refused of one key does not keep the others from going.
//
// Spec: S3 API Reference, DeleteObjects.
func (s *Service) DeleteObjects(ctx context.Context, in *api.DeleteObjectsInput) (*api.DeleteObjectsOutput, error) {
	if in.Delete == nil || len(in.Delete.Objects) == 0 || len(in.Delete.Objects) > maxPage {
		return nil, malformedXML()
	}
	if in.MFA != nil {
		return nil, implied("x-amz-mfa")
	}
	out := &api.DeleteObjectsOutput{}
	quiet := in.Delete.Quiet != nil && *in.Delete.Quiet
	now, random := s.Clock.Now(), s.IDs.Bytes((versionBytes-8)*len(in.Delete.Objects))
	err := s.update(ctx, in.Bucket, in.ExpectedBucketOwner, func(tx *kv.Tx, b *bucket) error {
		out.Deleted, out.Errors = nil, nil
		for i := range in.Delete.Objects {
			one := &in.Delete.Objects[i]
			d := deletion{
				key: one.Key, versionID: one.VersionId, ifMatch: one.ETag, ifTime: one.LastModifiedTime, ifSize: one.Size,
				random: random[i*(versionBytes-8) : (i+1)*(versionBytes-8)],
			}
			done, err := deleted{}, checkKey(one.Key)
			if err == nil {
				done, err = s.delete(ctx, tx, b, &d, now)
			}
			if refused, ok := errors.AsType[wire.Error](err); ok && refused.HTTPStatus() < 500 {
				out.Errors = append(out.Errors, api.Error{Key: &one.Key, VersionId: one.VersionId, Code: new(refused.ErrorCode()), Message: new(refused.ErrorMessage())})
				continue
			}
			if err != nil {
				return err
			}
			if !quiet {
				out.Deleted = append(out.Deleted, done.entry(one))
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// entry is a deletion's line of the reply.
func (d *deleted) entry(one *api.ObjectIdentifier) api.DeletedObject {
	line := api.DeletedObject{Key: &one.Key, VersionId: one.VersionId}
	if d.marker {
		line.DeleteMarker, line.DeleteMarkerVersionId = new(true), d.versionID
	}
	return line
}
