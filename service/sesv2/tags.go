package sesv2

import (
	"maps"
	"slices"

	api "maru.dev/maru/api/sesv2"
)

// tagList are tags as clients see them, by key.
func tagList(tags map[string]string) []api.Tag {
	list := []api.Tag{}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		list = append(list, api.Tag{Key: key, Value: tags[key]})
	}
	return list
}
