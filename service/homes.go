package service

import (
	"context"
	"fmt"

	"maru.dev/maru/kv"
	"maru.dev/maru/kv/setback"
)

// Home is an account and region in which something is stored.
type Home struct{ Account, Region string }

// maxHomes bounds what a look at all accounts costs.
const maxHomes = 10_000

// Homes lists the accounts and regions in which anything is stored, for what a
// service does in all of them by itself. It reads one row of each.
func Homes(tx *kv.Tx) (homes []Home, err error) {
	next := kv.Prefix(kv.NewKey("")).To // what is global has no account
	for range maxHomes {
		var at Home
		found := false
		for row, err := range tx.Scan(kv.Range{From: next, Limit: 1}) {
			if err != nil {
				return nil, fmt.Errorf("look for accounts: %w", err)
			}
			if err := row.Key.Scan(0, &at.Account, &at.Region); err != nil {
				return nil, fmt.Errorf("read account: %w", err)
			}
			found = true
		}
		if !found {
			break
		}
		if at.Region != "" {
			homes = append(homes, at)
		}
		next = kv.Prefix(kv.NewKey(at.Account, at.Region)).To
	}
	return homes, nil
}

// RewriteHomes has do rewrite the rows of each account and region, in as many
// transactions as it says that it needs: an Upgrader's work.
func RewriteHomes(ctx context.Context, st *kv.Store, do func(tx *kv.Tx, at Home) (more bool, err error)) error {
	return eachHome(ctx, st, func(at Home) error {
		for more := true; more; {
			err := st.Update(ctx, func(tx *kv.Tx) (err error) {
				more, err = do(tx, at)
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// RewindHomes has do bring back the rows of each account and region: a
// Rewinder's work.
func RewindHomes(ctx context.Context, w *setback.Walk, do func(at Home) error) error {
	return eachHome(ctx, w.Store(), do)
}

// eachHome does something for each account and region.
func eachHome(ctx context.Context, st *kv.Store, do func(at Home) error) error {
	var homes []Home
	err := st.View(ctx, func(tx *kv.Tx) (err error) {
		homes, err = Homes(tx)
		return err
	})
	if err != nil {
		return err
	}
	for _, at := range homes {
		if err := do(at); err != nil {
			return err
		}
	}
	return nil
}
