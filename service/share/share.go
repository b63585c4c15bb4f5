// Package share has requests share memory that they take as they go: any one of them
// may have all of it, and where it is too little for all, those end that have more
// than their part.
package share

import "sync/atomic"

// Pool is what is shared.
type Pool struct {
	most          int64 // in bytes
	holders, held atomic.Int64
}

// NewPool returns a pool of so many bytes.
func NewPool(most int64) *Pool { return &Pool{most: most} }

// Share is what one request holds of a pool. Several goroutines may use it.
type Share struct {
	pool *Pool
	held atomic.Int64 // in bytes
}

// Join returns a request's share of the pool, until Leave.
func (p *Pool) Join() *Share {
	p.holders.Add(1)
	return &Share{pool: p}
}

// Take takes n bytes more, or gives some back, and tells whether the request may hold
// as much as it does. What it may not it holds all the same, until it leaves.
func (s *Share) Take(n int64) bool {
	own, all := s.held.Add(n), s.pool.held.Add(n)
	return all <= s.pool.most || own <= s.pool.most/max(s.pool.holders.Load(), 1)
}

// Leave gives everything back. Nobody takes any more.
func (s *Share) Leave() {
	s.pool.held.Add(-s.held.Swap(0))
	s.pool.holders.Add(-1)
}
