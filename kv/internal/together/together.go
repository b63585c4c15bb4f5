// Package together does once what serves many, such as a sync.
package together

import (
	"runtime"
	"sync"
)

// Line has a deed that serves many done once for all who wait for it: a
// sync, of which one makes durable whatever was written before.
//
// Whoever finds nobody at it does the deed himself, so that one writer alone
// waits for nobody. Those who come meanwhile form the next group, and one of
// them does it for that group.
type Line struct {
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

// Do returns the outcome of a deed that began after Do was called.
func (l *Line) Do(deed func() error) error {
	w, _ := l.used.Get().(*waiter)
	if w == nil {
		w = &waiter{turn: make(chan bool, 1)}
	}
	defer l.used.Put(w)
	l.mu.Lock()
	l.waiting = append(l.waiting, w)
	mine := !l.busy
	l.busy = true
	l.mu.Unlock()
	if mine || <-w.turn {
		return l.lead(w, deed)
	}
	return w.err
}

// lead does the deed for all who wait, of whom self is one, and has the next
// group's done.
func (l *Line) lead(self *waiter, deed func() error) error {
	if l.crowded {
		// Others are about to come. Letting them costs nothing that matters: they
		// run now instead of later, and fewer deeds are left to do.
		runtime.Gosched()
	}
	l.mu.Lock()
	group := l.waiting
	l.waiting, l.spare = l.spare, nil
	l.mu.Unlock()
	l.crowded = len(group) > 1
	err := deed()
	for _, w := range group {
		if w != self {
			w.err = err
			w.turn <- false
		}
	}
	l.mu.Lock()
	clear(group)
	l.spare = group[:0]
	l.busy = len(l.waiting) > 0
	var next *waiter
	if l.busy {
		next = l.waiting[0]
	}
	l.mu.Unlock()
	if next != nil {
		next.turn <- true
	}
	return err
}
