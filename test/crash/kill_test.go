// Package crash_test kills the real program again and again while clients use
// it, and holds what is there afterwards against what was acknowledged.
package crash_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"maru.dev/maru/clock"
	"maru.dev/maru/internal/testenv"
)

// work is one kind of use. Its clients write until ctx ends and note what was
// acknowledged; check looks for it after the restart, while nobody writes.
type work interface {
	// prepare makes what the clients need, once, before the first round.
	prepare(t *testing.T)
	// client writes until ctx ends. Several run at once, told apart by number.
	client(ctx context.Context, number int, random *rand.Rand)
	// mute says whether answers count no more: the log is about to lose them.
	mute(on bool)
	// check fails the test where something acknowledged is missing or wrong.
	check(t *testing.T)
}

// clients is how many of each kind of work run at once.
const clients = 3

// setting reads a number from the environment.
func setting(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// TestNothingAcknowledgedIsLostToSIGKILL runs MARU_CRASH_ROUNDS rounds of work,
// SIGKILL at a random moment, damage, restart and check. MARU_CRASH_SEED repeats
// the choices of an earlier run; when the kill strikes the server is its own luck.
func TestNothingAcknowledgedIsLostToSIGKILL(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and kills whole programs")
	}
	seed := setting(t, "MARU_CRASH_SEED", uint64(clock.System{}.Now().UnixNano()))
	rounds := setting(t, "MARU_CRASH_ROUNDS", uint64(damages))
	t.Logf("%d rounds; MARU_CRASH_SEED=%d repeats them", rounds, seed)
	random := rand.New(rand.NewPCG(seed, 0))

	proc := process(t)
	works := map[string]work{
		"standard queue": &standardQueue{env: proc},
		"FIFO queue":     &fifoQueue{env: proc},
		"table":          &table{env: proc, name: "items"},
		"bucket":         &bucket{env: proc},
		"fan-out":        &fanOut{env: proc},
		"transactions":   &transactions{env: proc},
	}
	if runnable("python3") {
		works["function"] = &mapped{env: proc}
		works["changes"] = &followed{table: table{env: proc, name: "followed", pause: 20 * time.Millisecond}}
	}
	works["customers"] = &customers{env: proc}
	for _, name := range slices.Sorted(maps.Keys(works)) {
		works[name].prepare(t)
	}
	var standing wall
	for round := range rounds {
		what := damage((round + seed) % uint64(damages))
		since := use(t, proc, works, what, random)
		if what == torn || what == garbled || what == appended {
			spoil(t, proc.Dir(), what, since, random)
		}
		standing.start(t, proc, what, random)
		for name, w := range works {
			t.Run(fmt.Sprintf("round %d %s %s", round+1, what, name), w.check)
		}
		if t.Failed() {
			return
		}
	}
}

// use lets clients work until the program is killed under them. Where the log is
// to lose its end it returns the mark up to which it must be kept: what clients
// are told from then on does not count. Objects are not written behind the mark:
// a commit that was synced removes a file, which a torn log would bring back.
func use(t *testing.T, proc *testenv.Proc, works map[string]work, what damage, random *rand.Rand) mark {
	t.Helper()
	var rows, files sync.WaitGroup
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	writing, stop := context.WithCancel(ctx)
	defer stop()
	for _, name := range slices.Sorted(maps.Keys(works)) {
		w := works[name]
		w.mute(false)
		for n := range clients {
			own := rand.New(rand.NewPCG(random.Uint64(), random.Uint64()))
			if _, ok := w.(*bucket); ok {
				files.Go(func() { w.client(&polite{writing, ctx}, n, own) })
			} else {
				rows.Go(func() { w.client(ctx, n, own) })
			}
		}
	}
	pause := func() { <-clock.System{}.NewTimer(time.Duration(200+random.IntN(800)) * time.Millisecond).C() }
	pause()
	var since mark
	if what.loses() {
		stop()
		files.Wait()
		for _, w := range works {
			w.mute(true)
		}
		since = endOfLog(t, proc.Dir())
		pause()
	}
	proc.Kill()
	cancel()
	rows.Wait()
	files.Wait()
	return since
}

// polite is a context whose Err tells a client to end after what it is doing,
// which only the context within cuts short.
type polite struct {
	asked context.Context //nolint:containedctx // see the type
	context.Context
}

// Err implements context.Context.
func (p *polite) Err() error { return p.asked.Err() }
