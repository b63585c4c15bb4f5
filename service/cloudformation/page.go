package cloudformation

import (
	"strconv"

	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// pageSize is how many entries a page has where AWS does not say.
const pageSize = 100

// page cuts one page out of a list that is computed as a whole: an operation's, of
// what is named. The token is the place of the page's first entry.
func page[T any](all []T, token *string, list ...any) (out []T, next *string, err error) {
	start := 0
	at, ok := service.ReadPageToken(kv.NewKey(list...), token)
	if ok && at != "" {
		start, err = strconv.Atoi(at)
	}
	if !ok || err != nil || start < 0 {
		return nil, nil, invalid("Invalid NextToken")
	}
	if start >= len(all) {
		return nil, nil, nil
	}
	end := min(start+pageSize, len(all))
	if end < len(all) {
		next = service.PageToken(kv.NewKey(list...), strconv.Itoa(end))
	}
	return all[start:end], next, nil
}
