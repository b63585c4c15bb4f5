package platform

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"time"

	"maru.dev/maru/clock"
	"maru.dev/maru/internal/profile"
	"maru.dev/maru/service"
)

// run starts what works in the background.
func (p *Platform) run() {
	ctx, stop := context.WithCancel(context.Background())
	p.stop = stop
	tasks, stopTasks := context.WithCancel(ctx)
	p.stopTasks = stopTasks
	p.atTasks.Go(func() { p.keep(tasks, "tasks", p.tasks.Run) })
	p.supervise(ctx, "blobs", p.blobs.Run)
	if !p.config.Ephemeral {
		p.supervise(ctx, "time", p.noteTime)
	}
	p.supervise(ctx, "metrics", p.tally.Run)
	if p.traces != nil {
		p.supervise(ctx, "traces", p.traces.Run)
	}
	if p.daemon != nil {
		p.supervise(ctx, "X-Ray daemon", p.daemon.Run)
	}
	if p.exporter != nil {
		p.supervise(ctx, "OTLP", p.exporter.Run)
	}
	if p.relay != nil {
		p.supervise(ctx, "relay", p.relay.Run)
	}
	if p.config.ProfileOn != nil {
		p.supervise(ctx, "profiles", profile.On(p.config.ProfileOn, profile.Options{Dir: p.profiles(), Clock: clock.System{}, Log: p.config.Log}).Run)
	}
	for _, svc := range p.services {
		if r, ok := svc.(service.Runner); ok {
			p.supervise(ctx, fmt.Sprintf("%T", svc), r.Run)
		}
	}
	p.running.Go(func() {
		if err := p.edge.Serve(p.listener, p.config.TLS); err != nil {
			p.config.Log.Error("listener ended", "cause", err)
		}
	})
}

// profiles is the folder for profiles.
func (p *Platform) profiles() string {
	dir := p.config.DataDir
	if p.config.Ephemeral {
		dir = p.deps.DataDir
	}
	return filepath.Join(dir, "profiles")
}

// supervise runs work until ctx ends, and starts it again should it fail: one
// part's failure takes no other with it.
func (p *Platform) supervise(ctx context.Context, name string, work func(context.Context) error) {
	p.running.Go(func() { p.keep(ctx, name, work) })
}

// keep is supervise, in the caller's goroutine.
func (p *Platform) keep(ctx context.Context, name string, work func(context.Context) error) {
	for {
		err := work(ctx)
		if ctx.Err() != nil || err == nil {
			return
		}
		p.config.Log.ErrorContext(ctx, "background work failed", "part", name, "cause", err)
		again := clock.System{}.NewTimer(time.Second)
		select {
		case <-ctx.Done():
			again.Stop()
			return
		case <-again.C():
		}
	}
}

// Close ends the platform: first the port, and with it the work for later, which
// have their grace side by side; then what else runs, then the store.
func (p *Platform) Close() error {
	p.closing.Do(func() {
		p.stopTasks()
		p.closed = errors.Join(p.edge.Close(), p.closeOTLP())
		p.atTasks.Wait()
		p.stop()
		p.running.Wait()
		p.tally.Flush(context.Background())
		p.traces.Flush(context.Background())
		p.flushExporter()
		if err := p.note(context.Background()); err != nil {
			p.config.Log.Error("time not noted", "cause", err)
		}
		p.closed = errors.Join(p.closed, p.undo())
	})
	return p.closed
}

// undo closes what has been opened.
func (p *Platform) undo() error {
	var all error
	for i := len(p.cleanup) - 1; i >= 0; i-- {
		all = errors.Join(all, p.cleanup[i]())
	}
	p.cleanup = nil
	return all
}

// ignoreClosed forgives closing a listener twice.
func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
