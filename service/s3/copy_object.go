package s3

import (
	"context"
	"errors"
	"fmt"

	api "maru.dev/maru/api/s3"
	"maru.dev/maru/blob"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/s3/sum"
)

// CopyObject makes an object of another's content. Content that is one blob is
// shared, not written again.
//
// Spec: S3 API Reference, CopyObject.
func (s *Service) CopyObject(ctx context.Context, in *api.CopyObjectInput) (*api.CopyObjectOutput, error) {
	c, err := s.newCopy(ctx, in)
	if err != nil {
		return nil, err
	}
	for try := 0; ; try++ {
		out, err := s.copyOnce(ctx, c)
		if errors.Is(err, blob.ErrNotFound) && try < 3 {
			continue // the source was replaced just now, and its content swept
		}
		if err != nil {
			return nil, err
		}
		return out, nil
	}
}

// copyOnce copies the source as it is when the copy begins.
func (s *Service) copyOnce(ctx context.Context, c *objectCopy) (*api.CopyObjectOutput, error) {
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		b, o, err := c.check(ctx, s, tx)
		c.from = found{bucket: b, object: o}
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := c.fetch(ctx, s); err != nil {
		return nil, err
	}
	in, o := c.in, c.result()
	out := c.output(o)
	now, random := s.Clock.Now(), s.IDs.Bytes(versionBytes-8)
	err = s.update(ctx, in.Bucket, in.ExpectedBucketOwner, func(tx *kv.Tx, b *bucket) error {
		if err := (writeConditions{in.IfMatch, in.IfNoneMatch}).check(tx, b, in.Key); err != nil {
			return err
		}
		if err := b.admitList(tx, o.ACL); err != nil {
			return err
		}
		if err := s.keep(tx, b, o, c.content); err != nil {
			return err
		}
		if err := s.place(tx, b, in.Key, o, now, random); err != nil {
			return err
		}
		out.VersionId = b.versionID(o)
		return s.emit(ctx, tx, b, event{name: "ObjectCreated:Copy", key: in.Key, object: o})
	})
	return out, err
}

// objectCopy is a copy that is being made.
type objectCopy struct {
	in      *api.CopyObjectInput
	source  copySource
	target  *object // what the request says of it
	from    found   // as it was first seen
	content *content
	sums    sum.Algorithm // asked for; "": the source's
}

// newCopy reads what a request says of a copy.
func (s *Service) newCopy(ctx context.Context, in *api.CopyObjectInput) (*objectCopy, error) {
	c := &objectCopy{in: in}
	var err error
	if c.source, err = parseCopySource(in.CopySource); err != nil {
		return nil, err
	}
	if in.CopySourceSSECustomerAlgorithm != nil {
		return nil, implied("x-amz-copy-source-server-side-encryption-customer-algorithm")
	}
	for name, directive := range map[string]*string{"x-amz-metadata-directive": in.MetadataDirective, "x-amz-tagging-directive": in.TaggingDirective} {
		if directive != nil && *directive != "COPY" && *directive != "REPLACE" {
			return nil, invalidArgument(name, *directive, "Unknown "+name[len("x-amz-"):]+".")
		}
	}
	if in.ChecksumAlgorithm != nil {
		var ok bool
		if c.sums, ok = sum.Parse(*in.ChecksumAlgorithm); !ok {
			return nil, unknownAlgorithm()
		}
	}
	c.target, err = s.newObject(ctx, &api.PutObjectInput{
		Key: in.Key, ACL: in.ACL, CacheControl: in.CacheControl, ContentDisposition: in.ContentDisposition, ContentEncoding: in.ContentEncoding,
		ContentLanguage: in.ContentLanguage, ContentType: in.ContentType, Expires: in.Expires, Metadata: in.Metadata, Tagging: in.Tagging,
		ServerSideEncryption: in.ServerSideEncryption, SSEKMSKeyId: in.SSEKMSKeyId, BucketKeyEnabled: in.BucketKeyEnabled,
		StorageClass: in.StorageClass, WebsiteRedirectLocation: in.WebsiteRedirectLocation, SSECustomerAlgorithm: in.SSECustomerAlgorithm,
		ObjectLockMode: in.ObjectLockMode, ObjectLockRetainUntilDate: in.ObjectLockRetainUntilDate, ObjectLockLegalHoldStatus: in.ObjectLockLegalHoldStatus,
		GrantFullControl: in.GrantFullControl, GrantRead: in.GrantRead, GrantReadACP: in.GrantReadACP, GrantWriteACP: in.GrantWriteACP,
	})
	return c, err
}

