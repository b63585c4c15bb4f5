package pipes

import (
	"context"

	"maru.dev/maru/arn"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
)

// home is the account and region that pipes live in.
type home struct{ Account, Region string }

// homeOf returns where a caller's pipes are.
func homeOf(ctx context.Context) home {
	info := call.From(ctx)
	return home{info.Account, info.Region}
}

// key begins as all keys of a home.
func (h home) key(parts ...any) kv.Key { return kv.NewKey(h.Account, h.Region, "pipes").With(parts...) }

// pipeKey is a pipe's row.
func (h home) pipeKey(name string) kv.Key { return h.key("p", name) }

// arnOf names a pipe.
func (h home) arnOf(name string) string { return arn.New("pipes", h.Region, h.Account, "pipe/"+name) }
