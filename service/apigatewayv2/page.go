package apigatewayv2

import (
	"fmt"
	"slices"
	"strconv"

	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// maxPage is how many items a list holds at most, and holds unless asked for
// fewer.
const maxPage = 500

// paging is a place in a list.
type paging struct {
	max   int
	token *string // of the page before
}

// newPaging reads what list operations are given.
func newPaging(maxResults, nextToken *string) (paging, error) {
	p := paging{max: maxPage, token: nextToken}
	if maxResults != nil {
		n, err := strconv.Atoi(*maxResults)
		if err != nil || n < 1 || n > maxPage {
			return p, badRequest("Invalid value for MaxResults: it must be a number between 1 and %d", maxPage)
		}
		p.max = n
	}
	return p, nil
}

// page reads a page of the records below ids, and the token of the next one.
func page[T any](tx *kv.Tx, p paging, t table[T], h home, ids ...string) (items []T, next *string, err error) {
	items = []T{}
	list := t.key(h, ids...)
	r := kv.Prefix(list)
	from, ok := service.ReadPageToken(list, p.token)
	switch {
	case !ok:
		return nil, nil, badRequest("Invalid value for NextToken")
	case from != "":
		r = r.After(t.key(h, append(slices.Clone(ids), from)...))
	}
	r.Limit = p.max + 1
	last := ""
	for row, err := range kv.Scan[T](tx, r) {
		if err != nil {
			return nil, nil, fmt.Errorf("list %s: %w", string(t), err)
		}
		if len(items) == p.max {
			return items, service.PageToken(list, last), nil
		}
		if err := row.Key.Scan(4+len(ids), &last); err != nil {
			return nil, nil, err
		}
		items = append(items, row.Value)
	}
	return items, nil, nil
}

// converted applies f to each item.
func converted[T, U any](items []T, f func(T) U) []U {
	out := make([]U, len(items))
	for i, item := range items {
		out[i] = f(item)
	}
	return out
}
