// Package limit counts requests against a rate.
package limit

import (
	"sync"
	"time"
)

// The limits of an account, for what has none of its own, or only one of the two.
const (
	AccountRate  = 10_000.0
	AccountBurst = 5_000
)

// Bucket is a token bucket: burst tokens at most, rate new ones a second.
type Bucket struct {
	mu     sync.Mutex
	rate   float64
	burst  float64
	tokens float64
	last   time.Time
}

// NewBucket returns a full bucket.
func NewBucket(rate float64, burst int32) *Bucket {
	return &Bucket{rate: rate, burst: float64(burst), tokens: float64(burst)}
}

// Take takes a token, if there is one.
func (b *Bucket) Take(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.last.IsZero() && now.After(b.last) {
		b.tokens = min(b.burst, b.tokens+now.Sub(b.last).Seconds()*b.rate)
	}
	if b.last.IsZero() || now.After(b.last) {
		b.last = now
	}
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

// Same tells whether another bucket has the same limits.
func (b *Bucket) Same(other *Bucket) bool { return b.rate == other.rate && b.burst == other.burst }
