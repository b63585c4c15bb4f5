// Package kept is what data planes keep in memory: plans made ready to serve, for
// as long as they are of the newest version, and answers for as long as they
// count. All of it can be had again.
package kept

import (
	"context"
	"sync"
)

// maxPlans bounds the plans that are kept.
const maxPlans = 10_000

// Plans keeps the plans of APIs in the form P, which is made of the form S in
// which they are stored.
type Plans[S, P any] struct {
	// Version tells whether an API is there, and changes with all that matters of
	// it. It is asked each time.
	Version func(ctx context.Context, id string) (version uint64, ok bool, err error)
	Load    func(ctx context.Context, id string) (source S, ok bool, err error)
	Compile func(source S) *P
	// Inherit takes over what a plan has counted so far from the one before it.
	Inherit func(next, before *P)
	// Of is a plan's version.
	Of func(*P) uint64

	mu   sync.RWMutex
	byID map[string]*P
}

// Get returns the plan of an API as it is now; nil when there is none.
func (k *Plans[S, P]) Get(ctx context.Context, id string) (*P, error) {
	version, ok, err := k.Version(ctx, id)
	if err != nil || !ok {
		return nil, err
	}
	k.mu.RLock()
	p := k.byID[id]
	k.mu.RUnlock()
	if p != nil && k.Of(p) == version {
		return p, nil
	}
	source, ok, err := k.Load(ctx, id)
	if err != nil || !ok {
		return nil, err
	}
	next := k.Compile(source)
	k.put(id, next)
	return next, nil
}

// put keeps a plan, unless one as new came first.
func (k *Plans[S, P]) put(id string, next *P) {
	k.mu.Lock()
	defer k.mu.Unlock()
	before := k.byID[id]
	if before != nil && k.Of(before) >= k.Of(next) {
		return
	}
	if before != nil {
		k.Inherit(next, before)
	}
	if k.byID == nil || len(k.byID) >= maxPlans {
		k.byID = make(map[string]*P)
	}
	k.byID[id] = next
}
