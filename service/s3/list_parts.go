package s3

import (
	"bytes"
	"context"
	"fmt"
	"net/url"

	api "maru.dev/maru/api/s3"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// ListParts lists the parts that an upload has so far.
//
// Spec: S3 API Reference, ListParts.
func (s *Service) ListParts(ctx context.Context, in *api.ListPartsInput) (*api.ListPartsOutput, error) {
	limit, err := pageSize(in.MaxParts, "max-parts")
	if err != nil {
		return nil, err
	}
	marker := int32(0)
	if in.PartNumberMarker != nil {
		marker = *in.PartNumberMarker
	}
	out := &api.ListPartsOutput{
		Bucket: &in.Bucket, Key: &in.Key, UploadId: &in.UploadId, PartNumberMarker: &marker, MaxParts: new(int32(limit)),
		IsTruncated: new(false), NextPartNumberMarker: new(int32(0)),
	}
	err = s.view(ctx, in.Bucket, in.ExpectedBucketOwner, func(tx *kv.Tx, b *bucket) error {
		u, err := b.upload(tx, in.Key, in.UploadId)
		if err != nil {
			return err
		}
		out.Owner, out.StorageClass = ownerOf(u.Object.Owner), new(u.Object.Headers.storageClass())
		out.Initiator = &api.Initiator{ID: out.Owner.ID}
		if u.Algorithm != "" {
			out.ChecksumAlgorithm, out.ChecksumType = new(string(u.Algorithm)), &u.SumType
		}
		rows := kv.Prefix(b.partsKey(u.ID)).After(b.partKey(u.ID, int(marker)))
		for row, err := range kv.Scan[part](tx, rows) {
			if err != nil {
				return fmt.Errorf("load parts: %w", err)
			}
			if len(out.Parts) == limit {
				out.IsTruncated = new(limit > 0)
				return nil
			}
			var n int64
			if err := row.Key.Scan(keyPart+1, &n); err != nil {
				return fmt.Errorf("load parts: %w", err)
			}
			p := api.Part{PartNumber: new(int32(n)), LastModified: &row.Value.Modified, ETag: quoted(row.Value.ETag), Size: &row.Value.Size}
			if u.Algorithm != "" {
				p.ChecksumCRC32, p.ChecksumCRC32C, p.ChecksumCRC64NVME, p.ChecksumSHA1, p.ChecksumSHA256 = sumFields(row.Value.Sums)
			}
			out.Parts, out.NextPartNumberMarker = append(out.Parts, p), p.PartNumber
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// ListMultipartUploads lists the uploads under way in a bucket: keys in order,
// and a key's uploads from the oldest on.
//
// Spec: S3 API Reference, ListMultipartUploads.
func (s *Service) ListMultipartUploads(ctx context.Context, in *api.ListMultipartUploadsInput) (*api.ListMultipartUploadsOutput, error) {
	limit, err := pageSize(in.MaxUploads, "max-uploads")
	if err != nil {
		return nil, err
	}
	encode, err := encoder(in.EncodingType)
	if err != nil {
		return nil, err
	}
	l := listing{prefix: wire.Value(in.Prefix), delimiter: wire.Value(in.Delimiter), after: wire.Value(in.KeyMarker), max: limit}
	out := &api.ListMultipartUploadsOutput{
		Bucket: &in.Bucket, KeyMarker: encode(l.after), UploadIdMarker: new(wire.Value(in.UploadIdMarker)), Prefix: given(in.Prefix, encode),
		Delimiter: given(in.Delimiter, encode), MaxUploads: new(int32(limit)), EncodingType: in.EncodingType,
	}
	var entries []entry[upload]
	var more bool
	err = s.view(ctx, in.Bucket, in.ExpectedBucketOwner, func(tx *kv.Tx, b *bucket) error {
		rows := b.startingWith("u", l.prefix)
		switch {
		case l.after != "" && wire.Value(in.UploadIdMarker) != "":
			rows = rows.After(b.uploadKey(l.after, *in.UploadIdMarker))
		case l.after != "":
			rows = rows.After(append(bytes.Clone(b.key("u", l.after)), 0xff))
		}
		if limit > 0 {
			entries, more, err = page[upload](tx, b, "u", rows, &l)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	for i := range entries {
		e := &entries[i]
		if e.rolled {
			out.CommonPrefixes = append(out.CommonPrefixes, api.CommonPrefix{Prefix: encode(e.name)})
			continue
		}
		out.Uploads = append(out.Uploads, e.record.line(encode(e.name)))
	}
	out.IsTruncated = &more
	if more && len(entries) > 0 {
		last := &entries[len(entries)-1]
		out.NextKeyMarker, out.NextUploadIdMarker = encode(last.name), new(last.record.ID)
	}
	return out, nil
}

// line is an upload as a listing has it.
func (u *upload) line(key *string) api.MultipartUpload {
	line := api.MultipartUpload{
		Key: key, UploadId: &u.ID, Initiated: &u.Initiated, StorageClass: new(u.Object.Headers.storageClass()), Owner: ownerOf(u.Object.Owner),
	}
	line.Initiator = &api.Initiator{ID: line.Owner.ID}
	if u.Algorithm != "" {
		line.ChecksumAlgorithm, line.ChecksumType = new(string(u.Algorithm)), &u.SumType
	}
	return line
}

// escapePath writes a key as the path of a URL.
func escapePath(key string) string { return (&url.URL{Path: key}).EscapedPath() }
