package platform

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"maru.dev/maru/auth"
	"maru.dev/maru/blob"
	"maru.dev/maru/call"
	"maru.dev/maru/clock"
	"maru.dev/maru/edge"
	"maru.dev/maru/ids"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/disk"
	"maru.dev/maru/otlp"
	"maru.dev/maru/outbox"
	"maru.dev/maru/outbox/relay"
	"maru.dev/maru/platform/xrayd"
	"maru.dev/maru/service"
	"maru.dev/maru/task"
	"maru.dev/maru/telemetry"
	"maru.dev/maru/wire/codec"
)

// Platform is a running maru.
type Platform struct {
	config   Config
	store    *kv.Store
	blobs    *blob.Store
	tasks    *task.Queue
	door     *call.Door
	edge     *edge.Server
	relay    *relay.Relay // nil: mail stays in the outbox
	listener net.Listener
	deps     service.Deps
	tally    *telemetry.Tally
	traces   *telemetry.Tracer // nil: none are kept
	daemon   *xrayd.Daemon     // nil: nothing is listening for X-Ray SDKs
	exporter *otlp.Exporter    // nil: telemetry is sent nowhere
	receiver *otlp.Receiver
	services []any
	noted    noted // noteTime's, while that runs

	serving       []*http.Server // of receiver
	otlpAddresses []string

	stop      context.CancelFunc
	stopTasks context.CancelFunc
	running   sync.WaitGroup
	atTasks   sync.WaitGroup // the workers of tasks alone
	cleanup   []func() error // in reverse order
	closing   sync.Once
	closed    error
}

// Open starts a platform with the services of regs. When it returns, the port
// answers.
func Open(ctx context.Context, c Config, regs []service.Registration) (*Platform, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	p := &Platform{config: c}
	if err := p.open(ctx, regs); err != nil {
		return nil, errors.Join(err, p.undo())
	}
	p.run()
	return p, nil
}

// Stored is what the store holds in memory, in bytes: its cache, and what is not in
// files yet.
func (p *Platform) Stored() int64 {
	stats := p.store.Stats()
	return stats.CacheBytes + int64(stats.MemTableBytes)
}

