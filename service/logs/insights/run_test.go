package insights

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// long is a query whose groups take a megabyte for each event that is added.
func long(t *testing.T, room *Room) (x *Execution, add func(n int)) {
	t.Helper()
	q, err := Parse("stats count(*) by @message", time.Unix(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	x = q.Begin(10, room)
	w, text := x.Worker(), strings.Repeat("x", 1<<19)
	return x, func(n int) {
		for i := range n {
			w.Add(&Event{Message: fmt.Sprint(i, text)})
		}
	}
}

func TestGroupsThatDoNotFitEndTheQuery(t *testing.T) {
	t.Parallel()
	x, add := long(t, new(Room))
	add(maxHeld >> 21)
	if x.Over() {
		t.Error("half of the room is too much")
	}
	add(maxHeld >> 18)
	if !x.Over() {
		t.Error("all of it, and more, fits")
	}
}

func TestQueriesShareTheirRoomAndGiveItBack(t *testing.T) {
	t.Parallel()
	room := new(Room)
	room.held.Store(maxShared - 8<<20) // others'
	room.queries.Store(7)
	x, add := long(t, room)
	add(maxShared >> 24) // half of an eighth: each weighs twice its length
	if x.Over() {
		t.Error("its share is too much")
	}
	add(maxShared >> 20)
	if !x.Over() {
		t.Error("there is room where others have taken it")
	}
	x.Close()
	if left := maxShared - room.held.Load(); left != 8<<20 || room.queries.Load() != 7 {
		t.Errorf("%d bytes are left", left)
	}
}
