package mail

import (
	"context"
	"fmt"
	"time"

	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// Faults are the words of the API through which a caller came: the two have
// different errors for the same mistakes.
type Faults interface {
	Invalid(message string) error
	Rejected(message string) error // of the message as a whole
	BadTemplate(name, message string) error
	TemplateExists(name string) error
	NoTemplate(name string) error
	NoConfigurationSet(name string) error
	TooMany(message string) error
}

// Box is one API's way to the shared state.
type Box struct {
	service.Deps

	Faults Faults
}

// home is the account and region that rows belong to.
type home struct{ Account, Region string }

// homeOf returns where a caller's rows are.
func homeOf(ctx context.Context) home {
	info := call.From(ctx)
	return home{info.Account, info.Region}
}

// key begins as all keys of a home.
func (h home) key(parts ...any) kv.Key { return kv.NewKey(h.Account, h.Region, "ses").With(parts...) }

// identityKey is an identity's row.
func (h home) identityKey(name string) kv.Key { return h.key("i", name) }

// templateKey is a template's row.
func (h home) templateKey(name string) kv.Key { return h.key("t", name) }

// attemptsKey counts the recipients of the quarter of an hour that begins at t.
func (h home) attemptsKey(t time.Time) kv.Key { return h.key("a", t) }

// page reads rows in order of their names after a name until want has taken
// limit of them, and returns the name after which others follow, or "".
func page[T any](tx *kv.Tx, folder kv.Key, after string, limit int, want func(name string, row T) bool) (token string, err error) {
	r := kv.Prefix(folder)
	if after != "" {
		r = r.After(folder.With(after))
	}
	taken, last := 0, ""
	for row, err := range kv.Scan[T](tx, r) {
		if err != nil {
			return "", err
		}
		var name string
		if err := row.Key.Scan(4, &name); err != nil {
			return "", err
		}
		if taken == limit {
			return last, nil
		}
		if want(name, row.Value) {
			taken++
		}
		last = name
	}
	return "", nil
}

// count counts a folder's rows up to a limit.
func count(tx *kv.Tx, folder kv.Key, limit int) (n int, err error) {
	r := kv.Prefix(folder)
	r.Limit = limit
	for _, err := range tx.Scan(r) {
		if err != nil {
			return 0, fmt.Errorf("count rows: %w", err)
		}
		n++
	}
	return n, nil
}
