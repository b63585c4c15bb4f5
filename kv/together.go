package kv

import (
	"runtime"
	"sync"
)

// together has a deed that serves many done once for all who wait for it: a
// sync, of which one makes durable whatever was written before.
//
// Whoever finds nobody at it does the deed himself, so that one writer alone
// waits for nobody. Those who come meanwhile form the next group, and one of
// them does it for that group.
type together struct {
	mu      sync.Mutex
	busy    bool // somebody does the deed, or has been told to
	waiting []*waiter
	spare   []*waiter // memory of an earlier group
	crowded bool      // the last group had several; for who does the deed
	used    sync.Pool // *waiter
}

// waiter is one of a group.
type waiter struct {
	turn chan bool // true: do the deed; false: it is done, with err
	err  error
}

// do returns the outcome of a deed that began after do was called.
func (t *together) do(deed func() error) error {
	w, _ := t.used.Get().(*waiter)
	if w == nil {
		w = &waiter{turn: make(chan bool, 1)}
	}
	defer t.used.Put(w)
	t.mu.Lock()
	t.waiting = append(t.waiting, w)
	mine := !t.busy
	t.busy = true
	t.mu.Unlock()
	if mine || <-w.turn {
		return t.lead(w, deed)
	}
	return w.err
}

// lead does the deed for all who wait, of whom self is one, and has the next
// group's done.
func (t *together) lead(self *waiter, deed func() error) error {
	if t.crowded {
		// Others are about to come. Letting them costs nothing that matters: they
		// run now instead of later, and fewer deeds are left to do.
		runtime.Gosched()
	}
	t.mu.Lock()
	group := t.waiting
	t.waiting, t.spare = t.spare, nil
	t.mu.Unlock()
	t.crowded = len(group) > 1
	err := deed()
	for _, w := range group {
		if w != self {
			w.err = err
			w.turn <- false
		}
	}
	t.mu.Lock()
	clear(group)
	t.spare = group[:0]
	t.busy = len(t.waiting) > 0
	var next *waiter
	if t.busy {
		next = t.waiting[0]
	}
	t.mu.Unlock()
	if next != nil {
		next.turn <- true
	}
	return err
}
