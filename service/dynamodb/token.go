package dynamodb

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"time"

	api "maru.dev/maru/api/dynamodb"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/task"
)

// tokenLife is how long a ClientRequestToken makes a transaction idempotent.
const tokenLife = 10 * time.Minute

// tokensTask removes tokens that have expired. Its body is a space of tokens.
const tokensTask = "dynamodb.tokens"

// token is a request's ClientRequestToken with what it stands for.
type token struct {
	space tokenSpace
	name  string // "" is none
	hash  [sha256.Size]byte
}

// tokenSpace is where the tokens of an account and region are:
//
//	token name      → usedToken
//	token-at second name → nothing
//	token-sweep     → whether the task that removes them is pending
type tokenSpace struct{ Account, Region string }

func (s tokenSpace) key(parts ...any) kv.Key {
	return kv.NewKey(s.Account, s.Region, "dynamodb").With(parts...)
}

// usedToken is a token that has been used.
type usedToken struct {
	Hash []byte
	At   time.Time
}

// newToken reads a request's token.
func newToken(ctx context.Context, in *api.TransactWriteItemsInput) (token, error) {
	info := call.From(ctx)
	t := token{space: tokenSpace{info.Account, info.Region}, name: value(in.ClientRequestToken)}
	if t.name == "" {
		return t, nil
	}
	if len(t.name) > 36 {
		return t, invalid("1 validation error detected: Value '%s' at 'clientRequestToken' failed to satisfy constraint: Member must have length less than or equal to 36", t.name)
	}
	h := sha256.New()
	for _, item := range in.TransactItems {
		p, err := partOf(item)
		if err != nil {
			return t, err
		}
		read, err := readItem(p.item)
		if err != nil {
			return t, err
		}
		values, err := readMap(p.values, 0)
		if err != nil {
			return t, err
		}
		fmt.Fprintf(h, "%d %q %q %q %x %x\n", p.verb, p.table, value(p.update), value(p.condition), read.Encode(), values.Encode())
		for _, k := range slices.Sorted(maps.Keys(p.names)) {
			fmt.Fprintf(h, "%q=%q ", k, p.names[k])
		}
	}
	h.Sum(t.hash[:0])
	return t, nil
}

// seen tells whether t has been used for the same request. Another request
// with it is an error.
func (s *Service) seen(tx *kv.Tx, t token, at time.Time) (bool, error) {
	if t.name == "" {
		return false, nil
	}
	used, ok, err := kv.Get[usedToken](tx, t.space.key("token", t.name))
	switch {
	case err != nil:
		return false, fmt.Errorf("load token: %w", err)
	case !ok || at.Sub(used.At) >= tokenLife:
		return false, nil
	case string(used.Hash) != string(t.hash[:]):
		return false, &api.IdempotentParameterMismatchException{Message: "ClientRequestToken already used with different parameters"}
	}
	return true, nil
}

// remember notes that t has been used, and sees to its removal.
func (s *Service) remember(tx *kv.Tx, t token, at time.Time) error {
	if t.name == "" {
		return nil
	}
	if err := kv.Put(tx, t.space.key("token", t.name), usedToken{t.hash[:], at}); err != nil {
		return fmt.Errorf("save token: %w", err)
	}
	if err := tx.Put(t.space.key("token-at", at.Unix(), t.name), []byte{}); err != nil {
		return err
	}
	sweep := t.space.key("token-sweep")
	if _, pending, err := tx.Get(sweep); err != nil || pending {
		return err
	}
	if err := tx.Put(sweep, []byte{1}); err != nil {
		return err
	}
	_, err := s.Tasks.Add(tx, task.Task{Kind: tokensTask, Due: at.Add(tokenLife), Body: t.space, Account: t.space.Account, Region: t.space.Region})
	return err
}

// runTokens removes expired tokens, and comes again while there are others.
func (s *Service) runTokens(ctx context.Context, run *task.Run) error {
	var space tokenSpace
	if err := run.Decode(&space); err != nil {
		return task.Dead(err)
	}
	const batch = 1000
	again := false
	now := s.now()
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		again = false
		r := kv.Prefix(space.key("token-at"))
		r.Limit = batch
		for pair, err := range tx.Scan(r) {
			if err != nil {
				return err
			}
			again = true
			var second int64
			var name string
			if err := pair.Key.Scan(4, &second, &name); err != nil {
				return err
			}
			if now.Sub(time.Unix(second+1, 0)) < tokenLife {
				return nil
			}
			if err := s.forget(tx, space, name, now); err != nil {
				return err
			}
			if err := tx.Delete(pair.Key); err != nil {
				return err
			}
		}
		if again {
			return nil
		}
		if err := tx.Delete(space.key("token-sweep")); err != nil {
			return err
		}
		return run.Done(tx)
	})
	if err == nil && again {
		return task.Again(now.Add(time.Minute))
	}
	return err
}

// forget removes a token, unless it has been used anew.
func (s *Service) forget(tx *kv.Tx, space tokenSpace, name string, now time.Time) error {
	used, ok, err := kv.Get[usedToken](tx, space.key("token", name))
	if err != nil || !ok || now.Sub(used.At) < tokenLife {
		return err
	}
	return tx.Delete(space.key("token", name))
}