// listen takes an address. One that is in use is tried for a second: a maru that
// was killed may leave children that have not let go of it yet.
func listen(ctx context.Context, address string) (net.Listener, error) {
	var config net.ListenConfig
	config.SetMultipathTCP(false) // of no use here, and its sockets take no filter: see edge's refuse
	for tries := 0; ; tries++ {
		l, err := config.Listen(ctx, "tcp", address)
		if err == nil || tries == 20 || !errors.Is(err, syscall.EADDRINUSE) {
			return l, err
		}
		select {
		case <-clock.System{}.NewTimer(50 * time.Millisecond).C():
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// open makes the parts, from the store to the port.
func (p *Platform) open(ctx context.Context, regs []service.Registration) error {
	listener, err := listen(ctx, p.config.Listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", p.config.Listen, err)
	}
	p.listener = listener
	p.cleanup = append(p.cleanup, func() error { return ignoreClosed(listener.Close()) })
	cache, err := p.openStores(ctx)
	if err != nil {
		return err
	}
	if err := p.setClock(ctx); err != nil {
		return err
	}
	source := ids.New(ids.Buffered(rand.Reader))
	p.traces = telemetry.NewTracer(telemetry.TracerOptions{
		Clock: p.config.Clock, IDs: source, Log: p.config.Log, All: p.config.Traces == AllTraces, None: p.config.Traces == NoTraces,
	})
	p.door = call.NewDoor(call.DoorOptions{
		Authorizer: p.authorizer(), Clock: p.config.Clock, IDs: source, Log: p.config.Log, Traces: p.traces,
	})
	p.tasks = task.New(task.Options{
		Store: p.store, Clock: p.config.Clock, IDs: source, Caller: p.door, Log: p.config.Log, Traces: p.traces,
		Grace: p.config.Limits.Grace,
	})
	p.tally = telemetry.NewTally(p.config.Clock, p.config.Log)
	p.deps = service.Deps{
		Store: p.store, Blobs: p.blobs, Tasks: p.tasks, Caller: p.door, Clock: p.config.Clock,
		IDs: source, Log: p.config.Log, Endpoint: p.URL(), DataDir: cache, Enforcing: p.config.Mode == Enforcing,
		Metrics: p.tally, Traces: p.traces,
	}
	if err := p.openDaemon(ctx); err != nil {
		return err
	}
	if err := p.openExporter(); err != nil {
		return err
	}
	for _, reg := range regs {
		svc := reg.New(p.deps)
		p.services = append(p.services, svc)
		p.door.Add(reg.Model, svc)
		if a, ok := svc.(call.Auditor); ok {
			p.door.SetAuditor(a)
		}
		p.meter(svc)
		if store, ok := svc.(telemetry.SpanStore); ok {
			p.traces.Store(store)
		}
	}
	if err := p.store.Upgrade(ctx, p.upgrade); err != nil {
		return fmt.Errorf("bring the data folder to this program's format: %w", err)
	}
	if err := p.bringBack(ctx); err != nil {
		return fmt.Errorf("bring back what waits for a time that the clock was set back from: %w", err)
	}
	if err := p.openRelay(ctx, source); err != nil {
		return err
	}
	if err := p.openReceiver(ctx); err != nil {
		return err
	}
	p.edge, err = p.newEdge(source)
	return err
}

// upgrade asks every Upgrader.
func (p *Platform) upgrade(ctx context.Context, from int) error {
	for _, svc := range p.services {
		if u, ok := svc.(service.Upgrader); ok {
			if err := u.Upgrade(ctx, from); err != nil {
				return fmt.Errorf("%T: %w", svc, err)
			}
		}
	}
	return nil
}

// meter has a service asked for its gauges, and told of measurements if it
// keeps them.
func (p *Platform) meter(svc any) {
	if g, ok := svc.(service.Gauged); ok {
		p.tally.Ask(g.Gauge)
	}
	if r, ok := svc.(telemetry.Recorder); ok {
		p.tally.Record(r)
	}
}

// openDaemon listens for X-Ray SDKs, if it is to.
func (p *Platform) openDaemon(ctx context.Context) (err error) {
	if p.config.XRayDaemon == "" {
		return nil
	}
	p.daemon, err = xrayd.Open(ctx, xrayd.Options{
		Address: p.config.XRayDaemon, Caller: p.door, Log: p.config.Log,
		Home: func(trace string) (account, region string) {
			if account, region, ok := p.traces.Home(trace); ok {
				return account, region
			}
			return p.config.Account, p.config.Region
		},
	})
	if err != nil && p.config.XRayOptional {
		p.config.Log.InfoContext(ctx, "no X-Ray daemon", "cause", err)
		return nil
	}
	if err == nil {
		p.cleanup = append(p.cleanup, func() error { return ignoreClosed(p.daemon.Close()) })
		p.deps.XRayDaemon = p.daemon.Address()
	}
	return err
}

// openRelay has e-mail passed on where a server is named.
func (p *Platform) openRelay(ctx context.Context, source ids.Source) (err error) {
	if p.config.SMTP == "" {
		return relay.Off(ctx, p.store)
	}
	p.relay, err = relay.Open(ctx, relay.Options{
		Server: p.config.SMTP, Store: p.store, Tasks: p.tasks, Clock: p.config.Clock, Log: p.config.Log, Random: source.Hex,
	})
	return err
}

// openStores opens the data folder, or its stand-in in memory, and returns the
// folder for caches.
func (p *Platform) openStores(ctx context.Context) (cache string, err error) {
	var kvDir, blobDir string
	if p.config.Ephemeral {
		if cache, err = os.MkdirTemp("", "maru-"); err != nil {
			return "", fmt.Errorf("make cache folder: %w", err)
		}
		p.cleanup = append(p.cleanup, func() error { return os.RemoveAll(cache) })
	} else {
		kvDir, blobDir = filepath.Join(p.config.DataDir, "kv"), filepath.Join(p.config.DataDir, "blobs")
		cache = filepath.Join(p.config.DataDir, "cache")
		if err := disk.MakeFolder(disk.System(), cache); err != nil {
			return "", fmt.Errorf("make data folder: %w", err)
		}
	}
	p.store, err = p.config.OpenStore(ctx, kv.Options{Dir: kvDir, Memory: p.config.Ephemeral, Cache: p.config.Cache, Log: p.config.Log})
	if err != nil {
		return "", fmt.Errorf("open store: %w", err)
	}
	p.cleanup = append(p.cleanup, p.store.Close)
	p.blobs, err = blob.Open(ctx, blobDir, p.store)
	if err != nil {
		return "", fmt.Errorf("open blobs: %w", err)
	}
	return cache, nil
}

// authorizer is the door's, by mode.
func (p *Platform) authorizer() call.Authorizer {
	if p.config.Mode == Enforcing {
		return auth.Enforcing{Clock: p.config.Clock, Service: func(id string) any { return p.door.Service(id) }}
	}
	return auth.AllowAll{}
}

// newEdge makes the HTTP side.
func (p *Platform) newEdge(source ids.Source) (*edge.Server, error) {
	var mounts []edge.Mount
	if p.config.Mounts != nil {
		mounts = p.config.Mounts(p.deps, p.door.Service)
	}
	mounts = append([]edge.Mount{p.metricsMount(), p.otlpMount()}, mounts...)
	return edge.New(edge.Options{
		Door: p.door,
		Verifier: &auth.Verifier{
			Keys: auth.KeyTable{Store: p.store}, Clock: p.config.Clock, Enforce: p.config.Mode == Enforcing,
			Account: p.config.Account, Region: p.config.Region,
		},
		Codecs: codec.NewSet().For,
		Mounts: mounts,
		Admin:  p.admin(),
		Traces: p.traces,
		Clock:  p.config.Clock,
		IDs:    source,
		Log:    p.config.Log,
		Limits: p.config.Limits,
	})
}

// admin is what the owner can do over HTTP, by mode.
func (p *Platform) admin() edge.Admin {
	a := edge.Admin{Version: p.config.Version, Mode: string(p.config.Mode)}
	if p.config.Mode != Developer {
		return a
	}
	a.Reset, a.Mail = p.Reset, p.Mail
	switch c := p.config.Clock.(type) {
	case *clock.Adjustable:
		a.Advance = p.advance
	case *clock.Fake:
		a.Advance = func(d time.Duration) time.Time { c.Advance(d); return c.Now() }
	}
	return a
}

// Address is host:port where the platform listens.
func (p *Platform) Address() string { return p.listener.Addr().String() }

// URL is the platform's base address.
func (p *Platform) URL() string {
	if p.config.TLS != nil {
		return "https://" + p.Address()
	}
	return "http://" + p.Address()
}

// Caller is the door to all operations.
func (p *Platform) Caller() call.Caller { return p.door }

// Store is the platform's store.
func (p *Platform) Store() *kv.Store { return p.store }

// Deps are what the services were given.
func (p *Platform) Deps() service.Deps { return p.deps }

// Config is what the platform was made from, with its defaults.
func (p *Platform) Config() Config { return p.config }

// Mail lists what was sent to people, newest first.
func (p *Platform) Mail(ctx context.Context) ([]outbox.Message, error) {
	var list []outbox.Message
	err := p.store.View(ctx, func(tx *kv.Tx) error {
		list = list[:0]
		for m, err := range outbox.List(tx) {
			if err != nil {
				return err
			}
			list = append(list, m)
		}
		return nil
	})
	return list, err
}

// Reset empties the platform: processes end, then the store and the objects
// go, then whatever services have remembered meanwhile.
func (p *Platform) Reset(ctx context.Context) error {
	p.traces.Flush(ctx) // what was told before goes with the rest
	if err := p.resetServices(ctx); err != nil {
		return err
	}
	if err := p.store.Reset(ctx); err != nil {
		return fmt.Errorf("empty store: %w", err)
	}
	if err := p.blobs.Reset(ctx); err != nil {
		return fmt.Errorf("empty blobs: %w", err)
	}
	if c, ok := p.config.Clock.(*clock.Adjustable); ok && c.Offset() != 0 {
		if err := p.saveOffset(ctx, c); err != nil {
			return err
		}
	}
	return p.resetServices(ctx)
}

// resetServices asks every Resetter.
func (p *Platform) resetServices(ctx context.Context) error {
	for _, svc := range p.services {
		if r, ok := svc.(service.Resetter); ok {
			if err := r.Reset(ctx); err != nil {
				return fmt.Errorf("reset %T: %w", svc, err)
			}
		}
	}
	return nil
}

// Handler is the HTTP side without its listener, for tests and measurements.
func (p *Platform) Handler() http.Handler { return p.edge }
