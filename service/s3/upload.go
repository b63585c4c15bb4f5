package s3

import (
	"context"
	"fmt"
	"time"

	api "maru.dev/maru/api/s3"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/s3/sum"
)

// upload is an upload in parts that is under way. Its ID also names its parts,
// and still does when they are an object.
type upload struct {
	ID        string
	Initiated time.Time
	Object    object        // what it will be
	Algorithm sum.Algorithm // "": the client has named none
	SumType   string
}

// minPartBytes is the least that any part but the last may have.
const minPartBytes = 5 << 20

// newUploadID returns an ID that sorts by time.
func (s *Service) newUploadID(at time.Time) string {
	return fmt.Sprintf("%016x", at.UnixNano()) + s.IDs.Hex(48)
}

// upload reads an upload under way.
func (b *bucket) upload(tx *kv.Tx, key, id string) (*upload, error) {
	u, ok, err := kv.Get[upload](tx, b.uploadKey(key, id))
	switch {
	case err != nil:
		return nil, fmt.Errorf("load upload: %w", err)
	case !ok:
		return nil, noSuchUpload(id)
	}
	return &u, nil
}

// CreateMultipartUpload begins an upload in parts.
//
// Spec: S3 API Reference, CreateMultipartUpload.
func (s *Service) CreateMultipartUpload(ctx context.Context, in *api.CreateMultipartUploadInput) (*api.CreateMultipartUploadOutput, error) {
	o, err := s.newObject(ctx, &api.PutObjectInput{
		Key: in.Key, ACL: in.ACL, CacheControl: in.CacheControl, ContentDisposition: in.ContentDisposition, ContentEncoding: in.ContentEncoding,
		ContentLanguage: in.ContentLanguage, ContentType: in.ContentType, Expires: in.Expires, Metadata: in.Metadata, Tagging: in.Tagging,
		ServerSideEncryption: in.ServerSideEncryption, SSEKMSKeyId: in.SSEKMSKeyId, BucketKeyEnabled: in.BucketKeyEnabled,
		StorageClass: in.StorageClass, WebsiteRedirectLocation: in.WebsiteRedirectLocation, SSECustomerAlgorithm: in.SSECustomerAlgorithm,
		ObjectLockMode: in.ObjectLockMode, ObjectLockRetainUntilDate: in.ObjectLockRetainUntilDate, ObjectLockLegalHoldStatus: in.ObjectLockLegalHoldStatus,
		GrantFullControl: in.GrantFullControl, GrantRead: in.GrantRead, GrantReadACP: in.GrantReadACP, GrantWriteACP: in.GrantWriteACP,
	})
	if err != nil {
		return nil, err
	}
	u := upload{ID: s.newUploadID(s.Clock.Now()), Initiated: s.now(), Object: *o}
	if u.Algorithm, u.SumType, err = uploadSums(in.ChecksumAlgorithm, in.ChecksumType); err != nil {
		return nil, err
	}
	u.Object.Data, u.Object.SumType = u.ID, u.SumType
	err = s.update(ctx, in.Bucket, in.ExpectedBucketOwner, func(tx *kv.Tx, b *bucket) error {
		if err := b.admitList(tx, o.ACL); err != nil {
			return err
		}
		return kv.Put(tx, b.uploadKey(in.Key, u.ID), u)
	})
	if err != nil {
		return nil, err
	}
	out := &api.CreateMultipartUploadOutput{
		Bucket: &in.Bucket, Key: &in.Key, UploadId: &u.ID, ServerSideEncryption: o.Headers.encryption(), SSEKMSKeyId: o.Headers.KMSKey,
		BucketKeyEnabled: o.Headers.BucketKey,
	}
	if u.Algorithm != "" {
		out.ChecksumAlgorithm, out.ChecksumType = new(string(u.Algorithm)), &u.SumType
	}
	return out, nil
}

// uploadSums reads which checksum an upload is to have. Hashes cannot be put
// together, so theirs are always composite; CRC64NVME is always of the whole.
func uploadSums(algorithm, kind *string) (sum.Algorithm, string, error) {
	if algorithm == nil || *algorithm == "" {
		if kind != nil {
			return "", "", invalidRequest("The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.")
		}
		return "", sum.FullObject, nil
	}
	a, ok := sum.Parse(*algorithm)
	if !ok {
		return "", "", unknownAlgorithm()
	}
	switch {
	case kind == nil && a == sum.CRC64NVME:
		return a, sum.FullObject, nil
	case kind == nil:
		return a, sum.Composite, nil
	case *kind == sum.Composite && a == sum.CRC64NVME, *kind == sum.FullObject && !a.Linear():
		return "", "", invalidRequest("The " + *kind + " checksum type cannot be used with the " + string(a) + " checksum algorithm.")
	case *kind != sum.Composite && *kind != sum.FullObject:
		return "", "", invalidRequest("Value for x-amz-checksum-type header is invalid.")
	}
	return a, *kind, nil
}

// AbortMultipartUpload ends an upload and lets its parts go.
//
// Spec: S3 API Reference, AbortMultipartUpload.
func (s *Service) AbortMultipartUpload(ctx context.Context, in *api.AbortMultipartUploadInput) (*api.AbortMultipartUploadOutput, error) {
	err := s.update(ctx, in.Bucket, in.ExpectedBucketOwner, func(tx *kv.Tx, b *bucket) error {
		u, err := b.upload(tx, in.Key, in.UploadId)
		if err != nil {
			return err
		}
		if in.IfMatchInitiatedTime != nil && !in.IfMatchInitiatedTime.Equal(u.Initiated) {
			return preconditionFailed("x-amz-if-match-initiated-time")
		}
		if err := tx.Delete(b.uploadKey(in.Key, u.ID)); err != nil {
			return err
		}
		return s.release(tx, b, u.ID, s.Clock.Now())
	})
	if err != nil {
		return nil, err
	}
	return &api.AbortMultipartUploadOutput{}, nil
}
