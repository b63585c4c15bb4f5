package sns

import (
	"context"
	"encoding/base64"
	"fmt"
	"sync/atomic"

	api "maru.dev/maru/api/sns"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// Service implements SNS.
type Service struct {
	api.Unimplemented

	service.Deps

	signer  atomic.Pointer[signer] // the stored key, once read
	filters *filterCache
}

// New returns the service.
func New(d service.Deps) *Service {
	s := &Service{Deps: d, filters: newFilterCache()}
	d.Tasks.Handle(fanOutKind, s.runFanOut, nil)
	d.Tasks.Handle(expireKind, s.runExpire, nil)
	return s
}

// Registration puts the service on a platform.
func Registration() service.Registration {
	return service.Registration{Model: api.Model, New: func(d service.Deps) any { return New(d) }}
}

// Reset forgets the signing key: the emptied store will get another.
func (s *Service) Reset(context.Context) error {
	s.signer.Store(nil)
	return nil
}

// pageSize is how many items a list operation returns.
const pageSize = 100

// page lists a page of the rows below prefix, from where token points, and
// returns the token of the next page. item is called with each row and tells
// what it adds; the last part of the key, or the two last, is the place.
func page[T any](tx *kv.Tx, prefix kv.Key, token *string, item func(row kv.Row[T]) error) (*string, error) {
	r := kv.Prefix(prefix)
	if token != nil && *token != "" {
		after, err := base64.RawURLEncoding.DecodeString(*token)
		if err != nil || len(after) < len(prefix) || string(after[:len(prefix)]) != string(prefix) {
			return nil, invalid("NextToken")
		}
		r = r.After(kv.Key(after))
	}
	r.Limit = pageSize + 1
	n := 0
	var last kv.Key
	for row, err := range kv.Scan[T](tx, r) {
		if err != nil {
			return nil, fmt.Errorf("list: %w", err)
		}
		if n == pageSize {
			return new(base64.RawURLEncoding.EncodeToString(last)), nil
		}
		if err := item(row); err != nil {
			return nil, err
		}
		last = row.Key
		n++
	}
	return nil, nil
}
