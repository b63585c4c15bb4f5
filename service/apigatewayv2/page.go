package apigatewayv2

import (
	"strconv"

	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/rows"
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
func page[T any](tx *kv.Tx, p paging, t rows.Table[T], h service.Home, ids ...string) (items []T, next *string, err error) {
	items, next, ok, err := t.Page(tx, p.max, p.token, h, ids...)
	if err == nil && !ok {
		err = badRequest("Invalid value for NextToken")
	}
	return items, next, err
}

// converted applies f to each item.
func converted[T, U any](items []T, f func(T) U) []U {
	out := make([]U, len(items))
	for i, item := range items {
		out[i] = f(item)
	}
	return out
}
