package credible

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	api "maru.dev/maru/api/states"
	"maru.dev/maru/service/states/asl"
)

const definition = `{"StartAt":"W","States":{
	"W":{"Type":"Wait","Seconds":5,"Next":"T"},
	"T":{"Type":"Task","Resource":"arn:aws:lambda:us-east-1:000000000000:function:f","Retry":[{"ErrorEquals":["E"],"IntervalSeconds":2,"MaxAttempts":1}],"Next":"M"},
	"M":{"Type":"Map","MaxConcurrency":1,"ItemProcessor":{"StartAt":"I","States":{"I":{"Type":"Pass","End":true}}},"Next":"P"},
	"P":{"Type":"Parallel","Branches":[{"StartAt":"X","States":{"X":{"Type":"Pass","End":true}}},{"StartAt":"Y","States":{"Y":{"Type":"Pass","End":true}}}],"End":true}}}`

// sound is a history of an execution of the definition.
func sound() []Event {
	events := []Event{
		{Prev: 0, Type: "ExecutionStarted"},
		{Prev: 0, Type: "WaitStateEntered", Name: "W", Data: "1"},
		{Prev: 2, Type: "WaitStateExited", Name: "W", Data: "1", At: second(5)},
		{Prev: 3, Type: "TaskStateEntered", Name: "T", Data: "1", At: second(5)},
		{Prev: 4, Type: "LambdaFunctionScheduled", At: second(5)},
		{Prev: 5, Type: "LambdaFunctionStarted", At: second(5)},
		{Prev: 6, Type: "LambdaFunctionFailed", At: second(5)},
		{Prev: 7, Type: "LambdaFunctionScheduled", At: second(7)},
		{Prev: 8, Type: "LambdaFunctionStarted", At: second(7)},
		{Prev: 9, Type: "LambdaFunctionSucceeded", At: second(7)},
		{Prev: 10, Type: "TaskStateExited", Name: "T", Data: "[1,2]", At: second(7)},
		{Prev: 11, Type: "MapStateEntered", Name: "M", Data: "[1,2]", At: second(7)},
		{Prev: 12, Type: "MapStateStarted", Length: 2, At: second(7)},
		{Prev: 13, Type: "MapIterationStarted", Name: "M", At: second(7)},
		{Prev: 14, Type: "PassStateEntered", Name: "I", Data: "1", At: second(7)},
		{Prev: 15, Type: "PassStateExited", Name: "I", Data: "1", At: second(7)},
		{Prev: 16, Type: "MapIterationSucceeded", Name: "M", At: second(7)},
		{Prev: 13, Type: "MapIterationStarted", Name: "M", Index: 1, At: second(7)},
		{Prev: 18, Type: "PassStateEntered", Name: "I", Data: "2", At: second(7)},
		{Prev: 19, Type: "PassStateExited", Name: "I", Data: "2", At: second(7)},
		{Prev: 20, Type: "MapIterationSucceeded", Name: "M", Index: 1, At: second(7)},
		{Prev: 21, Type: "MapStateSucceeded", At: second(7)},
		{Prev: 21, Type: "MapStateExited", Name: "M", Data: "[1,2]", At: second(7)},
		{Prev: 23, Type: "ParallelStateEntered", Name: "P", Data: "[1,2]", At: second(7)},
		{Prev: 24, Type: "ParallelStateStarted", At: second(7)},
		{Prev: 25, Type: "PassStateEntered", Name: "X", At: second(7)},
		{Prev: 26, Type: "PassStateExited", Name: "X", At: second(7)},
		{Prev: 25, Type: "PassStateEntered", Name: "Y", At: second(7)},
		{Prev: 28, Type: "PassStateExited", Name: "Y", At: second(7)},
		{Prev: 29, Type: "ParallelStateSucceeded", At: second(7)},
		{Prev: 29, Type: "ParallelStateExited", Name: "P", At: second(7)},
		{Prev: 31, Type: "ExecutionSucceeded", At: second(7)},
	}
	for i := range events {
		events[i].ID = int64(i + 1)
	}
	return events
}

// second is a moment some seconds into an execution.
func second(n int) time.Time { return time.Time{}.Add(time.Duration(n) * time.Second) }

// without takes events out of a history, those after them following on.
func without(events []Event, ids ...int64) []Event {
	to := make(map[int64]int64)
	var out []Event
	for _, e := range events {
		if slices.Contains(ids, e.ID) {
			to[e.ID] = to[e.Prev]
			continue
		}
		to[e.ID] = int64(len(out) + 1)
		e.ID, e.Prev = to[e.ID], to[e.Prev]
		out = append(out, e)
	}
	return out
}

// with puts an event into a history before the one with its id.
func with(events []Event, e Event) []Event {
	out := slices.Insert(slices.Clone(events), int(e.ID-1), e)
	for i := range out {
		if out[i].ID = int64(i + 1); i >= int(e.ID) && out[i].Prev >= e.ID {
			out[i].Prev++
		}
	}
	return out
}

