package s3

import (
	"context"
	"fmt"
	"strings"

	api "maru.dev/maru/api/s3"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/s3/sum"
)

// GetObjectAttributes returns what is asked for of an object's record.
//
// Spec: S3 API Reference, GetObjectAttributes.
func (s *Service) GetObjectAttributes(ctx context.Context, in *api.GetObjectAttributesInput) (*api.GetObjectAttributesOutput, error) {
	if len(in.ObjectAttributes) == 0 {
		return nil, invalidArgument("x-amz-object-attributes", "", "The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty")
	}
	limit, err := pageSize(in.MaxParts, "max-parts")
	if err != nil {
		return nil, err
	}
	var out *api.GetObjectAttributesOutput
	err = s.view(ctx, in.Bucket, in.ExpectedBucketOwner, func(tx *kv.Tx, b *bucket) error {
		o, err := readable(tx, b, in.Key, in.VersionId)
		if err != nil {
			return err
		}
		out = &api.GetObjectAttributesOutput{LastModified: &o.Modified, VersionId: b.versionID(o)}
		for _, name := range in.ObjectAttributes {
			switch strings.TrimSpace(name) {
			case "ETag":
				out.ETag = &o.ETag // without quotes, here alone
			case "Checksum":
				out.Checksum = o.checksum()
			case "StorageClass":
				out.StorageClass = new(o.Headers.storageClass())
			case "ObjectSize":
				out.ObjectSize = &o.Size
			case "ObjectParts":
				if o.Parts == 0 {
					continue
				}
				if out.ObjectParts, err = partsOf(tx, b, o, in.PartNumberMarker, limit); err != nil {
					return err
				}
			default:
				return invalidArgument("x-amz-object-attributes", name, "Invalid attribute name specified.")
			}
		}
		return nil
	})
	return answer(out, err)
}

// checksum is an object's checksum as a structure.
func (o *object) checksum() *api.Checksum {
	if len(o.Sums) == 0 {
		return nil
	}
	c := &api.Checksum{ChecksumType: &o.SumType}
	c.ChecksumCRC32, c.ChecksumCRC32C, c.ChecksumCRC64NVME, c.ChecksumSHA1, c.ChecksumSHA256 = sumFields(o.Sums)
	return c
}

// partsOf is a page of an object's parts. Only those with checksums of their
// own are listed one by one.
func partsOf(tx *kv.Tx, b *bucket, o *object, marker *int32, limit int) (*api.GetObjectAttributesParts, error) {
	if marker == nil {
		marker = new(int32(0))
	}
	out := &api.GetObjectAttributesParts{TotalPartsCount: new(int32(o.Parts))}
	if o.SumType != sum.Composite {
		return out, nil
	}
	out.PartNumberMarker, out.MaxParts, out.IsTruncated = marker, new(int32(limit)), new(false)
	rows := kv.Prefix(b.partsKey(o.Data)).After(b.partKey(o.Data, int(*marker)))
	for row, err := range kv.Scan[part](tx, rows) {
		if err != nil {
			return nil, fmt.Errorf("load parts: %w", err)
		}
		if len(out.Parts) == limit {
			out.IsTruncated = new(true)
			break
		}
		var n int64
		if err := row.Key.Scan(keyPart+1, &n); err != nil {
			return nil, fmt.Errorf("load parts: %w", err)
		}
		p := api.ObjectPart{PartNumber: new(int32(n)), Size: &row.Value.Size}
		p.ChecksumCRC32, p.ChecksumCRC32C, p.ChecksumCRC64NVME, p.ChecksumSHA1, p.ChecksumSHA256 = sumFields(row.Value.Sums)
		out.Parts, out.NextPartNumberMarker = append(out.Parts, p), p.PartNumber
	}
	return out, nil
}
