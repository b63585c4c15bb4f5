package iam

import (
	"strings"

	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// pageSize is how many items a page has unless MaxItems says otherwise.
const pageSize = 100

// page is one page of a list.
type page[T any] struct {
	items     []T // never nil: an empty list is told, and not left out
	truncated *bool
	marker    *string // where the next page starts
}

// newPage is a page that has nothing yet.
func newPage[T any]() page[T] { return page[T]{items: []T{}, truncated: new(false)} }

// list reads one page of the rows below prefix. pick makes the item of a row,
// or leaves the row out. The marker is the key of the page's last row, behind
// prefix, so that a page starts right also when rows came or went meanwhile.
func list[R, T any](t *table, prefix kv.Key, marker *string, maxItems *int32, pick func(*R) (T, bool, error)) (page[T], error) {
	out := newPage[T]()
	rows, ok := service.AfterToken(prefix, kv.Prefix(prefix), marker)
	if !ok || marker != nil && *marker == "" {
		return out, invalid("Invalid Marker: %s", *marker)
	}
	limit := pageSize
	if maxItems != nil {
		limit = int(*maxItems)
	}
	var last kv.Key
	for row, err := range kv.Scan[R](t.tx, rows) {
		if err != nil {
			return out, err
		}
		item, keep, err := pick(&row.Value)
		if err != nil {
			return out, err
		}
		if !keep {
			continue
		}
		if len(out.items) == limit {
			out.truncated = new(true)
			out.marker = service.RowToken(prefix, last)
			break
		}
		out.items, last = append(out.items, item), row.Key
	}
	return out, nil
}

// some tells whether anything is below prefix.
func (t *table) some(prefix kv.Key) (bool, error) {
	rows := kv.Prefix(prefix)
	rows.Limit = 1
	for _, err := range t.tx.Scan(rows) {
		return err == nil, err
	}
	return false, nil
}

// count counts the rows below prefix, of which there are few.
func (t *table) count(prefix kv.Key) (int, error) {
	n := 0
	for _, err := range t.tx.Scan(kv.Prefix(prefix)) {
		if err != nil {
			return 0, err
		}
		n++
	}
	return n, nil
}

// listKeys is list for rows whose item is the key's own last part.
func listKeys(t *table, prefix kv.Key, marker *string, maxItems *int32) (page[string], error) {
	out := newPage[string]()
	rows, ok := service.AfterToken(prefix, kv.Prefix(prefix), marker)
	if !ok {
		return out, invalid("Invalid Marker: %s", *marker)
	}
	limit := pageSize
	if maxItems != nil {
		limit = int(*maxItems)
	}
	from, err := prefix.Parts()
	if err != nil {
		return out, err
	}
	for row, err := range t.tx.Scan(rows) {
		if err != nil {
			return out, err
		}
		if len(out.items) == limit {
			out.truncated, out.marker = new(true), service.RowToken(prefix, prefix.With(out.items[limit-1]))
			break
		}
		var name string
		if err := row.Key.Scan(len(from), &name); err != nil {
			return out, err
		}
		out.items = append(out.items, name)
	}
	return out, nil
}

// under tells whether a path lies below a prefix, which may be absent.
func under(prefix *string, path string) bool {
	return prefix == nil || strings.HasPrefix(path, *prefix)
}
