package insights

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"maru.dev/maru/service/share"
)

// long is a query whose groups take a megabyte for each event that is added.
func long(t *testing.T, memory *share.Pool) (x *Execution, add func(n int)) {
	t.Helper()
	q, err := Parse("stats count(*) by @message", time.Unix(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	x = q.Begin(10, memory)
	w, text := x.Worker(), strings.Repeat("x", 1<<19)
	return x, func(n int) {
		for i := range n {
			w.Add(&Event{Message: fmt.Sprint(i, text)})
		}
	}
}

func TestGroupsThatDoNotFitEndTheQuery(t *testing.T) {
	t.Parallel()
	x, add := long(t, NewPool())
	add(maxHeld >> 21)
	if x.Over() {
		t.Error("half of what one may hold is too much")
	}
	add(maxHeld >> 18)
	if !x.Over() {
		t.Error("all of it, and more, fits")
	}
}

func TestQueriesShareTheirMemoryAndGiveItBack(t *testing.T) {
	t.Parallel()
	memory := NewPool()
	others := memory.Join()
	others.Take(maxShared - 8<<20)
	x, add := long(t, memory)
	add(maxShared >> 24) // a sixteenth: each weighs twice its length
	if x.Over() {
		t.Error("its part is too much")
	}
	add(maxShared >> 20)
	if !x.Over() {
		t.Error("there is memory where others have taken it")
	}
	x.Close()
	if !others.Take(8<<20) || others.Take(1) {
		t.Error("it has not given back what it had")
	}
}
