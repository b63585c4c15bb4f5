package apigateway

import (
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/rows"
)

// The sizes of a list's page.
const (
	defaultPage = 25
	maxPage     = 500
)

// page reads a page of the records below ids, and the position of the next one.
// limit is nil for the default; what is more than the most counts as that.
func page[T any](tx *kv.Tx, limit *int32, position *string, t rows.Table[T], at service.Home, ids ...string) ([]T, *string, error) {
	n := defaultPage
	if limit != nil {
		n = int(*limit)
	}
	if n < 1 {
		return nil, nil, badRequest("Invalid limit value specified: %d", n)
	}
	items, next, ok, err := t.Page(tx, min(n, maxPage), position, at, ids...)
	if err == nil && !ok {
		err = badRequest("Invalid position parameter specified")
	}
	return items, next, err
}
