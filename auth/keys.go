package auth

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"maru.dev/maru/call"
	"maru.dev/maru/ids"
	"maru.dev/maru/kv"
)

// Secret is the part of a key that signs. It is stored as it is, since a
// signature can be checked in no other way, and prints as asterisks.
type Secret string

// String hides s.
func (Secret) String() string { return "****" }

// GoString hides s.
func (Secret) GoString() string { return "****" }

// LogValue hides s.
func (Secret) LogValue() slog.Value { return slog.StringValue("****") }

// Key is an access key: permanent (AKIA…) of a user or root, or temporary
// (ASIA…) of a session.
type Key struct {
	ID        string
	Secret    Secret
	Token     Secret    // session token; empty for permanent keys
	Expires   time.Time // the zero time is never
	Inactive  bool
	Principal call.Principal
}

// Keys finds access keys.
type Keys interface {
	Lookup(ctx context.Context, id string) (Key, bool, error)
}

// KeyTable is the Keys that IAM and STS write.
type KeyTable struct{ Store *kv.Store }

// keyKey is where a Key lives.
func keyKey(id string) kv.Key { return kv.NewKey("", "", "auth", "key", id) }

// Lookup reads a key.
func (t KeyTable) Lookup(ctx context.Context, id string) (key Key, ok bool, err error) {
	err = t.Store.View(ctx, func(tx *kv.Tx) error {
		key, ok, err = GetKey(tx, id)
		return err
	})
	return key, ok, err
}

// GetKey reads a key in tx.
func GetKey(tx *kv.Tx, id string) (Key, bool, error) {
	key, ok, err := kv.Get[Key](tx, keyKey(id))
	if err != nil {
		return Key{}, false, fmt.Errorf("load access key: %w", err)
	}
	return key, ok, nil
}

// PutKey writes a key in tx.
func PutKey(tx *kv.Tx, key Key) error { return kv.Put(tx, keyKey(key.ID), key) }

// DeleteKey removes a key in tx.
func DeleteKey(tx *kv.Tx, id string) error { return tx.Delete(keyKey(id)) }

// NewKey makes up a permanent key, or a temporary one when it is to expire.
func NewKey(source ids.Source, principal call.Principal, expires time.Time) Key {
	key := Key{Secret: Secret(source.String(40, ids.Alnum)), Expires: expires, Principal: principal}
	if expires.IsZero() {
		key.ID = "AKIA" + source.String(16, ids.Upper)
	} else {
		key.ID = "ASIA" + source.String(16, ids.Upper)
		key.Token = Secret("FwoGZXIvYXdzE" + source.String(243, ids.Alnum))
	}
	key.Principal.AccessKey = key.ID
	return key
}

// looksIssued tells whether id has the form of a key that we may have issued,
// so that the developer's "test" costs no read.
func looksIssued(id string) bool {
	return len(id) == 20 && (strings.HasPrefix(id, "AKIA") || strings.HasPrefix(id, "ASIA"))
}

// RootKey makes the key of an account's root on the first start, and tells
// later ones that it exists: created is false, and only the ID is set.
func RootKey(ctx context.Context, store *kv.Store, source ids.Source, account string) (key Key, created bool, err error) {
	made := NewKey(source, RootPrincipal(account), time.Time{})
	err = store.Update(ctx, func(tx *kv.Tx) error {
		at := kv.NewKey("", "", "auth", "root")
		id, exists, err := kv.Get[string](tx, at)
		if err != nil {
			return fmt.Errorf("load root key: %w", err)
		}
		if exists {
			key, created = Key{ID: id}, false
			return nil
		}
		key, created = made, true
		if err := kv.Put(tx, at, made.ID); err != nil {
			return err
		}
		return PutKey(tx, made)
	})
	return key, created, err
}

// RootPrincipal is the owner of an account.
func RootPrincipal(account string) call.Principal {
	return call.Principal{
		Kind: call.Root, Account: account, UserID: account,
		ARN: "arn:aws:iam::" + account + ":root",
	}
}
