// Package record keeps what the packages of this service share of their rows:
// where they live, how they are listed, and how their ids are made.
package record

import (
	"context"

	"maru.dev/maru/call"
	"maru.dev/maru/ids"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway/fault"
	"maru.dev/maru/service/rows"
)

// The sizes of a list's page.
const (
	DefaultPage = 25
	MaxPage     = 500
)

// Table is a kind of record of this service. missing is what AWS says of one
// that is not there.
func Table[T any](name, missing string) rows.Table[T] {
	return rows.Table[T]{Service: "apigateway", Name: name, Missing: func(service.Home, string) error { return fault.NotFound("%s", missing) }}
}

// Home returns where the resources of a call live.
func Home(ctx context.Context) service.Home {
	info := call.From(ctx)
	return service.Home{Account: info.Account, Region: info.Region}
}

// ID returns an id of n lower-case letters and digits, as AWS's are.
func ID(from ids.Source, n int) string { return from.String(n, ids.Lower) }

// Limit is how many records a page holds that is asked for with limit; nil is
// the default, and what is more than the most counts as that.
func Limit(limit *int32) (int, error) {
	switch {
	case limit == nil:
		return DefaultPage, nil
	case *limit < 1:
		return 0, fault.BadRequest("Invalid limit value specified: %d", *limit)
	}
	return min(int(*limit), MaxPage), nil
}

// ErrPosition is the answer to a position that is none of the list's.
func ErrPosition() error { return fault.BadRequest("Invalid position parameter specified") }

// Page reads a page of the records below ids, and the position of the next one.
func Page[T any](tx *kv.Tx, limit *int32, position *string, t rows.Table[T], at service.Home, ids ...string) ([]T, *string, error) {
	n, err := Limit(limit)
	if err != nil {
		return nil, nil, err
	}
	items, next, ok, err := t.Page(tx, n, position, at, ids...)
	if err == nil && !ok {
		err = ErrPosition()
	}
	return items, next, err
}
