package kv

import (
	"bytes"
	"errors"
	"runtime"
	"strconv"
	"sync/atomic"
)

// errNested is what a commit gets that would wait for itself.
var errNested = errors.New("kv: an Update inside the closure of an Update: write through the outer one's Tx")

// owner is the goroutine that has the store to itself. A closure that comes to
// another commit while it has would wait for its own end. Only then is it asked
// which goroutine runs: a closure has no context of its own that could tell, and
// two Updates may well share the one that they were given.
type owner struct{ id atomic.Uint64 }

// enter says that the caller has the store to itself, until it calls leave.
func (o *owner) enter() (leave func()) {
	o.id.Store(goroutine())
	return func() { o.id.Store(0) }
}

// isCaller says whether it is the caller who has the store to itself.
func (o *owner) isCaller() bool {
	id := o.id.Load()
	return id != 0 && id == goroutine()
}

// goroutine returns the number of the running goroutine, which Go tells only at
// the head of a stack trace: "goroutine 18 [running]:".
func goroutine() uint64 {
	var buffer [64]byte
	text := bytes.TrimPrefix(buffer[:runtime.Stack(buffer[:], false)], []byte("goroutine "))
	number, _, _ := bytes.Cut(text, []byte(" "))
	id, _ := strconv.ParseUint(string(number), 10, 64)
	return id
}
