// Package credible tells whether a history is one that Step Functions could have
// written: whether each event may follow the one that it names, has followed it
// once, and leads where the definition leads.
//
// It knows nothing of the engine, so that what the engine writes can be held
// against it, before and after a crash.
package credible

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"maru.dev/maru/service/states/asl"
)

// Event is what of an event of a history is looked at.
type Event struct {
	ID, Prev      int64
	At            time.Time
	Type          string
	Name          string // the state's, or the Map state's of an iteration
	Index, Length int64  // of an iteration, of a map
	Data          string // what a state was entered with, or has put out
}

// Read reads an event of the API's shape, whichever package's type it has.
func Read(event any) (Event, error) {
	text, err := json.Marshal(event)
	if err != nil {
		return Event{}, fmt.Errorf("encode event: %w", err)
	}
	type named struct {
		Name          string
		Input, Output string
		Index, Length int64
	}
	var e struct {
		ID                                                                 int64 `json:"Id"`
		PreviousEventID                                                    int64 `json:"PreviousEventId"`
		Timestamp                                                          time.Time
		Type                                                               string
		StateEnteredEventDetails, StateExitedEventDetails                  named
		MapIterationStartedEventDetails, MapIterationSucceededEventDetails named
		MapIterationFailedEventDetails, MapIterationAbortedEventDetails    named
		MapStateStartedEventDetails                                        named
	}
	if err := json.Unmarshal(text, &e); err != nil {
		return Event{}, fmt.Errorf("read event: %w", err)
	}
	out := Event{ID: e.ID, Prev: e.PreviousEventID, At: e.Timestamp, Type: e.Type}
	for _, d := range []named{
		e.StateEnteredEventDetails, e.StateExitedEventDetails, e.MapStateStartedEventDetails, e.MapIterationStartedEventDetails,
		e.MapIterationSucceededEventDetails, e.MapIterationFailedEventDetails, e.MapIterationAbortedEventDetails,
	} {
		out.Name += d.Name
		out.Data += d.Input + d.Output
		out.Index += d.Index
		out.Length += d.Length
	}
	return out, nil
}

// check is one history under examination.
type check struct {
	tree    *asl.Machine
	events  []Event
	redrawn bool // it was redriven: events then follow on ones that others have followed
	faults  []string
}

// Faults tells what in the history of an execution of a machine AWS could not have
// written; nothing if all is well.
func Faults(tree *asl.Machine, events []Event) []string {
	c := &check{tree: tree, events: events, redrawn: slices.ContainsFunc(events, func(e Event) bool { return e.Type == "ExecutionRedriven" })}
	if c.frame(); len(c.faults) > 0 {
		return c.faults // nothing else can be told
	}
	for i := range events {
		e := &events[i]
		c.follows(e)
		switch {
		case strings.HasSuffix(e.Type, "StateEntered"):
			c.entered(e)
		case strings.HasSuffix(e.Type, "StateExited"):
			c.exited(e)
		case strings.HasSuffix(e.Type, "Scheduled"):
			c.attempt(e)
		case e.Type == "MapStateStarted":
			c.iterations(e)
		case e.Type == "MapStateSucceeded":
			c.mapEnded(e)
		case e.Type == "ParallelStateSucceeded":
			c.parallelEnded(e)
		case e.Type == "ExecutionSucceeded":
			c.ends(e, nil)
		}
	}
	c.once()
	return c.faults
}

// wrong notes what is wrong with an event.
func (c *check) wrong(e *Event, format string, args ...any) {
	c.faults = append(c.faults, fmt.Sprintf("event %d, %s %s: ", e.ID, e.Type, e.Name)+fmt.Sprintf(format, args...))
}

// at is the event of an id; nil for none.
func (c *check) at(id int64) *Event {
	if id < 1 || id > int64(len(c.events)) {
		return nil
	}
	return &c.events[id-1]
}

// back walks from an event to those before it until one is wanted.
func (c *check) back(e *Event, want func(*Event) bool) *Event {
	for e = c.at(e.Prev); e != nil && !want(e); e = c.at(e.Prev) {
		continue
	}
	return e
}

