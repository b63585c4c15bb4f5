package events

import (
	"context"
	"fmt"

	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// loadBus reads a bus. The default one is always there.
func loadBus(tx *kv.Tx, ref busRef) (*bus, error) {
	b, ok, err := kv.Get[bus](tx, ref.rowKey())
	switch {
	case err != nil:
		return nil, fmt.Errorf("load event bus: %w", err)
	case !ok && ref.name != defaultBus:
		return nil, noBus(ref.name)
	}
	return &b, nil
}

// viewBus reads the bus that a request names, and what else fn reads.
func (s *Service) viewBus(ctx context.Context, name *string, fn func(tx *kv.Tx, ref busRef, b *bus) error) error {
	ref, err := ownBus(call.From(ctx), name)
	if err != nil {
		return err
	}
	return s.Store.View(ctx, func(tx *kv.Tx) error {
		b, err := loadBus(tx, ref)
		if err != nil {
			return err
		}
		return fn(tx, ref, b)
	})
}

// changeBus changes the bus that a request names.
func (s *Service) changeBus(ctx context.Context, name *string, fn func(tx *kv.Tx, ref busRef, b *bus) error) error {
	ref, err := ownBus(call.From(ctx), name)
	if err != nil {
		return err
	}
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		b, err := loadBus(tx, ref)
		if err != nil {
			return err
		}
		if err := fn(tx, ref, b); err != nil {
			return err
		}
		b.Modified = s.Clock.Now()
		if b.Created.IsZero() {
			b.Created = b.Modified
		}
		return kv.Put(tx, ref.rowKey(), *b)
	})
}

// listenersChanged notes in a bus that a rule or archive was added to it,
// changed (0) or removed (-1).
func listenersChanged(tx *kv.Tx, ref busRef, delta int64) error {
	if err := tx.Add(ref.versionKey(), 1); err != nil {
		return err
	}
	return ref.count(tx, service.ListenersKey, delta)
}

// ruleChanged is listenersChanged for a rule; was or is is nil if there was none
// or is none any more.
func ruleChanged(tx *kv.Tx, ref busRef, was, is *rule) error {
	one := func(yes bool) int64 {
		if yes {
			return 1
		}
		return 0
	}
	if err := ref.count(tx, service.ReadersKey, one(is.reads())-one(was.reads())); err != nil {
		return err
	}
	return listenersChanged(tx, ref, one(is != nil)-one(was != nil))
}

// count changes a counter of those who listen to the bus, if it is one to which
// services emit.
func (b busRef) count(tx *kv.Tx, key func(account, region string) kv.Key, delta int64) error {
	if b.name != defaultBus || delta == 0 {
		return nil
	}
	return tx.Add(key(b.account, b.region), delta)
}
