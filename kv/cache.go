package kv

import (
	"bytes"
	"sync"
)

// Cache keeps decoded records that are read far more often than written. A
// record is read again unless the store knows that nobody has written it since,
// and decoded again unless its bytes are the same: so it is right whoever wrote
// it, and conflicts are seen as ever. It is not for rows of PutAtCommit.
type Cache[T any] struct {
	mu      sync.RWMutex
	limit   int
	prepare func(*T)
	decoded map[string]*cached[T] // by key
}

// cached is a record with the bytes it was decoded from.
type cached[T any] struct {
	key   string
	hash  uint64 // of key, in the store of since
	raw   []byte
	value *T
	since stamp // when it was read
}

// NewCache returns a Cache of up to limit records. prepare, which may be nil,
// works out what a record's readers need beside what is stored.
func NewCache[T any](limit int, prepare func(*T)) *Cache[T] {
	return &Cache[T]{limit: limit, prepare: prepare, decoded: make(map[string]*cached[T])}
}

// Get reads the record at key. Its readers share it: they must not change it.
func (c *Cache[T]) Get(tx *Tx, key Key) (value *T, ok bool, err error) {
	c.mu.RLock()
	have, hit := c.decoded[string(key)]
	c.mu.RUnlock()
	own := tx.wrote(key)
	if hit && !own && !tx.ended && tx.snap.unchanged(have.hash, have.since) {
		tx.note(have.key, have.hash)
		return have.value, true, nil
	}
	raw, ok, err := tx.Get(key)
	if err != nil || !ok {
		return nil, false, err
	}
	if hit && bytes.Equal(have.raw, raw) {
		value = have.value
	} else {
		value = new(T)
		if err := decode(raw, value); err != nil {
			return nil, false, err
		}
		if c.prepare != nil {
			c.prepare(value)
		}
	}
	if own {
		return value, true, nil // nobody else sees it yet
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.decoded) >= c.limit && !hit {
		for other := range c.decoded { // a full cache loses one, not all
			delete(c.decoded, other)
			break
		}
	}
	k := string(key)
	c.decoded[k] = &cached[T]{k, tx.store.hash(k), raw, value, tx.snap.stamp()}
	return value, true, nil
}
