package events

import (
	"fmt"
	"strings"

	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/wire"
)

// maxPage is how many items a page has when the request does not say.
const maxPage = 100

// page reads a table's rows that begin with a prefix, after those of the pages
// before, and hands those that keep takes to a limit. Keys are told apart by
// their last part.
func page[T any](tx *kv.Tx, table kv.Key, prefix, token *string, limit *int32, keep func(name string, v *T) bool) (next *string, err error) {
	r := kv.Prefix(table)
	if p := wire.Value(prefix); p != "" {
		r.From = table.With(p)
	}
	r, ok := service.AfterToken(table, r, token)
	if !ok {
		return nil, invalid("NextToken is not valid.")
	}
	most := maxPage
	if limit != nil {
		most = int(*limit)
	}
	n := 0
	var last kv.Key
	for row, err := range kv.Scan[T](tx, r) {
		if err != nil {
			return nil, fmt.Errorf("list: %w", err)
		}
		parts, err := row.Key.Parts()
		if err != nil {
			return nil, fmt.Errorf("read key: %w", err)
		}
		name, _ := parts[len(parts)-1].(string)
		if !strings.HasPrefix(name, wire.Value(prefix)) {
			break
		}
		if n == most {
			return service.RowToken(table, last), nil
		}
		if keep(name, &row.Value) {
			n++
		}
		last = row.Key
	}
	return nil, nil
}
