package engine

import (
	"errors"
	"slices"
	"time"
)

// ErrStale is why a cause is not taken: the thread that it is for has gone on,
// or the execution has ended.
var ErrStale = errors.New("engine: nobody waits for this any more")

// State is what is kept of an execution between turns.
type State struct {
	// Next is the id of the next event, Made how many threads there were so far.
	Next int64 `cbor:"1,keyasint"`
	Made int64 `cbor:"2,keyasint"`

	// Threads are those that live, by id. Of an execution that failed they are
	// those of its end, for a redrive.
	Threads []*Thread `cbor:"3,keyasint,omitempty"`

	// Timer is the work that ends the execution in time.
	Timer string `cbor:"4,keyasint,omitempty"`

	// At is when the last event was told, in milliseconds of 1970.
	At int64 `cbor:"5,keyasint,omitempty"`
}

// Phase is what a thread is about.
type Phase uint8

// The phases. Their numbers are stored.
const (
	Ready    Phase = iota + 1 // its state is to be entered
	Again                     // its state was entered, and is to be tried
	Waiting                   // a Wait state
	Calling                   // a task's call is under way
	Pending                   // a token or a child execution is awaited
	Retrying                  // until the next attempt
	Spread                    // children run
	Mapping                   // a map run is under way
	Failed                    // it failed, and with it the execution
	Aborted                   // another failed
)

// Thread is a thread of control.
type Thread struct {
	ID     int64 `cbor:"1,keyasint"`
	Parent int64 `cbor:"2,keyasint,omitempty"` // 0: none
	Index  int   `cbor:"3,keyasint,omitempty"` // which branch or item of its parent

	Phase Phase  `cbor:"4,keyasint"`
	State string `cbor:"5,keyasint"` // where it is

	// Input is the event that holds the state's input, Entered that of its
	// entry, Prev the thread's last one.
	Input     int64 `cbor:"6,keyasint"`
	Entered   int64 `cbor:"7,keyasint,omitempty"`
	EnteredAt int64 `cbor:"8,keyasint,omitempty"` // milliseconds of 1970
	Prev      int64 `cbor:"9,keyasint,omitempty"`

	// Vars are the variables of the thread's own scope.
	Vars []Variable `cbor:"10,keyasint,omitempty"`

	// Counts is how often each retrier was used in this visit, Tries their sum.
	Counts []int `cbor:"11,keyasint,omitempty"`
	Tries  int64 `cbor:"12,keyasint,omitempty"`

	Task  *Task  `cbor:"13,keyasint,omitempty"`
	Fan   *Fan   `cbor:"14,keyasint,omitempty"`
	Timer string `cbor:"15,keyasint,omitempty"` // the work that ends Waiting or Retrying

	// Run is the map run of a distributed map.
	Run string `cbor:"16,keyasint,omitempty"`
}

// Variable says which event assigned a variable.
type Variable struct {
	Name  string `cbor:"1,keyasint"`
	Event int64  `cbor:"2,keyasint"`
}

// Task is what a Task state waits for.
type Task struct {
	Event     int64         `cbor:"1,keyasint"`           // the one that scheduled it
	Call      string        `cbor:"2,keyasint,omitempty"` // the work that calls
	Timeout   string        `cbor:"3,keyasint,omitempty"` // the work that ends it in time
	Heartbeat string        `cbor:"4,keyasint,omitempty"`
	Beat      time.Duration `cbor:"5,keyasint,omitempty"` // how often a heartbeat is due
	Nonce     []byte        `cbor:"6,keyasint,omitempty"` // what tokens are checked by
	Started   bool          `cbor:"7,keyasint,omitempty"` // an activity's worker has it
}

// Fan is a Parallel or Map state whose branches run.
type Fan struct {
	Started int64 `cbor:"1,keyasint"` // its MapStateStarted or ParallelStateStarted
	Length  int   `cbor:"2,keyasint"`
	Begun   int   `cbor:"3,keyasint"`
	Live    int   `cbor:"4,keyasint"`
	Max     int   `cbor:"5,keyasint,omitempty"`

	// Results are the events that hold what branches put out; 0 is still open.
	Results []int64 `cbor:"6,keyasint,omitempty"`

	// Keyed tells that the items of a map are an object's members.
	Keyed bool `cbor:"7,keyasint,omitempty"`
}

// Thread returns the thread of an id, or nil.
func (s *State) Thread(id int64) *Thread {
	i, ok := slices.BinarySearchFunc(s.Threads, id, func(t *Thread, id int64) int { return int(t.ID - id) })
	if !ok {
		return nil
	}
	return s.Threads[i]
}

// remove takes a thread out.
func (s *State) remove(t *Thread) {
	if i := slices.Index(s.Threads, t); i >= 0 {
		s.Threads = slices.Delete(s.Threads, i, i+1)
	}
}

// children are the threads of a thread.
func (s *State) children(t *Thread) (out []*Thread) {
	for _, c := range s.Threads {
		if c.Parent == t.ID {
			out = append(out, c)
		}
	}
	return out
}
