package cloudformation

import (
	"encoding/base64"
	"strconv"
)

// pageSize is how many entries a page has where AWS does not say.
const pageSize = 100

// page cuts one page out of a list that is computed as a whole. The token is
// the place of the page's first entry.
func page[T any](all []T, token *string) (out []T, next *string, err error) {
	start := 0
	if t := text(token); t != "" {
		raw, err := base64.RawURLEncoding.DecodeString(t)
		if err == nil {
			start, err = strconv.Atoi(string(raw))
		}
		if err != nil || start < 0 {
			return nil, nil, invalid("Invalid NextToken")
		}
	}
	if start >= len(all) {
		return nil, nil, nil
	}
	end := min(start+pageSize, len(all))
	if end < len(all) {
		next = new(base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(end))))
	}
	return all[start:end], next, nil
}
