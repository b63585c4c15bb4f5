package source

import (
	"context"
	"fmt"
	"sync"
	"time"

	"maru.dev/maru/kv"
)

// Keeper runs a poller for each enabled mapping of a service, as the rows say.
type Keeper struct {
	*Poller

	service string
	wake    chan struct{}
	running map[string]kept // by mapping; only its loop touches it
	group   sync.WaitGroup
}

// kept is a poller that runs.
type kept struct {
	generation uint64
	stop       context.CancelFunc
	done       chan struct{}
}

// NewKeeper returns a keeper of a service's mappings.
func NewKeeper(service string, p *Poller) *Keeper {
	return &Keeper{Poller: p, service: service, wake: make(chan struct{}, 1), running: make(map[string]kept)}
}

// rescan bounds how long a mapping of another node goes unseen.
const rescan = 30 * time.Second

// Run starts and stops pollers until ctx ends, and then waits for them.
func (k *Keeper) Run(ctx context.Context) {
	watch := k.Store.Watch(topic(k.service))
	defer watch.Stop()
	defer k.group.Wait()
	for {
		if err := k.settle(ctx); err != nil && ctx.Err() == nil {
			k.Log.Error("read event source mappings", "err", err)
		}
		timer := k.Clock.NewTimer(rescan)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-watch.C():
		case <-k.wake:
		case <-timer.C():
		}
		timer.Stop()
	}
}

// Reset looks at the rows again.
func (k *Keeper) Reset() {
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// settle makes the pollers that run those that should.
func (k *Keeper) settle(ctx context.Context) error {
	wanted, err := k.Wanted(ctx)
	if err != nil {
		return err
	}
	for id, p := range k.running {
		ended := false
		select {
		case <-p.done:
			ended = true
		default:
		}
		m, ok := wanted[id]
		if ok && !ended && m.Generation == p.generation {
			delete(wanted, id)
			continue
		}
		p.stop()
		if !ok {
			delete(k.running, id)
		}
	}
	for id, m := range wanted {
		k.start(ctx, id, m)
	}
	return nil
}

// Wanted reads the enabled mappings of the store.
func (k *Keeper) Wanted(ctx context.Context) (map[string]Mapping, error) {
	wanted := make(map[string]Mapping)
	err := k.Store.View(ctx, func(tx *kv.Tx) error {
		clear(wanted)
		for row, err := range tx.Scan(kv.Prefix(index(k.service))) {
			if err != nil {
				return fmt.Errorf("list mappings: %w", err)
			}
			at := Mapping{Service: k.service}
			if err := row.Key.Scan(4, &at.Account, &at.Region, &at.UUID); err != nil {
				return fmt.Errorf("read mapping's key: %w", err)
			}
			m, ok, err := kv.Get[Mapping](tx, at.Key())
			if err != nil {
				return fmt.Errorf("load mapping: %w", err)
			}
			if ok && m.Enabled {
				wanted[m.Account+"/"+m.Region+"/"+m.UUID] = m
			}
		}
		return nil
	})
	return wanted, err
}

// start runs a poller once the one before it, if any, has dealt with the
// batches that it had under way.
func (k *Keeper) start(ctx context.Context, id string, m Mapping) {
	ctx, stop := context.WithCancel(ctx)
	p := kept{generation: m.Generation, stop: stop, done: make(chan struct{})}
	before := k.running[id].done
	k.running[id] = p
	k.group.Go(func() {
		defer close(p.done)
		if before != nil {
			<-before
		}
		run := k.RunStream
		if m.IsQueue() {
			run = k.RunQueue
		}
		if err := run(ctx, m); err != nil {
			k.Log.Error("poll event source", "mapping", m.UUID, "source", m.SourceARN, "err", err)
		}
	})
}
