package s3

import (
	"context"
	"strconv"
	"time"
	"unicode/utf8"

	api "maru.dev/maru/api/s3"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/s3/sum"
)

// PutObject stores an object. When it returns, content and record are on disk,
// and listings have it.
//
// Spec: S3 API Reference, PutObject.
func (s *Service) PutObject(ctx context.Context, in *api.PutObjectInput) (*api.PutObjectOutput, error) {
	o, err := s.newObject(ctx, in)
	if err != nil {
		return nil, err
	}
	conditions := writeConditions{in.IfMatch, in.IfNoneMatch}
	err = s.view(ctx, in.Bucket, in.ExpectedBucketOwner, func(tx *kv.Tx, b *bucket) error {
		return conditions.check(tx, b, in.Key) // before the body is taken in for nothing
	})
	if err != nil {
		return nil, err
	}
	got, err := s.receive(ctx, in.Body, &claims{
		md5: in.ContentMD5, algorithm: in.ChecksumAlgorithm, length: in.ContentLength, fallback: sum.Default,
		sums: sumsOf(in.ChecksumCRC32, in.ChecksumCRC32C, in.ChecksumCRC64NVME, in.ChecksumSHA1, in.ChecksumSHA256),
	})
	if err != nil {
		return nil, err
	}
	o.ETag, o.Sums, o.SumType = got.etag, got.sums, sum.FullObject
	out := &api.PutObjectOutput{ETag: quoted(o.ETag), ServerSideEncryption: o.Headers.encryption(), SSEKMSKeyId: o.Headers.KMSKey, BucketKeyEnabled: o.Headers.BucketKey}
	out.ChecksumCRC32, out.ChecksumCRC32C, out.ChecksumCRC64NVME, out.ChecksumSHA1, out.ChecksumSHA256 = sumFields(o.Sums)
	out.ChecksumType = new(o.SumType)
	now, random := s.Clock.Now(), s.IDs.Bytes(versionBytes-8)
	err = s.update(ctx, in.Bucket, in.ExpectedBucketOwner, func(tx *kv.Tx, b *bucket) (err error) {
		if err := conditions.check(tx, b, in.Key); err != nil {
			return err
		}
		if err := b.admitList(tx, o.ACL); err != nil {
			return err
		}
		if err := s.keep(tx, b, o, got); err != nil {
			return err
		}
		if err := s.place(tx, b, in.Key, o, now, random); err != nil {
			return err
		}
		out.VersionId = b.versionID(o)
		if out.Expiration, err = expirationHeader(tx, b, in.Key, o); err != nil {
			return err
		}
		return s.emit(ctx, tx, b, event{name: "ObjectCreated:Put", key: in.Key, object: o})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// newObject reads what a request says of an object, but for its content.
func (s *Service) newObject(ctx context.Context, in *api.PutObjectInput) (*object, error) {
	if err := checkKey(in.Key); err != nil {
		return nil, err
	}
	if err := checkUnsupported(in); err != nil {
		return nil, err
	}
	if err := checkMetadata(in.Metadata); err != nil {
		return nil, err
	}
	tags, err := parseTagging(in.Tagging)
	if err != nil {
		return nil, err
	}
	list, err := objectACL(in.ACL)
	if err != nil {
		return nil, err
	}
	h := headersOf(in)
	if err := h.check(); err != nil {
		return nil, err
	}
	return &object{
		Modified: s.now(), Data: s.IDs.Hex(24), Headers: h, Metadata: in.Metadata, Tags: tags, ACL: list, Owner: call.From(ctx).Account,
	}, nil
}

// now is the time as objects keep it: to the second, as the header has it.
func (s *Service) now() time.Time { return s.Clock.Now().UTC().Truncate(time.Second) }

// headersOf are the headers that are given back as they came.
func headersOf(in *api.PutObjectInput) headers {
	return headers{
		ContentType: in.ContentType, CacheControl: in.CacheControl, ContentDisposition: in.ContentDisposition,
		ContentEncoding: in.ContentEncoding, ContentLanguage: in.ContentLanguage, Expires: in.Expires,
		Redirect: in.WebsiteRedirectLocation, StorageClass: in.StorageClass, Encryption: in.ServerSideEncryption,
		KMSKey: in.SSEKMSKeyId, BucketKey: in.BucketKeyEnabled,
	}
}

// check refuses values that S3 does not know.
func (h *headers) check() error {
	if h.StorageClass != nil {
		switch *h.StorageClass {
		case "STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER", "DEEP_ARCHIVE", "GLACIER_IR":
		default:
			return fault(400, "InvalidStorageClass", "The storage class you specified is not valid", "StorageClassRequested", *h.StorageClass)
		}
	}
	if h.Encryption != nil {
		switch *h.Encryption {
		case "AES256", "aws:kms", "aws:kms:dsse":
		default:
			return invalidArgument("x-amz-server-side-encryption", *h.Encryption, "The encryption method specified is not supported")
		}
	}
	if h.Redirect != nil && *h.Redirect != "" {
		switch r := *h.Redirect; {
		case r[0] == '/', len(r) > 7 && r[:7] == "http://", len(r) > 8 && r[:8] == "https://":
		default:
			return fault(400, "InvalidRedirectLocation", "The website redirect location must have a prefix of 'http://' or 'https://' or '/'.")
		}
	}
	return nil
}

// encryption is the header that says how the object is encrypted at rest.
func (h *headers) encryption() *string {
	if h.Encryption == nil {
		return new("AES256")
	}
	return h.Encryption
}

// checkKey holds a key against S3's rules.
func checkKey(key string) error {
	switch {
	case len(key) > maxKeyBytes:
		return keyTooLong(len(key))
	case !utf8.ValidString(key):
		return fault(400, "InvalidURI", "Couldn't parse the specified URI.", "URI", strconv.QuoteToASCII(key))
	}
	return nil
}

// checkUnsupported refuses what would otherwise be silently left out.
func checkUnsupported(in *api.PutObjectInput) error {
	switch {
	case in.SSECustomerAlgorithm != nil || in.SSECustomerKey != nil:
		return implied("x-amz-server-side-encryption-customer-algorithm")
	case in.ObjectLockMode != nil || in.ObjectLockRetainUntilDate != nil || in.ObjectLockLegalHoldStatus != nil:
		return invalidRequest("Bucket is missing Object Lock Configuration")
	case in.ChecksumMD5 != nil, in.ChecksumSHA512 != nil, in.ChecksumXXHASH64 != nil, in.ChecksumXXHASH3 != nil, in.ChecksumXXHASH128 != nil:
		return unknownAlgorithm()
	case in.GrantFullControl != nil, in.GrantRead != nil, in.GrantReadACP != nil, in.GrantWriteACP != nil:
		return implied("x-amz-grant-full-control")
	}
	return nil
}

// checkMetadata holds user metadata against its limit: names and values
// together.
func checkMetadata(m map[string]string) error {
	size := 0
	for name, value := range m {
		size += len(name) + len(value)
	}
	if size > maxMetadataBytes {
		return fault(400, "MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size",
			"Size", strconv.Itoa(size), "MaxSizeAllowed", strconv.Itoa(maxMetadataBytes))
	}
	return nil
}

// sumsOf are the checksums that a request has in its headers.
func sumsOf(crc32, crc32c, crc64, sha1, sha256 *string) map[sum.Algorithm]*string {
	return map[sum.Algorithm]*string{sum.CRC32: crc32, sum.CRC32C: crc32c, sum.CRC64NVME: crc64, sum.SHA1: sha1, sum.SHA256: sha256}
}

// sumFields are checksums as the members of outputs, in the order of sumsOf.
func sumFields(sums map[sum.Algorithm]string) (crc32, crc32c, crc64, sha1, sha256 *string) {
	get := func(a sum.Algorithm) *string {
		if text, ok := sums[a]; ok {
			return &text
		}
		return nil
	}
	return get(sum.CRC32), get(sum.CRC32C), get(sum.CRC64NVME), get(sum.SHA1), get(sum.SHA256)
}

// versionID is a version's ID as outputs have it: buckets that never had
// versions do not speak of them.
func (b *bucket) versionID(o *object) *string {
	if !b.versioned() {
		return nil
	}
	return new(o.VersionID)
}
