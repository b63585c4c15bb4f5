// Package record keeps what the packages of this service share of their rows:
// where they live, how they are listed, and how their ids are made.
package record

import (
	"context"
	"strings"

	"maru.dev/maru/call"
	"maru.dev/maru/ids"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway/fault"
	"maru.dev/maru/service/rows"
	"maru.dev/maru/wire"
)

// The sizes of a list's page.
const (
	defaultPage = 25
	maxPage     = 500
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

// Limit is how many records a page holds that is asked for with limit: nil is the
// default, and what is more than the most counts as that.
func Limit(limit *int32) (int, error) {
	n := wire.Or(limit, defaultPage)
	if n < 1 {
		return 0, fault.BadRequest("Invalid limit value specified: %d", n)
	}
	return min(int(n), maxPage), nil
}

// Page reads a page of the records below ids, and the position of the next one.
func Page[T any](tx *kv.Tx, limit *int32, position *string, t rows.Table[T], at service.Home, ids ...string) ([]T, *string, error) {
	return Pick(tx, limit, position, nil, t, at, ids...)
}

// Pick is Page for those records that keep takes; nil takes all.
func Pick[T any](tx *kv.Tx, limit *int32, position *string, keep func(*T) bool, t rows.Table[T], at service.Home, ids ...string) ([]T, *string, error) {
	n, err := Limit(limit)
	if err != nil {
		return nil, nil, err
	}
	items, next, ok, err := t.Pick(tx, n, position, keep, at, ids...)
	if err == nil && !ok {
		err = fault.BadRequest("Invalid position parameter specified")
	}
	return items, next, err
}

// CheckTags holds a resource's tags against the rules of tags.
func CheckTags(tags map[string]string) error {
	if len(tags) > 50 {
		return fault.BadRequest("The number of tags exceeds the limit of 50")
	}
	for k, v := range tags {
		switch {
		case k == "" || len(k) > 128:
			return fault.BadRequest("Tag keys must be between 1 and 128 characters in length")
		case strings.HasPrefix(k, "aws:"):
			return fault.BadRequest("Invalid tag key: aws: prefixed tag key names are not allowed for external use.")
		case len(v) > 256:
			return fault.BadRequest("Tag values must be at most 256 characters in length")
		}
	}
	return nil
}
