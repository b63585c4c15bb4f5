package s3

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	api "maru.dev/maru/api/s3"
	"maru.dev/maru/blob"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/s3/sum"
)

// found is what a read is about: a version, and which of its bytes.
type found struct {
	bucket *bucket
	object *object
	at     span
	ranged bool  // at is less than asked for without a range: 206
	part   *part // the part that was asked for
	inline []byte

	expiration *string // when it goes, and by which rule
}

// GetObject returns an object's bytes, or some of them.
//
// Spec: S3 API Reference, GetObject.
func (s *Service) GetObject(ctx context.Context, in *api.GetObjectInput) (*api.GetObjectOutput, error) {
	for try := 0; ; try++ {
		f, err := s.find(ctx, in, true)
		if err != nil {
			return nil, err
		}
		body, err := s.open(ctx, f)
		if errors.Is(err, blob.ErrNotFound) && try < 3 {
			continue // it was replaced just now, and its content swept
		}
		if err != nil {
			return nil, fmt.Errorf("open content: %w", err)
		}
		out := f.output(in)
		out.Body = body
		return out, nil
	}
}

// HeadObject returns what GetObject does, but for the bytes.
//
// Spec: S3 API Reference, HeadObject.
func (s *Service) HeadObject(ctx context.Context, in *api.HeadObjectInput) (*api.HeadObjectOutput, error) {
	get := api.GetObjectInput(*in)
	f, err := s.find(ctx, &get, false)
	if err != nil {
		return nil, err
	}
	o := f.output(&get)
	return &api.HeadObjectOutput{
		AcceptRanges: o.AcceptRanges, LastModified: o.LastModified, ContentLength: o.ContentLength, ETag: o.ETag,
		ChecksumCRC32: o.ChecksumCRC32, ChecksumCRC32C: o.ChecksumCRC32C, ChecksumCRC64NVME: o.ChecksumCRC64NVME,
		ChecksumSHA1: o.ChecksumSHA1, ChecksumSHA256: o.ChecksumSHA256, ChecksumType: o.ChecksumType,
		VersionId: o.VersionId, CacheControl: o.CacheControl, ContentDisposition: o.ContentDisposition,
		ContentEncoding: o.ContentEncoding, ContentLanguage: o.ContentLanguage, ContentType: o.ContentType,
		ContentRange: o.ContentRange, Expires: o.Expires, WebsiteRedirectLocation: o.WebsiteRedirectLocation,
		ServerSideEncryption: o.ServerSideEncryption, SSEKMSKeyId: o.SSEKMSKeyId, BucketKeyEnabled: o.BucketKeyEnabled,
		Expiration: o.Expiration, Metadata: o.Metadata, StorageClass: o.StorageClass, PartsCount: o.PartsCount, TagCount: o.TagCount,
	}, nil
}

// find reads the version that a request names, holds it against the request's
// conditions, and works out which bytes it asks for.
func (s *Service) find(ctx context.Context, in *api.GetObjectInput, content bool) (f *found, err error) {
	if in.SSECustomerAlgorithm != nil {
		return nil, implied("x-amz-server-side-encryption-customer-algorithm")
	}
	if err := checkKey(in.Key); err != nil {
		return nil, err
	}
	err = s.view(ctx, in.Bucket, in.ExpectedBucketOwner, func(tx *kv.Tx, b *bucket) error {
		f = &found{bucket: b}
		if f.object, err = readable(tx, b, in.Key, in.VersionId); err != nil {
			return err
		}
		conditions := readConditions{
			ifMatch: in.IfMatch, ifNoneMatch: in.IfNoneMatch,
			ifModifiedSince: in.IfModifiedSince, ifUnmodifiedSince: in.IfUnmodifiedSince,
		}
		if err := conditions.check(f.object, b.versionID(f.object)); err != nil {
			return err
		}
		if err := f.choose(tx, in); err != nil {
			return err
		}
		if in.VersionId == nil {
			if f.expiration, err = expirationHeader(tx, b, in.Key, f.object); err != nil {
				return err
			}
		}
		if content && f.object.Parts == 0 && f.object.Ref == "" {
			f.inline, _, err = tx.Get(b.dataKey(f.object.Data))
		}
		return err
	})
	return f, err
}

// readable reads a version that has content; what cannot be read says why.
func readable(tx *kv.Tx, b *bucket, key string, versionID *string) (*object, error) {
	o, _, err := version(tx, b, key, versionID)
	switch {
	case err != nil:
		return nil, err
	case o == nil && versionID != nil:
		return nil, noSuchVersion(key, *versionID)
	case o == nil:
		return nil, noSuchKey(key)
	case !o.Marker:
		return o, nil
	}
	h := map[string][]string{"X-Amz-Delete-Marker": {"true"}, "X-Amz-Version-Id": {o.VersionID}}
	if versionID == nil {
		e := noSuchKey(key)
		e.Header = h
		return nil, e
	}
	h["Allow"] = []string{"DELETE"}
	h["Last-Modified"] = []string{httpTime(o.Modified)}
	e := fault(405, "MethodNotAllowed", "The specified method is not allowed against this resource.", "Method", "GET", "ResourceType", "DeleteMarker")
	e.Header = h
	return nil, e
}

