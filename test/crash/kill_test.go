// Package crash_test kills the real program again and again while clients use
// it, and holds what is there afterwards against what was acknowledged.
package crash_test

import (
	"context"
	"math/rand/v2"
	"os"
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
// SIGKILL at a random moment, restart and check. MARU_CRASH_SEED repeats the
// choices of an earlier run; when the kill strikes the server is its own luck.
func TestNothingAcknowledgedIsLostToSIGKILL(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and kills whole programs")
	}
	seed := setting(t, "MARU_CRASH_SEED", uint64(clock.System{}.Now().UnixNano()))
	rounds := setting(t, "MARU_CRASH_ROUNDS", 3)
	t.Logf("%d rounds; MARU_CRASH_SEED=%d repeats them", rounds, seed)
	random := rand.New(rand.NewPCG(seed, 0))

	proc := testenv.Process(t)
	works := map[string]work{
		"standard queue": &standardQueue{env: proc},
		"FIFO queue":     &fifoQueue{env: proc},
		"table":          &table{env: proc},
		"bucket":         &bucket{env: proc},
		"fan-out":        &fanOut{env: proc},
	}
	for _, w := range works {
		w.prepare(t)
	}
	for round := range rounds {
		var running sync.WaitGroup
		ctx, cancel := context.WithCancel(t.Context())
		for _, w := range works {
			for n := range clients {
				own := rand.New(rand.NewPCG(random.Uint64(), random.Uint64()))
				running.Go(func() { w.client(ctx, n, own) })
			}
		}
		<-clock.System{}.NewTimer(time.Duration(200+random.IntN(800)) * time.Millisecond).C()
		proc.Kill()
		cancel()
		running.Wait()
		proc.Start()
		for name, w := range works {
			t.Run("round "+strconv.FormatUint(round+1, 10)+" "+name, w.check)
		}
		if t.Failed() {
			return
		}
	}
}
