package s3

import (
	"context"
	"io"
	"net/url"
	"strings"

	"maru.dev/maru/kv"
)

// copySource names an object, or a version of one, to be copied.
type copySource struct {
	bucket, key string
	versionID   *string
}

// parseCopySource reads an x-amz-copy-source header: bucket/key, escaped as in
// URLs, with or without a slash in front, and a version behind.
func parseCopySource(header string) (copySource, error) {
	path, query, hasQuery := strings.Cut(header, "?versionId=")
	decoded, err := url.PathUnescape(path)
	if err != nil {
		return copySource{}, invalidArgument("x-amz-copy-source", header, "Invalid copy source encoding.")
	}
	name, key, ok := strings.Cut(strings.TrimPrefix(decoded, "/"), "/")
	if !ok || name == "" || key == "" || strings.HasPrefix(name, "arn:") {
		return copySource{}, invalidArgument("x-amz-copy-source", header, "Copy Source must mention the source bucket and key: sourcebucket/sourcekey")
	}
	source := copySource{bucket: name, key: key}
	if hasQuery {
		id, _, _ := strings.Cut(query, "&")
		source.versionID = &id
	}
	return source, nil
}

// load reads the record of the source. What a delete marker hides cannot be
// copied.
func (c *copySource) load(ctx context.Context, s *Service, tx *kv.Tx, expectedOwner *string) (*bucket, *object, error) {
	b, err := s.bucket(ctx, tx, c.bucket, expectedOwner)
	if err != nil {
		return nil, nil, err
	}
	o, _, err := version(tx, b, c.key, c.versionID)
	switch {
	case err != nil:
		return nil, nil, err
	case o == nil && c.versionID != nil:
		return nil, nil, noSuchVersion(c.key, *c.versionID)
	case o != nil && o.Marker && c.versionID != nil:
		return nil, nil, invalidRequest("The source of a copy request may not specifically refer to a delete marker by version id.")
	case o == nil || o.Marker:
		return nil, nil, noSuchKey(c.key)
	}
	return b, o, nil
}

// contentOf reads some bytes of a source.
func (s *Service) contentOf(ctx context.Context, f *found) (io.ReadCloser, error) {
	if f.object.Parts == 0 && f.object.Ref == "" {
		err := s.Store.View(ctx, func(tx *kv.Tx) (err error) {
			f.inline, _, err = tx.Get(f.bucket.dataKey(f.object.Data))
			return err
		})
		if err != nil {
			return nil, err
		}
		if int64(len(f.inline)) < f.object.Size {
			return nil, noSuchKey("") // replaced just now
		}
	}
	return s.open(ctx, f)
}
