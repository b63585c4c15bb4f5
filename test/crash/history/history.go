// Package history judges the history of an execution: whether it is one that
// Step Functions could have written. It knows nothing of the definition; what a
// state should have answered is for the test that asks.
package history

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// checker walks over the events of one history.
type checker struct {
	events []types.HistoryEvent
	faults []string
}

// Faults returns what is wrong with the history of an execution that has ended,
// in words; nothing when it is sound.
func Faults(events []types.HistoryEvent) []string {
	c := &checker{events: events}
	if c.numbers(); len(c.faults) > 0 {
		return c.faults // the chains mean nothing
	}
	c.ends()
	c.tasks()
	c.states()
	c.maps()
	return c.faults
}

// fault notes what is wrong with an event.
func (c *checker) fault(e types.HistoryEvent, format string, args ...any) {
	c.faults = append(c.faults, fmt.Sprintf("event %d (%s): %s", e.Id, e.Type, fmt.Sprintf(format, args...)))
}

// before is the event that led to e; false for what nothing led to.
func (c *checker) before(e types.HistoryEvent) (types.HistoryEvent, bool) {
	if e.PreviousEventId == 0 {
		return types.HistoryEvent{}, false
	}
	return c.events[e.PreviousEventId-1], true
}

// numbers sees that events count from 1 without gaps, that each points to an
// earlier one, and that time does not run backwards.
func (c *checker) numbers() {
	for i, e := range c.events {
		switch {
		case e.Id != int64(i+1):
			c.fault(e, "its number should be %d", i+1)
		case e.PreviousEventId < 0 || e.PreviousEventId >= e.Id:
			c.fault(e, "follows %d", e.PreviousEventId)
		case e.PreviousEventId == 0 && i > 1:
			c.fault(e, "follows nothing")
		}
		if i > 0 && e.Timestamp != nil && c.events[i-1].Timestamp != nil && e.Timestamp.Before(*c.events[i-1].Timestamp) {
			c.fault(e, "is older than the event before it")
		}
	}
}

// ending holds how an execution's last event may be called.
var ending = []types.HistoryEventType{
	types.HistoryEventTypeExecutionSucceeded, types.HistoryEventTypeExecutionFailed,
	types.HistoryEventTypeExecutionAborted, types.HistoryEventTypeExecutionTimedOut,
}

// ends sees that the execution starts once, first, and ends once, last.
func (c *checker) ends() {
	if len(c.events) < 2 {
		c.faults = append(c.faults, fmt.Sprintf("%d events", len(c.events)))
		return
	}
	for i, e := range c.events {
		if (e.Type == types.HistoryEventTypeExecutionStarted) != (i == 0) {
			c.fault(e, "an execution starts once, with its first event")
		}
		if slices.Contains(ending, e.Type) != (i == len(c.events)-1) {
			c.fault(e, "an execution ends once, with its last event")
		}
	}
}

// family splits the name of a task's event: TaskTimedOut, LambdaFunctionFailed
// and ActivityScheduled give Task, LambdaFunction and Activity.
func family(kind types.HistoryEventType) (name, step string) {
	for _, name := range []string{"Task", "LambdaFunction", "Activity"} {
		step, ok := strings.CutPrefix(string(kind), name)
		if ok && !strings.HasPrefix(step, "State") {
			return name, step
		}
	}
	return "", ""
}

// steps says what each step of a task follows in its own family.
var steps = map[string][]string{
	"Started":      {"Scheduled"},
	"StartFailed":  {"Scheduled", "Started"},
	"Submitted":    {"Scheduled", "Started"},
	"SubmitFailed": {"Scheduled", "Started"},
	"Succeeded":    {"Scheduled", "Started", "Submitted"},
	"Failed":       {"Scheduled", "Started", "Submitted"},
	"TimedOut":     {"Scheduled", "Started", "Submitted"},
}

// tasks sees that what is scheduled is started and finished in this order, and
// that no step follows the same one twice.
func (c *checker) tasks() {
	followed := make(map[int64]int64)
	for _, e := range c.events {
		name, step := family(e.Type)
		allowed, ok := steps[step]
		if name == "" || !ok {
			continue
		}
		before, _ := c.before(e)
		own, last := family(before.Type)
		if own != name || !slices.Contains(allowed, last) {
			c.fault(e, "follows %s", before.Type)
			continue
		}
		if twice, ok := followed[before.Id]; ok {
			c.fault(e, "event %d follows %d, too", twice, before.Id)
		}
		followed[before.Id] = e.Id
	}
}