// check reads the source and holds it against the request.
func (c *objectCopy) check(ctx context.Context, s *Service, tx *kv.Tx) (*bucket, *object, error) {
	in := c.in
	b, o, err := c.source.load(ctx, s, tx, in.ExpectedSourceBucketOwner)
	if err != nil {
		return nil, nil, err
	}
	conditions := readConditions{
		ifMatch: in.CopySourceIfMatch, ifNoneMatch: in.CopySourceIfNoneMatch, prefix: "x-amz-copy-source-",
		ifModifiedSince: in.CopySourceIfModifiedSince, ifUnmodifiedSince: in.CopySourceIfUnmodifiedSince,
	}
	if err := conditions.check(o, nil); err != nil {
		return nil, nil, err
	}
	if o.Size > maxCopyBytes {
		return nil, nil, invalidRequest("The specified copy source is larger than the maximum allowable size for a copy source: 5368709120")
	}
	if c.toItself() && !c.changes() {
		return nil, nil, invalidRequest("This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.")
	}
	return b, o, nil
}

// toItself tells whether the source is what the copy would replace.
func (c *objectCopy) toItself() bool {
	return c.source.bucket == c.in.Bucket && c.source.key == c.in.Key && c.source.versionID == nil
}

// changes tells whether the copy differs from its source by what the request
// says.
func (c *objectCopy) changes() bool {
	in := c.in
	return replaces(in.MetadataDirective) || in.StorageClass != nil || in.WebsiteRedirectLocation != nil || in.ServerSideEncryption != nil
}

// replaces reads a directive.
func replaces(directive *string) bool { return directive != nil && *directive == "REPLACE" }

// fetch brings the content to where the copy can have it: a blob is shared, a
// small row read again, and parts are written into one.
func (c *objectCopy) fetch(ctx context.Context, s *Service) error {
	o := c.from.object
	if _, have := o.Sums[c.sums]; o.Parts == 0 && o.Ref != "" && (c.sums == "" || have) {
		c.content = &content{size: o.Size, etag: o.ETag, ref: o.Ref, sums: o.Sums}
		return nil
	}
	c.from.at = span{0, o.Size}
	body, err := s.contentOf(ctx, &c.from)
	if err != nil {
		return fmt.Errorf("read copy source: %w", err)
	}
	defer body.Close()
	algorithm := c.sums
	if algorithm == "" {
		algorithm = sum.Default
		for a := range o.Sums {
			algorithm = a
		}
	}
	c.content, err = s.receive(ctx, body, &claims{length: &o.Size, fallback: algorithm})
	return err
}

// result is the record of the copy.
func (c *objectCopy) result() *object {
	o, source := *c.target, c.from.object
	if !replaces(c.in.MetadataDirective) {
		kept := o.Headers // what the directive does not speak of
		o.Headers, o.Metadata = source.Headers, source.Metadata
		o.Headers.StorageClass, o.Headers.Redirect = kept.StorageClass, kept.Redirect
		o.Headers.Encryption, o.Headers.KMSKey, o.Headers.BucketKey = kept.Encryption, kept.KMSKey, kept.BucketKey
	}
	if !replaces(c.in.TaggingDirective) {
		o.Tags = source.Tags
	}
	o.ETag, o.Sums, o.SumType = c.content.etag, c.content.sums, sum.FullObject
	return &o
}

// output is the reply, but for the version that is made.
func (c *objectCopy) output(o *object) *api.CopyObjectOutput {
	r := &api.CopyObjectResult{ETag: quoted(o.ETag), LastModified: &o.Modified, ChecksumType: &o.SumType}
	r.ChecksumCRC32, r.ChecksumCRC32C, r.ChecksumCRC64NVME, r.ChecksumSHA1, r.ChecksumSHA256 = sumFields(o.Sums)
	return &api.CopyObjectOutput{
		CopyObjectResult: r, CopySourceVersionId: c.from.bucket.versionID(c.from.object), ServerSideEncryption: o.Headers.encryption(),
		SSEKMSKeyId: o.Headers.KMSKey, BucketKeyEnabled: o.Headers.BucketKey,
	}
}
