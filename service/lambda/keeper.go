package lambda

import (
	"context"
	"fmt"
	"sync"
	"time"

	"maru.dev/maru/kv"
	"maru.dev/maru/service/lambda/source"
)

// keeper runs a poller for each enabled mapping of the store, as the rows say.
type keeper struct {
	*source.Poller

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

// newKeeper returns a keeper whose pollers run functions of s.
func newKeeper(s *Service) *keeper {
	return &keeper{
		Poller:  &source.Poller{Deps: s.Deps, Invoke: s.invokeForSource},
		wake:    make(chan struct{}, 1),
		running: make(map[string]kept),
	}
}

// rescan bounds how long a mapping of another node goes unseen.
const rescan = 30 * time.Second

// run starts and stops pollers until ctx ends, and then waits for them.
func (k *keeper) run(ctx context.Context) {
	watch := k.Store.Watch(mappingTopic())
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

// reset looks at the rows again.
func (k *keeper) reset() {
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// settle makes the pollers that run those that should.
func (k *keeper) settle(ctx context.Context) error {
	wanted, err := k.wanted(ctx)
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

// wanted reads the enabled mappings of the store.
func (k *keeper) wanted(ctx context.Context) (map[string]mapping, error) {
	wanted := make(map[string]mapping)
	err := k.Store.View(ctx, func(tx *kv.Tx) error {
		clear(wanted)
		for row, err := range tx.Scan(kv.Prefix(mappingIndex())) {
			if err != nil {
				return fmt.Errorf("list mappings: %w", err)
			}
			var h home
			var uuid string
			if err := row.Key.Scan(4, &h.Account, &h.Region, &uuid); err != nil {
				return fmt.Errorf("read mapping's key: %w", err)
			}
			m, ok, err := kv.Get[mapping](tx, h.mappingKey(uuid))
			if err != nil {
				return fmt.Errorf("load mapping: %w", err)
			}
			if ok && m.Enabled {
				wanted[h.Account+"/"+h.Region+"/"+uuid] = m
			}
		}
		return nil
	})
	return wanted, err
}

// start runs a poller once the one before it, if any, has dealt with the
// batches that it had under way.
func (k *keeper) start(ctx context.Context, id string, m mapping) {
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
		if isQueue(&m) {
			run = k.RunQueue
		}
		if err := run(ctx, m); err != nil {
			k.Log.Error("poll event source", "mapping", m.UUID, "source", m.SourceARN, "err", err)
		}
	})
}

// invokeForSource runs a function with a batch.
func (s *Service) invokeForSource(ctx context.Context, functionARN string, event []byte) (source.Answer, error) {
	t, err := locate(ctx, functionARN, nil)
	if err != nil {
		return source.Answer{}, err
	}
	inv := s.newInvocation(ctx, t, event)
	o, err := s.execute(ctx, inv)
	if err != nil {
		return source.Answer{}, err
	}
	return source.Answer{
		Payload: o.Payload, FunctionError: o.FunctionError, ExecutedVersion: o.version.Version, RequestID: inv.requestID,
	}, nil
}
