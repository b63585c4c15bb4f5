package s3

import (
	"context"
	"slices"

	api "maru.dev/maru/api/s3"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/s3/sum"
	"maru.dev/maru/wire"
)

// ListObjects lists a bucket's objects in the first form of the operation.
//
// Spec: S3 API Reference, ListObjects.
func (s *Service) ListObjects(ctx context.Context, in *api.ListObjectsInput) (*api.ListObjectsOutput, error) {
	limit, err := pageSize(in.MaxKeys, "max-keys")
	if err != nil {
		return nil, err
	}
	encode, err := encoder(in.EncodingType)
	if err != nil {
		return nil, err
	}
	l := listing{prefix: wire.Value(in.Prefix), delimiter: wire.Value(in.Delimiter), after: wire.Value(in.Marker), max: limit}
	entries, more, err := s.list(ctx, in.Bucket, in.ExpectedBucketOwner, &l)
	if err != nil {
		return nil, err
	}
	out := &api.ListObjectsOutput{
		Name: &in.Bucket, Prefix: encode(l.prefix), Marker: encode(l.after), Delimiter: given(in.Delimiter, encode),
		MaxKeys: new(int32(limit)), IsTruncated: new(more), EncodingType: in.EncodingType,
	}
	out.Contents, out.CommonPrefixes = lines(entries, encode, true)
	if more && len(entries) > 0 && l.delimiter != "" {
		out.NextMarker = encode(entries[len(entries)-1].name)
	}
	return out, nil
}

// ListObjectsV2 lists a bucket's objects.
//
// Spec: S3 API Reference, ListObjectsV2.
func (s *Service) ListObjectsV2(ctx context.Context, in *api.ListObjectsV2Input) (*api.ListObjectsV2Output, error) {
	limit, err := pageSize(in.MaxKeys, "max-keys")
	if err != nil {
		return nil, err
	}
	encode, err := encoder(in.EncodingType)
	if err != nil {
		return nil, err
	}
	l := listing{prefix: wire.Value(in.Prefix), delimiter: wire.Value(in.Delimiter), after: wire.Value(in.StartAfter), max: limit}
	if in.ContinuationToken != nil {
		if err := l.from(*in.ContinuationToken); err != nil {
			return nil, err
		}
	}
	entries, more, err := s.list(ctx, in.Bucket, in.ExpectedBucketOwner, &l)
	if err != nil {
		return nil, err
	}
	out := &api.ListObjectsV2Output{
		Name: &in.Bucket, Prefix: encode(l.prefix), Delimiter: given(in.Delimiter, encode), StartAfter: given(in.StartAfter, encode),
		MaxKeys: new(int32(limit)), KeyCount: new(int32(len(entries))), IsTruncated: new(more),
		ContinuationToken: in.ContinuationToken, EncodingType: in.EncodingType,
	}
	out.Contents, out.CommonPrefixes = lines(entries, encode, in.FetchOwner != nil && *in.FetchOwner)
	if more && len(entries) > 0 {
		out.NextContinuationToken = token(entries[len(entries)-1])
	}
	return out, nil
}

// list reads a page of a bucket's objects. A page of none is never cut short.
func (s *Service) list(ctx context.Context, name string, expectedOwner *string, l *listing) (entries []entry[object], more bool, err error) {
	err = s.view(ctx, name, expectedOwner, func(tx *kv.Tx, b *bucket) error {
		if l.max == 0 {
			return nil
		}
		entries, more, err = page[object](tx, b, "o", l.start(b, "o"), l)
		return err
	})
	return entries, more, err
}

// lines are entries as replies have them.
func lines(entries []entry[object], encode func(string) *string, withOwner bool) (objects []api.Object, prefixes []api.CommonPrefix) {
	for i := range entries {
		e := &entries[i]
		if e.rolled {
			prefixes = append(prefixes, api.CommonPrefix{Prefix: encode(e.name)})
			continue
		}
		o := &e.record
		line := api.Object{
			Key: encode(e.name), LastModified: &o.Modified, ETag: quoted(o.ETag), Size: &o.Size, StorageClass: new(o.Headers.storageClass()),
		}
		line.ChecksumAlgorithm, line.ChecksumType = o.algorithms()
		if withOwner {
			line.Owner = ownerOf(o.Owner)
		}
		objects = append(objects, line)
	}
	return objects, prefixes
}

// algorithms are what an object has checksums of.
func (o *object) algorithms() (names []string, kind *string) {
	for _, a := range sum.All() {
		if _, ok := o.Sums[a]; ok {
			names = append(names, string(a))
		}
	}
	if len(names) == 0 {
		return nil, nil
	}
	return slices.Clip(names), &o.SumType
}
