package lambda

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"maru.dev/maru/compute"
	"maru.dev/maru/kv"
)

// provisionAgain is how often provisioned environments are looked after: some
// end by themselves, as when their credentials do.
const provisionAgain = 10 * time.Second

// provisionAtOnce is how many functions' environments are started at a time.
const provisionAtOnce = 4

// provisions remembers why environments could not be started, until they can:
// a hint for those who ask.
type provisions struct {
	mu     sync.Mutex
	failed map[string]string // compute's Function.Key → reason
}

// note keeps the outcome of starting a function's environments.
func (p *provisions) note(key string, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err == nil {
		delete(p.failed, key)
		return
	}
	if p.failed == nil {
		p.failed = map[string]string{}
	}
	p.failed[key] = err.Error()
}

// failure is why a function has not all of its environments, or "".
func (p *provisions) failure(key string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.failed[key]
}

// keepProvisioned starts the environments that are asked for, and those that
// have ended meanwhile, until ctx ends.
func (s *Service) keepProvisioned(ctx context.Context) {
	changed := s.Store.Watch(provisionedIndex())
	defer changed.Stop()
	for {
		if err := s.provision(ctx); err != nil && ctx.Err() == nil {
			s.Log.Error("provisioned concurrency", "err", err)
		}
		timer := time.NewTimer(provisionAgain) // the machine's time, as the pool's is
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-changed.C():
		case <-timer.C:
		}
		timer.Stop()
	}
}

// provision brings the pool to what is asked for.
func (s *Service) provision(ctx context.Context) error {
	units, err := s.provisionedUnits(ctx)
	if err != nil {
		return err
	}
	kept := make(map[string]int, len(units))
	for _, u := range units {
		kept[u.unit.Key] = u.n
	}
	s.pool.Keep(kept)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(provisionAtOnce)
	for _, u := range units {
		group.Go(func() error {
			s.provisions.note(u.unit.Key, s.pool.Warm(ctx, u.unit, u.n))
			return nil
		})
	}
	return group.Wait()
}

// provisionedUnit is a version of which environments are asked for.
type provisionedUnit struct {
	unit *compute.Function
	n    int
}

// provisionedUnits lists what is asked for, in all accounts.
func (s *Service) provisionedUnits(ctx context.Context) (units []provisionedUnit, err error) {
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		units = nil
		for pair, err := range tx.Scan(kv.Prefix(provisionedIndex())) {
			if err != nil {
				return fmt.Errorf("list provisioned concurrency: %w", err)
			}
			var t target
			// "", "", lambda, provisioned, account, region, name, qualifier
			if err := pair.Key.Scan(4, &t.Account, &t.Region, &t.name, &t.qualifier); err != nil {
				return fmt.Errorf("read provisioned concurrency: %w", err)
			}
			p, ok, err := kv.Get[provisioned](tx, t.provisionedKey(t.name, t.qualifier))
			if err != nil {
				return fmt.Errorf("load provisioned concurrency: %w", err)
			}
			if !ok {
				continue
			}
			f, v, err := resolve(tx, t, 1)
			if err != nil {
				return err
			}
			u := s.unit(f, v)
			u.Provisioned = true
			units = append(units, provisionedUnit{u, int(p.N)})
		}
		return nil
	})
	return units, err
}
