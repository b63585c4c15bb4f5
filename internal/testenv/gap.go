package testenv

import (
	"fmt"
	"runtime"
	"sync"
	"testing"
)

// KnownGap runs a test that is expected to fail, since what it asks for is a
// known gap that doc describes. When it begins to pass KnownGap fails, so that
// the gap is struck off.
func KnownGap(t *testing.T, doc string, test func(t testing.TB)) {
	t.Helper()
	g := &gap{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		test(g)
	}()
	<-done
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.failed {
		t.Fatalf("the gap described in %s is closed: take it off there, and make this an ordinary test", doc)
	}
	t.Logf("known gap (%s): %s", doc, g.reason)
}

// gap is a testing.TB whose failure is kept to itself.
type gap struct {
	testing.TB

	mu     sync.Mutex
	failed bool
	reason string
}

// fail notes the first reason.
func (g *gap) fail(reason string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.failed {
		g.failed, g.reason = true, reason
	}
}

// Failed tells whether the test has failed so far.
func (g *gap) Failed() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.failed
}

func (g *gap) Fail()                             { g.fail("failed") }
func (g *gap) FailNow()                          { g.fail("failed"); runtime.Goexit() }
func (g *gap) Error(args ...any)                 { g.fail(fmt.Sprint(args...)) }
func (g *gap) Errorf(format string, args ...any) { g.fail(fmt.Sprintf(format, args...)) }
func (g *gap) Fatal(args ...any)                 { g.fail(fmt.Sprint(args...)); runtime.Goexit() }
func (g *gap) Fatalf(format string, args ...any) {
	g.fail(fmt.Sprintf(format, args...))
	runtime.Goexit()
}
