package schema

import (
	"strings"

	api "maru.dev/maru/api/dynamodb"
	"maru.dev/maru/service/dynamodb/expr"
)

// MaxTags is how many tags a table may have.
const MaxTags = 50

// MergeTags adds tags to a map, which may be nil.
func MergeTags(into map[string]string, tags []api.Tag) map[string]string {
	if into == nil && len(tags) > 0 {
		into = make(map[string]string, len(tags))
	}
	for _, t := range tags {
		into[t.Key] = t.Value
	}
	return into
}

// CheckTags refuses tags that AWS keeps for itself, and keys that are there twice.
func CheckTags(tags []api.Tag) error {
	seen := make(map[string]bool, len(tags))
	for _, t := range tags {
		switch {
		case strings.HasPrefix(t.Key, "aws:"):
			return expr.InvalidValue("Tag keys starting with 'aws:' are reserved for system use: %s", t.Key)
		case seen[t.Key]:
			return expr.InvalidValue("Duplicate tag key: %s", t.Key)
		}
		seen[t.Key] = true
	}
	if len(tags) > MaxTags {
		return expr.InvalidValue("Too many tags: the limit is %d", MaxTags)
	}
	return nil
}
