package s3

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	api "maru.dev/maru/api/s3"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/s3/sum"
	"maru.dev/maru/wire"
)

// CompleteMultipartUpload makes an object of an upload's parts. Asked again, it
// answers as before, as long as the object is there.
//
// Spec: S3 API Reference, CompleteMultipartUpload.
func (s *Service) CompleteMultipartUpload(ctx context.Context, in *api.CompleteMultipartUploadInput) (*api.CompleteMultipartUploadOutput, error) {
	if in.MultipartUpload == nil || len(in.MultipartUpload.Parts) == 0 {
		return nil, malformedXML()
	}
	var done *object
	var b *bucket
	now, random := s.Clock.Now(), s.IDs.Bytes(versionBytes-8)
	modified := s.now()
	err := s.update(ctx, in.Bucket, in.ExpectedBucketOwner, func(tx *kv.Tx, at *bucket) error {
		b = at
		u, err := b.upload(tx, in.Key, in.UploadId)
		if err != nil {
			done, err = completed(tx, b, in, err)
			return err
		}
		if err := (writeConditions{in.IfMatch, in.IfNoneMatch}).check(tx, b, in.Key); err != nil {
			return err
		}
		o := u.Object
		o.Modified = modified
		if err := s.assemble(tx, b, u, in, &o); err != nil {
			return err
		}
		if err := tx.Delete(b.uploadKey(in.Key, u.ID)); err != nil {
			return err
		}
		if err := s.place(tx, b, in.Key, &o, now, random); err != nil {
			return err
		}
		done = &o
		return s.emit(ctx, tx, b, event{name: "ObjectCreated:CompleteMultipartUpload", key: in.Key, object: &o})
	})
	if err != nil {
		return nil, err
	}
	out := &api.CompleteMultipartUploadOutput{
		Bucket: &in.Bucket, Key: &in.Key, ETag: quoted(done.ETag), Location: new(call.From(ctx).Endpoint + "/" + in.Bucket + "/" + escapePath(in.Key)),
		VersionId: b.versionID(done), ServerSideEncryption: done.Headers.encryption(), SSEKMSKeyId: done.Headers.KMSKey,
		BucketKeyEnabled: done.Headers.BucketKey, ChecksumType: &done.SumType,
	}
	out.ChecksumCRC32, out.ChecksumCRC32C, out.ChecksumCRC64NVME, out.ChecksumSHA1, out.ChecksumSHA256 = sumFields(done.Sums)
	return out, nil
}

// completed finds the object that an upload has become.
func completed(tx *kv.Tx, b *bucket, in *api.CompleteMultipartUploadInput, missing error) (*object, error) {
	cur, err := current(tx, b, in.Key)
	if err != nil {
		return nil, err
	}
	if cur == nil || cur.Marker || cur.Data != in.UploadId {
		return nil, missing
	}
	return cur, nil
}

// assemble makes o of the parts that a request lists, and drops the others.
func (s *Service) assemble(tx *kv.Tx, b *bucket, u *upload, in *api.CompleteMultipartUploadInput, o *object) error {
	listed := in.MultipartUpload.Parts
	var parts []part
	last, next := 0, 0
	for i := range listed {
		if n := listed[i].PartNumber; n == nil || int(*n) <= last {
			return fault(400, "InvalidPartOrder", "The list of parts was not in ascending order. The parts list must be specified in order by part number.", "UploadId", in.UploadId)
		}
		last = int(*listed[i].PartNumber)
	}
	for row, err := range kv.Scan[part](tx, kv.Prefix(b.partsKey(u.ID))) {
		if err != nil {
			return fmt.Errorf("load parts: %w", err)
		}
		var n int64
		if err := row.Key.Scan(keyPart+1, &n); err != nil {
			return fmt.Errorf("load parts: %w", err)
		}
		if next < len(listed) && int64(*listed[next].PartNumber) == n {
			if err := u.accept(&listed[next], &row.Value, next == len(listed)-1); err != nil {
				return err
			}
			parts = append(parts, row.Value)
			next++
			continue
		}
		if next < len(listed) && int64(*listed[next].PartNumber) < n {
			return invalidPart(&listed[next], u.ID)
		}
		if err := s.dropPart(tx, row.Key, &row.Value); err != nil {
			return err
		}
	}
	if next < len(listed) {
		return invalidPart(&listed[next], u.ID)
	}
	return u.sum(o, parts, in)
}

