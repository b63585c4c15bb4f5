package engine

import (
	"time"

	"maru.dev/maru/pattern/value"
	"maru.dev/maru/service/states/asl"
	"maru.dev/maru/service/states/flow"
)

// Host is what surrounds a turn: whoever keeps the execution.
type Host interface {
	// Load returns the data of an event of an earlier turn.
	Load(event int64) (*Payload, error)

	// Assigned returns the variables that an event of an earlier turn assigned.
	Assigned(event int64) (*value.Object, error)

	// Context returns the context object's lasting part.
	Context() (*value.Object, error)

	// Later arranges work, and returns by what it is cancelled.
	Later(w Work) (string, error)

	// Cancel takes work back, if it is still to be done.
	Cancel(work string) error

	// Check tells why a service cannot be called with arguments; nil if it can.
	Check(res *asl.Resource, args any) *flow.Failure

	// Token returns the token of a thread's task.
	Token(t *Thread) string

	// Offer puts a task before the workers of an activity.
	Offer(activity string, t *Thread) error

	// MapRun begins the map run of a thread in a distributed Map state and
	// returns its ARN. The events that follow are told by MapRunEnded.
	MapRun(r MapRun) (string, error)

	// StopMapRun ends a map run whose state was given up.
	StopMapRun(run string) error

	// RedriveMapRun takes a map run up again that has ended badly, and returns how
	// often that was done to it; 0 says that another is to begin in its place. A
	// *flow.Failure is the state's.
	RedriveMapRun(run string) (count int64, err error)
}

// WorkKind is a kind of work for later.
type WorkKind uint8

// The kinds of work. Their numbers are stored.
const (
	WorkCall      WorkKind = iota + 1 // call the service of a task
	WorkWait                          // end a Wait state
	WorkRetry                         // try again
	WorkTimeout                       // end a task that takes too long
	WorkHeartbeat                     // end a task whose worker is silent
	WorkGoOn                          // take the next turn: this one grew too long
	WorkExpire                        // end the execution
)

// Work is something to be done later.
type Work struct {
	Kind   WorkKind
	Thread int64
	Event  int64     // the cause's: what it answers
	At     time.Time // the zero time is now
	Dated  bool      // At is a time by the calendar
}

// MapRun is how a distributed map is to be run.
type MapRun struct {
	Thread *Thread
	State  *asl.State

	// Items are those of a map without a reader; nil with one.
	Items []byte

	MaxConcurrency             int64
	ToleratedFailureCount      int64
	ToleratedFailurePercentage float64
	// HasCount and HasPercentage tell which of the two was given.
	HasCount, HasPercentage bool
}

// Payload is a JSON value with its text, as an event holds it. It is not changed.
type Payload struct {
	Event int64 // the first event that holds it; 0: none yet
	Text  string
	Value any
}

// NewPayload returns the payload of a value that no event holds yet.
func NewPayload(v any) *Payload { return &Payload{Text: string(value.Text(v)), Value: v} }

// ParsePayload reads what an event holds.
func ParsePayload(event int64, text string) (*Payload, error) {
	v, err := value.Parse([]byte(text))
	if err != nil {
		return nil, err
	}
	return &Payload{Event: event, Text: text, Value: v}, nil
}