// states sees that each state that is left was entered, once, and that each
// that was entered is left, unless it fails or something around it does.
func (c *checker) states() {
	left := make(map[int64]int64)
	broken := false
	for _, e := range c.events {
		kind := string(e.Type)
		broken = broken || slices.Contains([]types.HistoryEventType{
			types.HistoryEventTypeParallelStateFailed, types.HistoryEventTypeMapStateFailed, types.HistoryEventTypeMapIterationFailed,
			types.HistoryEventTypeMapIterationAborted, types.HistoryEventTypeExecutionFailed,
			types.HistoryEventTypeExecutionAborted, types.HistoryEventTypeExecutionTimedOut,
		}, e.Type)
		kind, ok := strings.CutSuffix(kind, "StateExited")
		if !ok || e.StateExitedEventDetails == nil {
			continue
		}
		entered, ok := c.entry(e, kind+"StateEntered", left)
		if !ok {
			c.fault(e, "%s was not entered before", *e.StateExitedEventDetails.Name)
			continue
		}
		left[entered] = e.Id
	}
	for _, e := range c.events {
		if _, ok := left[e.Id]; ok || broken || e.Type == types.HistoryEventTypeFailStateEntered {
			continue
		}
		if strings.HasSuffix(string(e.Type), "StateEntered") {
			c.fault(e, "%s is never left", *e.StateEnteredEventDetails.Name)
		}
	}
}

// entry walks back from where a state is left to where it was entered, past
// what was entered and left in between.
func (c *checker) entry(e types.HistoryEvent, kind string, left map[int64]int64) (int64, bool) {
	for at, ok := c.before(e); ok; at, ok = c.before(at) {
		if string(at.Type) != kind || *at.StateEnteredEventDetails.Name != *e.StateExitedEventDetails.Name {
			continue
		}
		if _, taken := left[at.Id]; !taken {
			return at.Id, true
		}
	}
	return 0, false
}

// loop counts what a map of some name did.
type loop struct{ length, started, succeeded, ended int }

// maps sees that a map that succeeds has run each of its iterations once, and
// that no iteration ends more often than it starts.
func (c *checker) maps() {
	type place struct {
		name  string
		index int32
	}
	all := make(map[string]*loop)
	open := make(map[place]int)
	of := func(name *string) *loop {
		if all[*name] == nil {
			all[*name] = &loop{}
		}
		return all[*name]
	}
	ended := func(d *types.MapIterationEventDetails, e types.HistoryEvent) {
		at := place{*d.Name, d.Index}
		of(d.Name).ended++
		if open[at]--; open[at] < 0 {
			c.fault(e, "iteration %d of %s ends twice", d.Index, *d.Name)
		}
	}
	for _, e := range c.events {
		switch {
		case e.MapStateStartedEventDetails != nil:
			if before, _ := c.before(e); before.StateEnteredEventDetails != nil {
				of(before.StateEnteredEventDetails.Name).length += int(e.MapStateStartedEventDetails.Length)
			}
		case e.MapIterationStartedEventDetails != nil:
			d := e.MapIterationStartedEventDetails
			of(d.Name).started++
			if open[place{*d.Name, d.Index}]++; d.Index < 0 || int(d.Index) >= of(d.Name).length {
				c.fault(e, "iteration %d of %s, which has %d", d.Index, *d.Name, of(d.Name).length)
			}
		case e.MapIterationSucceededEventDetails != nil:
			of(e.MapIterationSucceededEventDetails.Name).succeeded++
			ended(e.MapIterationSucceededEventDetails, e)
		case e.MapIterationFailedEventDetails != nil:
			ended(e.MapIterationFailedEventDetails, e)
		case e.MapIterationAbortedEventDetails != nil:
			ended(e.MapIterationAbortedEventDetails, e)
		}
	}
	for name, l := range all {
		if l.started > l.length || l.ended == l.succeeded && l.succeeded != l.length && c.succeeded() {
			c.faults = append(c.faults, fmt.Sprintf("map %s has %d iterations: %d started, %d succeeded", name, l.length, l.started, l.succeeded))
		}
	}
}

// succeeded tells whether the execution ended well.
func (c *checker) succeeded() bool {
	return c.events[len(c.events)-1].Type == types.HistoryEventTypeExecutionSucceeded
}