// invalidPart is the answer to a part that is not there, or not the one meant.
func invalidPart(p *api.CompletedPart, id string) error {
	return fault(400, "InvalidPart", "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
		"UploadId", id, "PartNumber", fmt.Sprint(*p.PartNumber), "ETag", strings.Trim(wire.Value(p.ETag), `"`))
}

// accept holds a part against what the request says of it.
func (u *upload) accept(listed *api.CompletedPart, p *part, isLast bool) error {
	if strings.Trim(wire.Value(listed.ETag), `"`) != p.ETag {
		return invalidPart(listed, u.ID)
	}
	claimed := sumsOf(listed.ChecksumCRC32, listed.ChecksumCRC32C, listed.ChecksumCRC64NVME, listed.ChecksumSHA1, listed.ChecksumSHA256)
	for a, text := range claimed {
		if have, ok := p.Sums[a]; text != nil && ok && have != *text {
			return invalidPart(listed, u.ID)
		}
	}
	if u.Algorithm != "" && u.SumType == sum.Composite && claimed[u.Algorithm] == nil {
		return invalidRequest(fmt.Sprintf("The upload was created using a %s checksum. The complete request must include the checksum for each part. It was missing for part %d in the request.",
			strings.ToLower(string(u.Algorithm)), *listed.PartNumber))
	}
	if !isLast && p.Size < minPartBytes {
		return fault(400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size",
			"ProposedSize", fmt.Sprint(p.Size), "MinSizeAllowed", fmt.Sprint(minPartBytes), "PartNumber", fmt.Sprint(*listed.PartNumber), "ETag", p.ETag)
	}
	return nil
}

// sum computes what the object has of its parts: size, ETag and checksum.
func (u *upload) sum(o *object, parts []part, in *api.CompleteMultipartUploadInput) error {
	algorithm := u.Algorithm
	if algorithm == "" {
		algorithm = sum.Default
	}
	digests := md5.New()
	sums := make([]sum.Part, len(parts))
	o.Size = 0
	for i := range parts {
		raw, err := hex.DecodeString(parts[i].ETag)
		if err != nil {
			return fmt.Errorf("read part's digest: %w", err)
		}
		digests.Write(raw)
		o.Size += parts[i].Size
		sums[i] = sum.Part{Sum: parts[i].Sums[algorithm], Size: parts[i].Size}
	}
	o.Parts = len(parts)
	o.ETag = fmt.Sprintf("%x-%d", digests.Sum(nil), len(parts))
	if in.MpuObjectSize != nil && *in.MpuObjectSize != o.Size {
		return invalidRequest("The provided 'x-amz-mp-object-size' header value does not match what was computed.")
	}
	var text string
	var ok bool
	if u.SumType == sum.Composite {
		text, ok = algorithm.OfParts(sums)
		text += fmt.Sprintf("-%d", len(parts))
	} else {
		text, ok = algorithm.Combine(sums)
	}
	if !ok {
		return errors.New("a part has no checksum")
	}
	claimed := sumsOf(in.ChecksumCRC32, in.ChecksumCRC32C, in.ChecksumCRC64NVME, in.ChecksumSHA1, in.ChecksumSHA256)[algorithm]
	if claimed != nil && *claimed != text && *claimed != strings.TrimSuffix(text, fmt.Sprintf("-%d", len(parts))) {
		return fault(400, "BadDigest", "The "+strings.ToLower(string(algorithm))+" you specified did not match the calculated checksum.")
	}
	o.Sums, o.SumType = map[sum.Algorithm]string{algorithm: text}, u.SumType
	return nil
}