// frame looks at the order of events, and at the first and the last.
func (c *check) frame() {
	for i := range c.events {
		e := &c.events[i]
		last := i == len(c.events)-1
		switch {
		case e.ID != int64(i+1):
			c.wrong(e, "it is the %d. event", i+1)
			return
		case e.Prev >= e.ID || e.Prev < 0:
			c.wrong(e, "it follows event %d", e.Prev)
		case i > 0 && e.At.Before(c.events[i-1].At):
			c.wrong(e, "it is older than the one before")
		case (i == 0) != (e.Type == "ExecutionStarted"):
			c.wrong(e, "it is the %d. event", i+1)
		case terminal(e.Type) && !last && c.events[i+1].Type != "ExecutionRedriven":
			c.wrong(e, "the execution goes on")
		case last && !terminal(e.Type):
			c.wrong(e, "it is the last")
		}
	}
	if len(c.events) == 0 {
		c.faults = append(c.faults, "no events")
	}
}

// terminal tells whether a type of event ends an execution.
func terminal(kind string) bool {
	return strings.HasPrefix(kind, "Execution") && kind != "ExecutionStarted" && kind != "ExecutionRedriven"
}

// follows sees that an event follows one that it may follow.
func (c *check) follows(e *Event) {
	may := before(e.Type)
	if may == nil || c.redrawn {
		return
	}
	kind := ""
	if p := c.at(e.Prev); p != nil {
		kind = p.Type
	}
	if !slices.Contains(may, kind) {
		c.wrong(e, "it follows %s", kind)
	}
}

// before are the types of events that one of a type may follow; nil where the
// place in the definition says more (see Faults), or where it may be any.
func before(kind string) []string {
	failures := []string{
		"TaskFailed", "TaskTimedOut", "LambdaFunctionFailed", "LambdaFunctionTimedOut", "ActivityFailed", "ActivityTimedOut", "EvaluationFailed",
	}
	successes := []string{"TaskSucceeded", "LambdaFunctionSucceeded", "ActivitySucceeded"}
	switch kind {
	case "PassStateExited", "ChoiceStateExited", "WaitStateExited", "SucceedStateExited":
		return []string{strings.TrimSuffix(kind, "Exited") + "Entered"}
	case "TaskStateExited", "TaskScheduled", "LambdaFunctionScheduled", "ActivityScheduled":
		return slices.Concat([]string{"TaskStateEntered"}, failures, successes)
	case "TaskStarted", "LambdaFunctionStarted", "ActivityStarted":
		return []string{strings.TrimSuffix(kind, "Started") + "Scheduled"}
	case "TaskSubmitted":
		return []string{"TaskStarted"}
	case "LambdaFunctionSucceeded", "LambdaFunctionFailed", "LambdaFunctionTimedOut":
		return []string{"LambdaFunctionStarted"}
	case "ActivitySucceeded", "ActivityFailed":
		return []string{"ActivityStarted"}
	case "TaskSucceeded", "TaskFailed", "TaskTimedOut":
		return []string{"TaskStarted", "TaskSubmitted"}
	case "ActivityTimedOut":
		return []string{"ActivityScheduled", "ActivityStarted"}
	case "MapIterationStarted", "MapRunStarted":
		return []string{"MapStateStarted"}
	case "MapRunSucceeded", "MapRunFailed", "MapRunAborted":
		return []string{"MapRunStarted", "MapRunRedriven"}
	}
	return nil
}

// once sees that nothing was followed twice: what a task has returned was taken
// once, and each state was left once. Branches part at their state's start, and
// a state's end passes its success by.
func (c *check) once() {
	if c.redrawn {
		return
	}
	followed := make(map[int64]*Event)
	for i := range c.events {
		e := &c.events[i]
		p := c.at(e.Prev)
		if p == nil || terminal(e.Type) || e.Type == "MapStateSucceeded" || e.Type == "ParallelStateSucceeded" ||
			p.Type == "MapStateStarted" || p.Type == "ParallelStateStarted" {
			continue
		}
		if other := followed[p.ID]; other != nil {
			c.wrong(e, "event %d has been followed by %s already", p.ID, other.Type)
		}
		followed[p.ID] = e
	}
}
