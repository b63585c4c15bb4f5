package upkeep

import (
	"context"
	"fmt"
	"time"

	api "maru.dev/maru/api/dynamodb"
	"maru.dev/maru/kv"
	"maru.dev/maru/task"
)

// tokenLife is how long a ClientRequestToken makes a transaction idempotent.
const tokenLife = 10 * time.Minute

// tokensTask removes tokens that have expired. Its body is a space of tokens.
const tokensTask = "dynamodb.tokens"

// Token is a request's ClientRequestToken with what it stands for.
type Token struct {
	Account, Region string
	Name            string // "" is none
	Hash            []byte // of the request
}

// space is where t is kept.
func (t Token) space() tokenSpace { return tokenSpace{t.Account, t.Region} }

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

// Seen tells whether t has been used for the same request. Another request
// with it is an error.
func (u *Upkeep) Seen(tx *kv.Tx, t Token, at time.Time) (bool, error) {
	if t.Name == "" {
		return false, nil
	}
	used, ok, err := kv.Get[usedToken](tx, t.space().key("token", t.Name))
	switch {
	case err != nil:
		return false, fmt.Errorf("load token: %w", err)
	case !ok || at.Sub(used.At) >= tokenLife:
		return false, nil
	case string(used.Hash) != string(t.Hash):
		return false, &api.IdempotentParameterMismatchException{Message: "ClientRequestToken already used with different parameters"}
	}
	return true, nil
}

// Remember notes that t has been used, and sees to its removal.
func (u *Upkeep) Remember(tx *kv.Tx, t Token, at time.Time) error {
	if t.Name == "" {
		return nil
	}
	if err := kv.Put(tx, t.space().key("token", t.Name), usedToken{t.Hash, at}); err != nil {
		return fmt.Errorf("save token: %w", err)
	}
	if err := tx.Put(t.space().key("token-at", at.Unix(), t.Name), []byte{}); err != nil {
		return err
	}
	sweep := t.space().key("token-sweep")
	if _, pending, err := tx.Get(sweep); err != nil || pending {
		return err
	}
	if err := tx.Put(sweep, []byte{1}); err != nil {
		return err
	}
	_, err := u.Tasks.Add(tx, task.Task{Kind: tokensTask, Due: at.Add(tokenLife), Body: t.space(), Account: t.Account, Region: t.Region})
	return err
}

// runTokens removes expired tokens, and comes again while there are others.
func (u *Upkeep) runTokens(ctx context.Context, run *task.Run) error {
	var space tokenSpace
	if err := run.Decode(&space); err != nil {
		return task.Dead(err)
	}
	const batch = 1000
	again := false
	now := u.now()
	err := u.Store.Update(ctx, func(tx *kv.Tx) error {
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
			if err := u.forget(tx, space, name, now); err != nil {
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
func (u *Upkeep) forget(tx *kv.Tx, space tokenSpace, name string, now time.Time) error {
	used, ok, err := kv.Get[usedToken](tx, space.key("token", name))
	if err != nil || !ok || now.Sub(used.At) < tokenLife {
		return err
	}
	return tx.Delete(space.key("token", name))
}
