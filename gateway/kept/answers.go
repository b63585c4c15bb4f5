package kept

import (
	"sync"
	"time"
)

// Answers keeps values of keys until a time, and forgets what has ended, or all
// of it, before it holds more than Limit.
type Answers[K comparable, V any] struct {
	Limit int // of weights

	mu    sync.Mutex
	kept  map[K]answer[V]
	holds int
}

// answer is a value with its end.
type answer[V any] struct {
	value  V
	weight int
	until  time.Time
}

// Get returns a value that still counts.
func (c *Answers[K, V]) Get(key K, now time.Time) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	a, ok := c.kept[key]
	return a.value, ok && now.Before(a.until)
}

// Put keeps a value.
func (c *Answers[K, V]) Put(key K, v V, weight int, now, until time.Time) {
	if weight > c.Limit {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.holds -= c.kept[key].weight
	delete(c.kept, key)
	if c.holds+weight > c.Limit {
		c.sweep(now)
	}
	if c.holds+weight > c.Limit || c.kept == nil {
		c.kept, c.holds = make(map[K]answer[V]), 0
	}
	c.kept[key] = answer[V]{v, weight, until}
	c.holds += weight
}

// sweep forgets what has ended.
func (c *Answers[K, V]) sweep(now time.Time) {
	for key, a := range c.kept {
		if !now.Before(a.until) {
			c.holds -= a.weight
			delete(c.kept, key)
		}
	}
}