func TestFaults(t *testing.T) {
	t.Parallel()
	tree, findings := asl.Parse([]byte(definition))
	if tree == nil {
		t.Fatal(findings)
	}
	tests := map[string]struct {
		spoil func(events []Event) []Event
		want  string // part of the first fault; none if empty
	}{
		"sound":          {func(e []Event) []Event { return e }, ""},
		"empty":          {func([]Event) []Event { return nil }, "no events"},
		"gap":            {func(e []Event) []Event { e[4].ID = 9; return e }, "it is the 5. event"},
		"follows itself": {func(e []Event) []Event { e[4].Prev = 5; return e }, "it follows event 5"},
		"older":          {func(e []Event) []Event { e[4].At = second(0); return e }, "older"},
		"cut short":      {func(e []Event) []Event { return e[:20] }, "it is the last"},
		"goes on":        {func(e []Event) []Event { e[9].Type = "ExecutionFailed"; return e }, "the execution goes on"},
		"impatient":      {func(e []Event) []Event { e[2].At = second(4); return e }, "waits for 5 s"},
		"wrong start":    {func(e []Event) []Event { return without(e, 2, 3) }, "the machine starts at W"},
		"wrong next":     {func(e []Event) []Event { return without(e, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23) }, "T does not lead here"},
		"other input":    {func(e []Event) []Event { e[11].Data = "[]"; return e }, "not the output of event 11"},
		"other type":     {func(e []Event) []Event { e[3].Type = "PassStateEntered"; return e }, "the state is a Task"},
		"no such state":  {func(e []Event) []Event { e[3].Name = "Z"; return e }, "no such state"},
		"not entered":    {func(e []Event) []Event { e[10].Name = "P"; return e }, "has not entered the state"},
		"not started":    {func(e []Event) []Event { return without(e, 6) }, "it follows LambdaFunctionScheduled"},
		"taken twice": {func(e []Event) []Event {
			return with(e, Event{ID: 11, Prev: 9, Type: "LambdaFunctionSucceeded", At: second(7)})
		}, "has been followed by LambdaFunctionSucceeded already"},
		"left twice": {func(e []Event) []Event {
			return with(e, Event{ID: 12, Prev: 10, Type: "TaskStateExited", Name: "T", At: second(7)})
		}, "followed by TaskStateExited already"},
		"tried too soon":      {func(e []Event) []Event { e[6].At = second(6); return e }, "tried again after 1s"},
		"iteration skipped":   {func(e []Event) []Event { return without(e, 18, 19, 20, 21) }, "1 of 2 iterations"},
		"iteration twice":     {func(e []Event) []Event { e[17].Index, e[20].Index = 0, 0; return e }, "no iteration 0 to start"},
		"iteration too many":  {func(e []Event) []Event { e[12].Length = 1; return e }, "no iteration 1 to start"},
		"iteration cut short": {func(e []Event) []Event { e[20].Prev = 19; return e }, "follows no state's end"},
		"two at a time": {func(e []Event) []Event {
			e[16], e[17] = e[17], e[16]
			e[16].ID, e[17].ID, e[18].Prev = 17, 18, 17
			return e
		}, "2 iterations run, of 1"},
		"branch skipped":           {func(e []Event) []Event { return without(e, 26, 27) }, "1 of 2 branches"},
		"branch starts elsewhere":  {func(e []Event) []Event { e[25].Name, e[26].Name = "I", "I"; return e }, "no branch of the state starts here"},
		"succeeds within a branch": {func(e []Event) []Event { return without(e, 30, 31) }, "state Y is not the last"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			faults := Faults(tree, tt.spoil(sound()))
			if tt.want == "" && len(faults) > 0 || tt.want != "" && (len(faults) == 0 || !strings.Contains(faults[0], tt.want)) {
				t.Errorf("%q, want %q", faults, tt.want)
			}
		})
	}
}

// A task is tried no more often than its Retry says.
func TestFaultsCountAttempts(t *testing.T) {
	t.Parallel()
	tree, findings := asl.Parse([]byte(strings.Replace(definition, `"MaxAttempts":1`, `"MaxAttempts":0`, 1)))
	if tree == nil {
		t.Fatal(findings)
	}
	if faults := Faults(tree, sound()); len(faults) != 1 || !strings.Contains(faults[0], "tried again for the 1. time, of 0") {
		t.Errorf("%q", faults)
	}
}

func TestReadTakesWhatTheAPIShows(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	got, err := Read(api.HistoryEvent{
		Id: 3, PreviousEventId: new(int64(2)), Timestamp: at, Type: "MapIterationStarted",
		MapIterationStartedEventDetails: &api.MapIterationEventDetails{Name: new("M"), Index: new(int32(4))},
	})
	if want := (Event{ID: 3, Prev: 2, At: at, Type: "MapIterationStarted", Name: "M", Index: 4}); err != nil || got != want {
		t.Errorf("%+v %v, want %+v", got, err, want)
	}
	if _, err := Read(json.RawMessage(`{"Id":"three"}`)); err == nil {
		t.Error("no fault found in an id that is no number")
	}
}
