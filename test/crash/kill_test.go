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

// work is one kind of use. Its clients write until they are ended and note what was
// acknowledged; check looks for it after the restart, while nobody writes.
type work interface {
	// prepare makes what the clients need, once, before the first round.
	prepare(t *testing.T)
	// client writes as long as there is to be more; ctx cuts off what it is at.
	// Several run at once, told apart by number.
	client(ctx context.Context, more func() bool, number int, random *rand.Rand)
	// mute says whether answers count no more: the log is about to lose them, until
	// the kill.
	mute(on bool)
	// check fails the test where something acknowledged is missing or wrong.
	check(t *testing.T)
}

// turner is work whose check asks what became of the clock.
type turner interface{ turned(j jump) }

// looker is work that wants to know what is there right after a restart, before
// anybody writes again.
type looker interface{ look(t *testing.T) }

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

// TestNothingAcknowledgedIsLostToSIGKILL kills what holds applications' data.
func TestNothingAcknowledgedIsLostToSIGKILL(t *testing.T) {
	storm(t, func(proc *testenv.Proc) map[string]work {
		works := map[string]work{
			"standard queue": &standardQueue{env: proc},
			"FIFO queue":     &fifoQueue{env: proc},
			"table":          &table{env: proc, name: "items"},
			"bucket":         &bucket{env: proc},
			"fan-out":        &fanOut{env: proc},
			"FIFO fan-out":   &orderedFanOut{env: proc},
			"pipe":           &piped{env: proc},
			"registers":      &registers{env: proc},
			"transactions":   &transactions{env: proc},
			"customers":      &customers{env: proc},
			"piped changes":  &followed{table: table{env: proc, name: "piped", keeps: true, pause: 20 * time.Millisecond}, follow: pipeStream},
		}
		if runnable("python3") {
			works["function"] = &mapped{env: proc}
			works["changes"] = &followed{
				table: table{env: proc, name: "followed", keeps: true, pause: 20 * time.Millisecond}, follow: mapStream,
				explain: func(t *testing.T, env *testenv.Proc) { t.Helper(); explain(t, env, "tell") },
			}
		}
		return works
	})
}

// TestNothingManagedIsLostToSIGKILL kills what applications are run by, and what
// is told of them.
func TestNothingManagedIsLostToSIGKILL(t *testing.T) {
	t.Parallel()
	storm(t, func(proc *testenv.Proc) map[string]work {
		return map[string]work{
			"log lines":    &lines{env: proc},
			"measurements": &measurements{env: proc},
			"traces":       &traced{env: proc},
			"alarms":       &alarms{env: proc},
			"audit":        &audited{env: proc},
			"parameters":   &parameters{env: proc},
			"REST APIs":    &restAPIs{env: proc},
			"HTTP APIs":    &httpAPIs{env: proc},
			"stacks":       &stacks{env: proc},
			"events":       &routed{env: proc},
			"executions":   &executed{env: proc},
		}
	})
}

// storm runs MARU_CRASH_ROUNDS rounds of work, SIGKILL at a random moment, damage,
// restart and check. MARU_CRASH_SEED repeats the choices of an earlier run; when
// the kill strikes the server is its own luck.
func storm(t *testing.T, over func(*testenv.Proc) map[string]work) {
	t.Helper()
	if testing.Short() {
		t.Skip("builds and kills whole programs")
	}
	seed := setting(t, "MARU_CRASH_SEED", uint64(clock.System{}.Now().UnixNano()))
	rounds := setting(t, "MARU_CRASH_ROUNDS", uint64(len(damages)))
	t.Logf("%d rounds; MARU_CRASH_SEED=%d repeats them", rounds, seed)
	random := rand.New(rand.NewPCG(seed, 0))

	proc := process(t)
	works := over(proc)
	for _, name := range slices.Sorted(maps.Keys(works)) {
		works[name].prepare(t)
	}
	standing := wall{furthest: min(5*time.Hour, 20*time.Hour/time.Duration(rounds))}
	for round := range rounds {
		what := damages[(round+seed)%uint64(len(damages))]
		standing.read(t, proc)
		since := use(t, proc, works, what, random)
		spoil(t, proc.Dir(), what.log, since, random)
		for range random.IntN(3) { // recovery is cut off, too
			proc.Stillborn(time.Duration(random.Int64N(int64(150 * time.Millisecond))))
		}
		late := standing.start(t, proc, what.clock, random)
		for _, name := range slices.Sorted(maps.Keys(works)) {
			if w, ok := works[name].(looker); ok {
				w.look(t)
			}
		}
		if late > 0 {
			let(t, works, random).finish()
			advance(t, proc, late)
		}
		for _, w := range works {
			if w, ok := w.(turner); ok {
				w.turned(what.clock)
			}
		}
		for _, name := range slices.Sorted(maps.Keys(works)) {
			t.Run(fmt.Sprintf("round %d %s %s", round+1, what, name), works[name].check)
		}
		if t.Failed() {
			return
		}
	}
}

// crew are the clients of all works while they work.
type crew struct {
	rows, files       sync.WaitGroup // of the clients
	endRows, endFiles func()         // they end after what they are doing
	cut               func()         // they end
}

// let lets the clients of all works begin. Those who write objects are apart.
func let(t *testing.T, works map[string]work, random *rand.Rand) *crew {
	t.Helper()
	var c crew
	ctx, cut := context.WithCancel(t.Context())
	rows, endRows := context.WithCancel(ctx)
	files, endFiles := context.WithCancel(ctx)
	c.cut, c.endRows, c.endFiles = cut, endRows, endFiles
	for _, name := range slices.Sorted(maps.Keys(works)) {
		w := works[name]
		for n := range clients {
			own := rand.New(rand.NewPCG(random.Uint64(), random.Uint64()))
			if _, ok := w.(*bucket); ok {
				c.files.Go(func() { w.client(ctx, func() bool { return files.Err() == nil }, n, own) })
			} else {
				c.rows.Go(func() { w.client(ctx, func() bool { return rows.Err() == nil }, n, own) })
			}
		}
	}
	<-clock.System{}.NewTimer(time.Duration(200+random.IntN(800)) * time.Millisecond).C()
	return &c
}

// finish has the clients end after what they are doing.
func (c *crew) finish() {
	c.endRows()
	c.endFiles()
	c.wait()
}

// wait waits for the clients' ends.
func (c *crew) wait() {
	c.rows.Wait()
	c.files.Wait()
	c.cut()
}

// use lets clients work until the program is killed under them. Where the log is
// to lose its end it returns the mark up to which it must be kept: what clients
// are told from then on does not count. Objects are not written behind the mark:
// a commit that was synced removes a file, which a torn log would bring back.
func use(t *testing.T, proc *testenv.Proc, works map[string]work, what damage, random *rand.Rand) mark {
	t.Helper()
	c := let(t, works, random)
	var since mark
	if what.log.loses() {
		c.endFiles()
		c.files.Wait()
		for _, w := range works {
			w.mute(true)
		}
		since = endOfLog(t, proc.Dir())
		<-clock.System{}.NewTimer(time.Duration(200+random.IntN(800)) * time.Millisecond).C()
	}
	proc.Kill()
	c.cut()
	c.wait()
	for _, w := range works {
		w.mute(false)
	}
	return since
}
