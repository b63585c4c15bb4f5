package s3

import (
	"context"
	"fmt"
	"io"
	"strings"

	api "maru.dev/maru/api/s3"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/s3/sum"
)

// UploadPart stores one part of an upload. A part of the same number before it
// is replaced.
//
// Spec: S3 API Reference, UploadPart.
func (s *Service) UploadPart(ctx context.Context, in *api.UploadPartInput) (*api.UploadPartOutput, error) {
	if in.SSECustomerAlgorithm != nil {
		return nil, implied("x-amz-server-side-encryption-customer-algorithm")
	}
	target := partTarget{in.Bucket, in.Key, in.UploadId, in.ExpectedBucketOwner, int(in.PartNumber)}
	u, err := target.check(ctx, s)
	if err != nil {
		return nil, err
	}
	c := &claims{
		md5: in.ContentMD5, algorithm: in.ChecksumAlgorithm, length: in.ContentLength, large: true,
		sums: sumsOf(in.ChecksumCRC32, in.ChecksumCRC32C, in.ChecksumCRC64NVME, in.ChecksumSHA1, in.ChecksumSHA256),
	}
	if err := u.claim(c); err != nil {
		return nil, err
	}
	p, err := target.take(ctx, s, in.Body, c)
	if err != nil {
		return nil, err
	}
	o := &u.Object
	out := &api.UploadPartOutput{ETag: quoted(p.ETag), ServerSideEncryption: o.Headers.encryption(), SSEKMSKeyId: o.Headers.KMSKey, BucketKeyEnabled: o.Headers.BucketKey}
	out.ChecksumCRC32, out.ChecksumCRC32C, out.ChecksumCRC64NVME, out.ChecksumSHA1, out.ChecksumSHA256 = sumFields(p.Sums)
	return out, nil
}

// UploadPartCopy makes some bytes of an object one part of an upload.
//
// Spec: S3 API Reference, UploadPartCopy.
func (s *Service) UploadPartCopy(ctx context.Context, in *api.UploadPartCopyInput) (*api.UploadPartCopyOutput, error) {
	if in.SSECustomerAlgorithm != nil || in.CopySourceSSECustomerAlgorithm != nil {
		return nil, implied("x-amz-server-side-encryption-customer-algorithm")
	}
	source, err := parseCopySource(in.CopySource)
	if err != nil {
		return nil, err
	}
	target := partTarget{in.Bucket, in.Key, in.UploadId, in.ExpectedBucketOwner, int(in.PartNumber)}
	u, err := target.check(ctx, s)
	if err != nil {
		return nil, err
	}
	f, err := s.findSource(ctx, in, &source)
	if err != nil {
		return nil, err
	}
	body, err := s.contentOf(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("read copy source: %w", err)
	}
	defer body.Close()
	c := &claims{length: &f.at.size, large: true}
	if err := u.claim(c); err != nil {
		return nil, err
	}
	p, err := target.take(ctx, s, body, c)
	if err != nil {
		return nil, err
	}
	r := &api.CopyPartResult{ETag: quoted(p.ETag), LastModified: &p.Modified}
	r.ChecksumCRC32, r.ChecksumCRC32C, r.ChecksumCRC64NVME, r.ChecksumSHA1, r.ChecksumSHA256 = sumFields(p.Sums)
	return &api.UploadPartCopyOutput{
		CopyPartResult: r, CopySourceVersionId: f.bucket.versionID(f.object), ServerSideEncryption: u.Object.Headers.encryption(),
	}, nil
}

// findSource reads the source of a part, and which of its bytes are meant.
func (s *Service) findSource(ctx context.Context, in *api.UploadPartCopyInput, source *copySource) (*found, error) {
	f := &found{}
	err := s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		f.bucket, f.object, err = source.load(ctx, s, tx, in.ExpectedSourceBucketOwner)
		return err
	})
	if err != nil {
		return nil, err
	}
	conditions := readConditions{
		ifMatch: in.CopySourceIfMatch, ifNoneMatch: in.CopySourceIfNoneMatch, prefix: "x-amz-copy-source-",
		ifModifiedSince: in.CopySourceIfModifiedSince, ifUnmodifiedSince: in.CopySourceIfUnmodifiedSince,
	}
	if err := conditions.check(f.object, nil); err != nil {
		return nil, err
	}
	f.at = span{0, f.object.Size}
	if in.CopySourceRange != nil {
		if f.at, err = parseCopyRange(*in.CopySourceRange, f.object.Size); err != nil {
			return nil, err
		}
	}
	if f.at.size > maxCopyBytes {
		return nil, invalidRequest("The specified copy source is larger than the maximum allowable size for a copy source: 5368709120")
	}
	return f, nil
}

// partTarget is where a part goes.
type partTarget struct {
	bucket, key, uploadID string
	expectedOwner         *string
	number                int
}

// check reads the upload, before the body is taken in for nothing.
func (t *partTarget) check(ctx context.Context, s *Service) (u *upload, err error) {
	if t.number < 1 || t.number > maxParts {
		return nil, invalidArgument("partNumber", fmt.Sprint(t.number), "Part number must be an integer between 1 and 10000, inclusive")
	}
	err = s.view(ctx, t.bucket, t.expectedOwner, func(tx *kv.Tx, b *bucket) error {
		u, err = b.upload(tx, t.key, t.uploadID)
		return err
	})
	return u, err
}

// claim makes a part's checksum one that the whole's can be made of.
func (u *upload) claim(c *claims) error {
	if u.Algorithm == "" {
		c.also = sum.Default
		return nil
	}
	c.fallback, c.also = u.Algorithm, u.Algorithm
	actual := sum.Algorithm("")
	for a, text := range c.sums {
		if text != nil {
			actual = a
		}
	}
	if c.algorithm != nil && actual == "" {
		actual, _ = sum.Parse(*c.algorithm)
	}
	if actual != "" && actual != u.Algorithm {
		return invalidRequest("Checksum Type mismatch occurred, expected checksum Type: " + strings.ToLower(string(u.Algorithm)) + ", actual checksum Type: " + strings.ToLower(string(actual)))
	}
	return nil
}

// take stores a part.
func (t *partTarget) take(ctx context.Context, s *Service, body io.Reader, c *claims) (*part, error) {
	got, err := s.receive(ctx, body, c)
	if err != nil {
		return nil, err
	}
	p := &part{Size: got.size, ETag: got.etag, Ref: got.ref, Modified: s.now(), Sums: got.sums}
	err = s.update(ctx, t.bucket, t.expectedOwner, func(tx *kv.Tx, b *bucket) error {
		if _, err := b.upload(tx, t.key, t.uploadID); err != nil {
			return err
		}
		key := b.partKey(t.uploadID, t.number)
		old, ok, err := kv.Get[part](tx, key)
		if err != nil {
			return fmt.Errorf("load part: %w", err)
		}
		if ok {
			if err := s.dropPart(tx, key, &old); err != nil {
				return err
			}
		}
		if err := s.Blobs.Link(tx, p.Ref); err != nil {
			return err
		}
		return kv.Put(tx, key, *p)
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}
