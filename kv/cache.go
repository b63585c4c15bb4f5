package kv

import (
	"bytes"
	"sync"
)

// Cache keeps decoded records that are read far more often than written. Each
// Get still reads the record's bytes in its transaction, and decodes them only
// when they are not the ones it has decoded before: so it is right whoever
// wrote them, on this node or another, and conflicts are seen as ever.
type Cache[T any] struct {
	mu      sync.RWMutex
	limit   int
	decoded map[string]cached[T] // by key
}

// cached is a record with the bytes it was decoded from.
type cached[T any] struct {
	raw   []byte
	value *T
}

// NewCache returns a Cache of up to limit records.
func NewCache[T any](limit int) *Cache[T] {
	return &Cache[T]{limit: limit, decoded: make(map[string]cached[T])}
}

// Get reads the record at key. Its readers share it: they must not change it.
func (c *Cache[T]) Get(tx *Tx, key Key) (value *T, ok bool, err error) {
	raw, ok, err := tx.Get(key)
	if err != nil || !ok {
		return nil, false, err
	}
	c.mu.RLock()
	have, hit := c.decoded[string(key)]
	c.mu.RUnlock()
	if hit && bytes.Equal(have.raw, raw) {
		return have.value, true, nil
	}
	value = new(T)
	if err := decode(raw, value); err != nil {
		return nil, false, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.decoded) >= c.limit {
		clear(c.decoded)
	}
	c.decoded[string(key)] = cached[T]{raw, value}
	return value, true, nil
}
