package s3

import (
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"

	api "maru.dev/maru/api/s3"
)

// Limits of tags, in characters.
const (
	maxTagKey   = 128
	maxTagValue = 256
)

// parseTagging reads an x-amz-tagging header: a query string.
func parseTagging(header *string) ([]api.Tag, error) {
	if header == nil || *header == "" {
		return nil, nil
	}
	var tags []api.Tag
	for pair := range strings.SplitSeq(*header, "&") {
		name, value, _ := strings.Cut(pair, "=")
		key, errKey := url.QueryUnescape(name)
		text, errValue := url.QueryUnescape(value)
		if errKey != nil || errValue != nil || key == "" {
			return nil, invalidArgument("x-amz-tagging", *header, "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.")
		}
		tags = append(tags, api.Tag{Key: key, Value: text})
	}
	return tags, checkTags(tags, maxObjectTags)
}

// checkTags holds tags against S3's rules.
func checkTags(tags []api.Tag, limit int) error {
	if len(tags) > limit {
		if limit == maxObjectTags {
			return fault(400, "BadRequest", "Object tags cannot be greater than 10")
		}
		return fault(400, "BadRequest", fmt.Sprintf("Bucket tag count cannot be greater than %d", limit))
	}
	seen := make(map[string]bool, len(tags))
	for _, t := range tags {
		switch {
		case t.Key == "" || utf8.RuneCountInString(t.Key) > maxTagKey || !validTagText(t.Key):
			return fault(400, "InvalidTag", "The TagKey you have provided is invalid", "TagKey", t.Key)
		case utf8.RuneCountInString(t.Value) > maxTagValue || !validTagText(t.Value):
			return fault(400, "InvalidTag", "The TagValue you have provided is invalid", "TagKey", t.Key, "TagValue", t.Value)
		case strings.HasPrefix(strings.ToLower(t.Key), "aws:"):
			return fault(400, "InvalidTag", "System tags cannot be added/updated by requester", "TagKey", t.Key)
		case seen[t.Key]:
			return fault(400, "InvalidTag", "Cannot provide multiple Tags with the same key", "TagKey", t.Key)
		}
		seen[t.Key] = true
	}
	return nil
}

// validTagText tells whether a tag is made of letters, digits, spaces and the
// few signs that S3 allows.
func validTagText(text string) bool {
	for _, r := range text {
		switch {
		case r >= utf8.RuneSelf:
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
		case strings.ContainsRune(" +-=._:/@", r):
		default:
			return false
		}
	}
	return utf8.ValidString(text)
}
