package history

import (
	"fmt"
	"time"

	"github.com/fxamacker/cbor/v2"
)

// Event is one event of a history, as it is kept. Which fields are set is a
// matter of the Type.
type Event struct {
	ID   int64 `cbor:"1,keyasint"`
	Prev int64 `cbor:"2,keyasint,omitempty"`
	At   int64 `cbor:"3,keyasint"` // milliseconds of 1970
	Type Type  `cbor:"4,keyasint"`

	// Name is the state, the Map state of an iteration, or an activity's worker.
	Name string `cbor:"5,keyasint,omitempty"`

	// Data is the event's JSON text: input, output or parameters, and of
	// MapStateStarted the items, which the API does not show. Same is the event
	// that has it instead.
	Data string `cbor:"6,keyasint,omitempty"`
	Same int64  `cbor:"7,keyasint,omitempty"`

	// Assigned are the variables that the state assigned: an object's text.
	Assigned string `cbor:"8,keyasint,omitempty"`

	Error *string `cbor:"9,keyasint,omitempty"`
	Cause *string `cbor:"10,keyasint,omitempty"`

	// Resource and ResourceType are a task's; of ExecutionStarted they are the
	// version and the alias, of MapRun events the run.
	Resource     string `cbor:"11,keyasint,omitempty"`
	ResourceType string `cbor:"12,keyasint,omitempty"`
	Region       string `cbor:"13,keyasint,omitempty"`
	Timeout      int64  `cbor:"14,keyasint,omitempty"` // seconds
	Heartbeat    int64  `cbor:"15,keyasint,omitempty"` // seconds
	Role         string `cbor:"16,keyasint,omitempty"`

	// Number is an iteration's index, a map's length or the count of redrives.
	Number   int64  `cbor:"17,keyasint,omitempty"`
	Location string `cbor:"18,keyasint,omitempty"`

	// Thread is which thread of control the event belongs to; the API does not
	// show it. It is what makes the history enough to tell the state.
	Thread int64 `cbor:"19,keyasint,omitempty"`
}

// Time is when the event happened.
func (e *Event) Time() time.Time { return time.UnixMilli(e.At).UTC() }

// Size is about how many bytes the event takes when it is kept.
func (e *Event) Size() int {
	n := 64 + len(e.Name) + len(e.Data) + len(e.Assigned) + len(e.Resource) + len(e.Role)
	if e.Error != nil {
		n += len(*e.Error)
	}
	if e.Cause != nil {
		n += len(*e.Cause)
	}
	return n
}

// chunkSize is how large a chunk of events may grow before the next one is
// begun. A chunk with one more event stays below what a row may hold.
const chunkSize = 256 << 10

// Chunks cuts events that are kept together into runs that each fit a row.
func Chunks(events []Event) [][]Event {
	var out [][]Event
	from, size := 0, 0
	for i := range events {
		if size += events[i].Size(); size > chunkSize && i > from {
			out, from, size = append(out, events[from:i]), i, events[i].Size()
		}
	}
	return append(out, events[from:])
}

// Encode writes a chunk.
func Encode(events []Event) ([]byte, error) {
	text, err := cbor.Marshal(events)
	if err != nil {
		return nil, fmt.Errorf("encode events: %w", err)
	}
	return text, nil
}

// reading takes texts as they are, as Encode does: what was kept can be read.
var reading = func() cbor.DecMode {
	mode, err := cbor.DecOptions{UTF8: cbor.UTF8DecodeInvalid}.DecMode()
	if err != nil {
		panic(err) // constant options
	}
	return mode
}()

// Decode reads a chunk.
func Decode(chunk []byte) ([]Event, error) {
	var events []Event
	if err := reading.Unmarshal(chunk, &events); err != nil {
		return nil, fmt.Errorf("decode events: %w", err)
	}
	return events, nil
}
