package s3

import (
	"strings"
	"time"

	"maru.dev/maru/kv"
)

// writeConditions are the conditional headers of writes.
type writeConditions struct{ ifMatch, ifNoneMatch *string }

// check holds the current version of a key against the conditions.
func (c writeConditions) check(tx *kv.Tx, b *bucket, key string) error {
	if c.ifMatch == nil && c.ifNoneMatch == nil {
		return nil
	}
	if c.ifNoneMatch != nil && *c.ifNoneMatch != "*" {
		return implied("If-None-Match")
	}
	cur, err := current(tx, b, key)
	if err != nil {
		return err
	}
	exists := cur != nil && !cur.Marker
	switch {
	case c.ifNoneMatch != nil && exists:
		return preconditionFailed("If-None-Match")
	case c.ifMatch != nil && !exists:
		return noSuchKey(key)
	case c.ifMatch != nil && !matches(*c.ifMatch, cur.ETag):
		return preconditionFailed("If-Match")
	}
	return nil
}

// readConditions are the conditional headers of reads and of copy sources.
type readConditions struct {
	ifMatch, ifNoneMatch               *string
	ifModifiedSince, ifUnmodifiedSince *time.Time
	prefix                             string // "x-amz-copy-source-" where they speak of a copy's source
}

// check answers nil where the conditions hold. A good If-Match makes
// If-Unmodified-Since moot, and If-None-Match is asked instead of
// If-Modified-Since where both are there, as RFC 9110 has it. Where a read would
// be answered with 304 a copy has failed.
func (c *readConditions) check(o *object, versionID *string) error {
	switch {
	case c.ifMatch != nil:
		if !matches(*c.ifMatch, o.ETag) {
			return preconditionFailed(c.name("If-Match"))
		}
	case c.ifUnmodifiedSince != nil && o.Modified.After(*c.ifUnmodifiedSince):
		return preconditionFailed(c.name("If-Unmodified-Since"))
	}
	unchanged, by := false, "If-None-Match"
	switch {
	case c.ifNoneMatch != nil:
		unchanged = matches(*c.ifNoneMatch, o.ETag)
	case c.ifModifiedSince != nil:
		unchanged, by = !o.Modified.After(*c.ifModifiedSince), "If-Modified-Since"
	}
	switch {
	case !unchanged:
		return nil
	case c.prefix != "":
		return preconditionFailed(c.name(by))
	}
	return notModified(o, versionID)
}

// name is a header's name as errors tell it.
func (c *readConditions) name(header string) string {
	if c.prefix == "" {
		return header
	}
	return c.prefix + header
}

// matches tells whether a list of ETags, quoted or not, has one, or is "*".
func matches(list, etag string) bool {
	for one := range strings.SplitSeq(list, ",") {
		one = strings.TrimPrefix(strings.TrimSpace(one), "W/")
		if one == "*" || strings.Trim(one, `"`) == etag {
			return true
		}
	}
	return false
}
