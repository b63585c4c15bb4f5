package platform

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	api "maru.dev/maru/api/sqs"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// worker is a service with work in the background.
type worker struct {
	api.Unimplemented

	runs, resets atomic.Int32
	fail         bool
	running      chan struct{}
}

// Run fails at first, if told to, and then works until it is stopped.
func (w *worker) Run(ctx context.Context) error {
	if n := w.runs.Add(1); n == 1 && w.fail {
		return errors.New("first attempt")
	}
	close(w.running)
	<-ctx.Done()
	return nil
}

// Reset counts.
func (w *worker) Reset(context.Context) error {
	w.resets.Add(1)
	return nil
}

// open starts a platform with a worker.
func open(t *testing.T, c Config, w *worker) *Platform {
	t.Helper()
	c.Listen = "127.0.0.1:0"
	p, err := Open(t.Context(), c, []service.Registration{{Model: api.Model, New: func(service.Deps) any { return w }}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return p
}

func TestFailedBackgroundWorkStartsAgainAndEndsWithThePlatform(t *testing.T) {
	t.Parallel()
	w := &worker{fail: true, running: make(chan struct{})}
	p := open(t, Config{Ephemeral: true}, w)
	select {
	case <-w.running:
	case <-time.After(2 * time.Minute):
		t.Fatal("the work was not started again")
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if n := w.runs.Load(); n != 2 {
		t.Errorf("started %d times, want 2", n)
	}
}

func TestThePortAnswersWhenOpenReturns(t *testing.T) {
	t.Parallel()
	began := time.Now()
	p := open(t, Config{DataDir: t.TempDir()}, &worker{running: make(chan struct{})})
	t.Logf("ready in %s", time.Since(began))
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.URL()+"/_maru/health", nil)
	if err != nil {
		t.Fatal(err)
	}
	reply, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	if reply.StatusCode != http.StatusOK {
		t.Errorf("health: %s", reply.Status)
	}
}

func TestAStoreIsThereAgainAfterCloseAndGoneAfterReset(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	key := kv.NewKey("", "", "test", "row")
	first := open(t, Config{DataDir: dir}, &worker{running: make(chan struct{})})
	if err := first.Store().Update(t.Context(), func(tx *kv.Tx) error { return kv.Put(tx, key, "value") }); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), Config{Listen: "127.0.0.1:0", DataDir: dir}, nil)
	if err == nil || !strings.Contains(err.Error(), "open store") {
		t.Errorf("a second platform on one folder: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	w := &worker{running: make(chan struct{})}
	second := open(t, Config{DataDir: dir}, w)
	there := func() (ok bool) {
		err := second.Store().View(t.Context(), func(tx *kv.Tx) error {
			var err error
			_, ok, err = kv.Get[string](tx, key)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return ok
	}
	if !there() {
		t.Error("the row did not survive")
	}
	second.advance(time.Hour)
	if err := second.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	if there() || w.resets.Load() == 0 {
		t.Error("reset left something")
	}
	if ahead := second.config.Clock.Now().Sub(time.Now().UTC()); ahead < 59*time.Minute {
		t.Errorf("reset moved the clock back: %s ahead", ahead)
	}
}

func TestConfigurationsThatCannotBeAreRefused(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		config Config
		want   string
	}{
		"account":        {Config{Ephemeral: true, Account: "12"}, "12 digits"},
		"region":         {Config{Ephemeral: true, Region: "us east"}, "region"},
		"no folder":      {Config{}, "data folder"},
		"open developer": {Config{Ephemeral: true, Listen: "0.0.0.0:0"}, "maru serve"},
		"no port":        {Config{Ephemeral: true, Mode: Enforcing, Listen: "127.0.0.1"}, "listen on"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := Open(t.Context(), tt.config, nil)
			if err == nil {
				_ = p.Close()
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}
