// Package quota counts requests with API keys against what their usage plans
// allow: at a rate, and in a period.
package quota

import (
	"context"
	"fmt"
	"sync"
	"time"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/clock"
	"maru.dev/maru/gateway/limit"
	"maru.dev/maru/gateway/rest/plan"
	"maru.dev/maru/wire"
)

// maxBuckets bounds the buckets that are kept. Without one a key begins anew.
const maxBuckets = 100_000

// Spender counts. Whoever has been let through is counted in the store, also
// after a crash; requests that come at once are told together.
type Spender struct {
	source plan.Source
	clock  clock.Clock

	// telling is held by the writer while what waits moves into the store, so that
	// whoever reads both counts each request once.
	telling sync.RWMutex

	mu      sync.Mutex
	waiting *batch // nil while nobody waits and nothing is told
	buckets map[bucketKey]*limit.Bucket
}

// batch is what is told together.
type batch struct {
	counts map[plan.Spent]*count
	told   chan struct{} // closed when it is in the store, or err says why not
	err    error
}

// newBatch returns an empty batch.
func newBatch() *batch {
	return &batch{counts: make(map[plan.Spent]*count), told: make(chan struct{})}
}

// count is how often a key came to an API and has not been told.
type count struct {
	api *plan.API
	n   int64
}

// bucketKey names who is held to a rate: a key in its plan, on a method that has
// a rate of its own or on all others.
type bucketKey struct{ plan, key, stage, method string }

// New returns a spender that tells source.
func New(source plan.Source, c clock.Clock) *Spender {
	return &Spender{source: source, clock: c, buckets: make(map[bucketKey]*limit.Bucket)}
}

// Take takes a token of a key for a method, "/path/VERB", if there is one.
func (s *Spender) Take(a *plan.API, stage, method string, k *plan.Key) bool {
	set, key := rateOf(a.ID, stage, method, k)
	if set == nil || set.RateLimit == nil && set.BurstLimit == nil {
		return true
	}
	fresh := NewBucket(set)
	if fresh == nil {
		return true
	}
	s.mu.Lock()
	b := s.buckets[key]
	if b == nil || !b.Same(fresh) {
		if len(s.buckets) >= maxBuckets {
			clear(s.buckets)
		}
		b = fresh
		s.buckets[key] = b
	}
	s.mu.Unlock()
	return b.Take(s.clock.Now())
}

// rateOf finds the rate that a plan sets for a method of a stage, or for all.
func rateOf(apiID, stage, method string, k *plan.Key) (*api.ThrottleSettings, bucketKey) {
	key := bucketKey{plan: wire.Value(k.Plan.Id), key: k.ID}
	for i := range k.Plan.ApiStages {
		st := &k.Plan.ApiStages[i]
		if wire.Value(st.ApiId) != apiID || wire.Value(st.Stage) != stage {
			continue
		}
		if own, ok := st.Throttle[method]; ok {
			key.stage, key.method = apiID+"/"+stage, method
			return &own, key
		}
	}
	return k.Plan.Throttle, key
}

// NewBucket is a bucket of limits of which one may be left out; nil for negative
// ones, which are none.
func NewBucket(t *api.ThrottleSettings) *limit.Bucket {
	rate, burst := wire.Or(t.RateLimit, limit.AccountRate), wire.Or(t.BurstLimit, limit.AccountBurst)
	if rate < 0 || burst < 0 {
		return nil
	}
	return limit.NewBucket(rate, burst)
}

// Spend counts a request of a key whose plan has a quota. It is false when the
// period's requests are used up. When it is true the count is on disk.
func (s *Spender) Spend(ctx context.Context, a *plan.API, k *plan.Key) (bool, error) {
	q := k.Plan.Quota
	if q == nil {
		return true, nil
	}
	b, err := s.join(ctx, a, k, int64(wire.Value(q.Limit)))
	if b == nil || err != nil {
		return false, err
	}
	select {
	case <-b.told:
		return b.err == nil, b.err
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// join adds a request to what is told next; to nothing when there are as many as
// may be.
func (s *Spender) join(ctx context.Context, a *plan.API, k *plan.Key, limit int64) (*batch, error) {
	s.telling.RLock()
	defer s.telling.RUnlock()
	told, err := s.source.Spent(ctx, a, *k)
	if err != nil {
		return nil, err
	}
	now := s.clock.Now().UTC()
	name := plan.Spent{Plan: wire.Value(k.Plan.Id), Key: k.ID, Day: time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)}
	s.mu.Lock()
	defer s.mu.Unlock()
	var before int64
	if s.waiting != nil && s.waiting.counts[name] != nil {
		before = s.waiting.counts[name].n
	}
	if told+before >= limit {
		return nil, nil
	}
	if s.waiting == nil {
		s.waiting = newBatch()
		go s.run()
	}
	c := s.waiting.counts[name]
	if c == nil {
		c = &count{api: a}
		s.waiting.counts[name] = c
	}
	c.n++
	return s.waiting, nil
}

// run tells the source until nothing waits.
func (s *Spender) run() {
	for s.tell() {
	}
}

// tell moves what waits into the store. It is false when nothing did.
func (s *Spender) tell() bool {
	s.telling.Lock()
	defer s.telling.Unlock()
	s.mu.Lock()
	b := s.waiting
	if s.waiting = nil; len(b.counts) > 0 {
		s.waiting = newBatch()
	}
	s.mu.Unlock()
	byAPI := make(map[*plan.API]map[plan.Spent]int64)
	for name, c := range b.counts {
		if byAPI[c.api] == nil {
			byAPI[c.api] = make(map[plan.Spent]int64)
		}
		byAPI[c.api][name] = c.n
	}
	for a, spent := range byAPI {
		if err := s.source.Spend(context.Background(), a, spent); err != nil {
			b.err = fmt.Errorf("count requests of API %s: %w", a.ID, err)
		}
	}
	close(b.told)
	return len(b.counts) > 0
}
