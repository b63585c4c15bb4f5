package s3

import (
	"context"
	"fmt"

	api "maru.dev/maru/api/s3"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// ListObjectVersions lists the versions of a bucket's objects, delete markers
// among them: keys in order, and a key's versions from the newest on.
//
// Spec: S3 API Reference, ListObjectVersions.
func (s *Service) ListObjectVersions(ctx context.Context, in *api.ListObjectVersionsInput) (*api.ListObjectVersionsOutput, error) {
	limit, err := pageSize(in.MaxKeys, "max-keys")
	if err != nil {
		return nil, err
	}
	encode, err := encoder(in.EncodingType)
	if err != nil {
		return nil, err
	}
	if wire.Value(in.VersionIdMarker) != "" && wire.Value(in.KeyMarker) == "" {
		return nil, invalidArgument("version-id-marker", *in.VersionIdMarker, "A version-id marker cannot be specified without a key marker.")
	}
	out := &api.ListObjectVersionsOutput{
		Name: &in.Bucket, Prefix: encode(wire.Value(in.Prefix)), KeyMarker: encode(wire.Value(in.KeyMarker)), VersionIdMarker: new(wire.Value(in.VersionIdMarker)),
		Delimiter: given(in.Delimiter, encode), MaxKeys: new(int32(limit)), EncodingType: in.EncodingType,
	}
	l := listing{prefix: wire.Value(in.Prefix), delimiter: wire.Value(in.Delimiter), after: wire.Value(in.KeyMarker), max: limit}
	var p versionPage
	err = s.view(ctx, in.Bucket, in.ExpectedBucketOwner, func(tx *kv.Tx, b *bucket) error {
		p = versionPage{listing: l, tx: tx, bucket: b}
		return p.read(wire.Value(in.VersionIdMarker))
	})
	if err != nil {
		return nil, err
	}
	p.output(out, encode)
	return out, nil
}

// versionPage is a page of versions while it is read.
type versionPage struct {
	listing
	tx     *kv.Tx
	bucket *bucket
	lines  []versionLine
	more   bool
}

// versionLine is a version, or a common prefix.
type versionLine struct {
	entry[object]
	latest bool
}

// add appends a line, and tells whether there is room for it.
func (p *versionPage) add(line versionLine) bool {
	if len(p.lines) == p.max {
		p.more = p.max > 0
		return false
	}
	p.lines = append(p.lines, line)
	return true
}

// read fills the page. The version marker, if any, is where in the versions of
// the key marker the last page ended.
func (p *versionPage) read(versionMarker string) error {
	if p.max == 0 {
		return nil
	}
	at, inside := p.after, true // the next key is behind at, or is at where that has a rest
	if versionMarker != "" {
		room, err := p.versions(at, versionMarker)
		if err != nil || !room {
			return err
		}
	}
	if at == "" {
		inside = false
	}
	for {
		key, ok, err := p.nextKey(at, inside)
		if err != nil || !ok {
			return err
		}
		if prefix, rolled := p.rollUp(key); rolled {
			if prefix != p.after && !p.add(versionLine{entry: entry[object]{name: prefix, rolled: true}}) {
				return nil
			}
			at, inside = behind(prefix), true
			continue
		}
		room, err := p.versions(key, "")
		if err != nil || !room {
			return err
		}
		at, inside = key, true
	}
}

// nextKey finds the first key of the listing behind at that has any version:
// the least of what the three folders have.
func (p *versionPage) nextKey(at string, behindAt bool) (least string, ok bool, err error) {
	for _, folder := range []string{"o", "m", "v"} {
		rows := p.bucket.startingWith(folder, p.prefix)
		if behindAt {
			after := p.bucket.key(folder, at)
			if folder == "v" { // behind all versions of the key
				rows = rows.After(append(after, 0xff))
			} else {
				rows = rows.After(after)
			}
		}
		rows.Limit = 1
		for row, err := range p.tx.Scan(rows) {
			if err != nil {
				return "", false, fmt.Errorf("list versions: %w", err)
			}
			var key string
			if err := row.Key.Scan(keyPart, &key); err != nil {
				return "", false, fmt.Errorf("list versions: %w", err)
			}
			if !ok || key < least {
				least, ok = key, true
			}
		}
	}
	return least, ok, nil
}

// versions adds a key's versions, those behind a marker if there is one, and
// tells whether there is room for more.
func (p *versionPage) versions(key, marker string) (room bool, err error) {
	cur, err := current(p.tx, p.bucket, key)
	if err != nil {
		return false, err
	}
	rows := kv.Prefix(p.bucket.key("v", key))
	switch {
	case marker == "":
		if cur != nil && !p.add(versionLine{entry: entry[object]{name: key, record: *cur}, latest: true}) {
			return false, nil
		}
	case cur != nil && cur.VersionID == marker:
	default:
		old, _, err := version(p.tx, p.bucket, key, &marker)
		if err != nil {
			return false, err
		}
		if old != nil {
			rows = rows.After(p.bucket.versionKey(key, old.Seq))
		} else if seq, ok := seqOf(marker); ok { // it is gone since
			rows = rows.After(p.bucket.versionKey(key, seq))
		}
	}
	for row, err := range kv.Scan[object](p.tx, rows) {
		if err != nil {
			return false, wrapLoad(err)
		}
		if !p.add(versionLine{entry: entry[object]{name: key, record: row.Value}}) {
			return false, nil
		}
	}
	return true, nil
}

// output writes the page into a reply.
func (p *versionPage) output(out *api.ListObjectVersionsOutput, encode func(string) *string) {
	out.IsTruncated = &p.more
	for i := range p.lines {
		line := &p.lines[i]
		o := &line.record
		switch {
		case line.rolled:
			out.CommonPrefixes = append(out.CommonPrefixes, api.CommonPrefix{Prefix: encode(line.name)})
		case o.Marker:
			out.DeleteMarkers = append(out.DeleteMarkers, api.DeleteMarkerEntry{
				Key: encode(line.name), VersionId: &o.VersionID, IsLatest: &line.latest, LastModified: &o.Modified, Owner: ownerOf(o.Owner),
			})
		default:
			v := api.ObjectVersion{
				Key: encode(line.name), VersionId: &o.VersionID, IsLatest: &line.latest, LastModified: &o.Modified, Owner: ownerOf(o.Owner),
				ETag: quoted(o.ETag), Size: &o.Size, StorageClass: new(o.Headers.storageClass()),
			}
			v.ChecksumAlgorithm, v.ChecksumType = o.algorithms()
			out.Versions = append(out.Versions, v)
		}
	}
	if p.more && len(p.lines) > 0 {
		last := &p.lines[len(p.lines)-1]
		out.NextKeyMarker = encode(last.name)
		if !last.rolled {
			out.NextVersionIdMarker = &last.record.VersionID
		}
	}
}