// choose works out which bytes are asked for.
func (f *found) choose(tx *kv.Tx, in *api.GetObjectInput) error {
	f.at = span{0, f.object.Size}
	switch {
	case in.Range != nil && in.PartNumber != nil:
		return invalidRequest("Cannot specify both Range header and partNumber query parameter")
	case in.PartNumber != nil:
		return f.choosePart(tx, int(*in.PartNumber))
	case in.Range != nil:
		at, ok, err := parseRange(*in.Range, f.object.Size)
		if err != nil || !ok {
			return err
		}
		f.at, f.ranged = at, true
	}
	return nil
}

// choosePart finds the bytes of one part. An object that was not uploaded in
// parts is one.
func (f *found) choosePart(tx *kv.Tx, n int) error {
	if n < 1 || n > maxParts {
		return invalidArgument("partNumber", fmt.Sprint(n), "Part number must be an integer between 1 and 10000, inclusive")
	}
	f.ranged = f.object.Size > 0
	if f.object.Parts == 0 && n == 1 {
		return nil
	}
	var from int64
	rows := kv.Prefix(f.bucket.partsKey(f.object.Data))
	at := 0
	for row, err := range kv.Scan[part](tx, rows) {
		if err != nil {
			return fmt.Errorf("load parts: %w", err)
		}
		if at++; at == n {
			f.part, f.at = &row.Value, span{from, row.Value.Size}
			return nil
		}
		from += row.Value.Size
	}
	return fault(416, "InvalidPartNumber", "The requested partnumber is not satisfiable",
		"PartNumberRequested", fmt.Sprint(n), "ActualPartCount", fmt.Sprint(max(f.object.Parts, 1)))
}

// output is the reply, but for the bytes.
func (f *found) output(in *api.GetObjectInput) *api.GetObjectOutput {
	o, h := f.object, &f.object.Headers
	out := &api.GetObjectOutput{
		AcceptRanges: new("bytes"), LastModified: &o.Modified, ContentLength: &f.at.size, ETag: quoted(o.ETag),
		VersionId: f.bucket.versionID(o), Metadata: o.Metadata, ContentType: h.ContentType, CacheControl: h.CacheControl,
		ContentDisposition: h.ContentDisposition, ContentEncoding: h.ContentEncoding, ContentLanguage: h.ContentLanguage,
		Expires: h.Expires, WebsiteRedirectLocation: h.Redirect, ServerSideEncryption: h.encryption(), SSEKMSKeyId: h.KMSKey, BucketKeyEnabled: h.BucketKey,
		Expiration: f.expiration,
	}
	if out.ContentType == nil {
		out.ContentType = new("binary/octet-stream")
	}
	if class := h.storageClass(); class != "STANDARD" {
		out.StorageClass = &class
	}
	if f.ranged {
		out.ContentRange = new(f.at.contentRange(o.Size))
	}
	if n := int32(len(o.Tags)); n > 0 {
		out.TagCount = &n
	}
	if in.PartNumber != nil && o.Parts > 0 {
		out.PartsCount = new(int32(o.Parts))
	}
	f.outputSums(in, out)
	override(out, in)
	return out
}

// outputSums adds checksums, if they were asked for and are of the bytes that
// are sent.
func (f *found) outputSums(in *api.GetObjectInput, out *api.GetObjectOutput) {
	if in.ChecksumMode == nil || *in.ChecksumMode != "ENABLED" {
		return
	}
	sums := f.object.Sums
	switch {
	case f.part != nil:
		sums = f.part.Sums
	case f.at.size != f.object.Size:
		return
	}
	if len(sums) == 0 {
		return
	}
	out.ChecksumCRC32, out.ChecksumCRC32C, out.ChecksumCRC64NVME, out.ChecksumSHA1, out.ChecksumSHA256 = sumFields(sums)
	out.ChecksumType = new(f.object.SumType)
	if f.object.SumType == "" {
		out.ChecksumType = new(sum.FullObject)
	}
}

// override sets headers to what the request wants them to be.
func override(out *api.GetObjectOutput, in *api.GetObjectInput) {
	set := func(to **string, value *string) {
		if value != nil {
			*to = value
		}
	}
	set(&out.ContentType, in.ResponseContentType)
	set(&out.CacheControl, in.ResponseCacheControl)
	set(&out.ContentDisposition, in.ResponseContentDisposition)
	set(&out.ContentEncoding, in.ResponseContentEncoding)
	set(&out.ContentLanguage, in.ResponseContentLanguage)
	if in.ResponseExpires != nil {
		out.Expires = in.ResponseExpires
	}
}

// open returns the chosen bytes.
func (s *Service) open(ctx context.Context, f *found) (io.ReadCloser, error) {
	switch o := f.object; {
	case f.at.size == 0:
		return io.NopCloser(bytes.NewReader(nil)), nil
	case o.Parts > 0:
		return s.openParts(ctx, f)
	case o.Ref == "":
		return io.NopCloser(bytes.NewReader(f.inline[f.at.from : f.at.from+f.at.size])), nil
	default:
		return s.openBlob(o.Ref, f.at)
	}
}

// limited is some bytes of a file.
type limited struct {
	io.Reader
	io.Closer
}

// openBlob returns some bytes of a blob.
func (s *Service) openBlob(ref blob.Ref, at span) (io.ReadCloser, error) {
	file, err := s.Blobs.Open(ref)
	if err != nil {
		return nil, err
	}
	if _, err := file.Seek(at.from, io.SeekStart); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return limited{io.LimitReader(file, at.size), file}, nil
}
