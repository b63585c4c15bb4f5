package history

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// sound is a history of a task that is retried once.
func sound() []types.HistoryEvent {
	event := func(id, previous int64, kind types.HistoryEventType) types.HistoryEvent {
		return types.HistoryEvent{Id: id, PreviousEventId: previous, Type: kind}
	}
	events := []types.HistoryEvent{
		event(1, 0, "ExecutionStarted"), event(2, 0, "TaskStateEntered"), event(3, 2, "TaskScheduled"), event(4, 3, "TaskStarted"),
		event(5, 4, "TaskFailed"), event(6, 5, "TaskScheduled"), event(7, 6, "TaskStarted"), event(8, 7, "TaskSucceeded"),
		event(9, 8, "TaskStateExited"), event(10, 9, "ExecutionSucceeded"),
	}
	events[1].StateEnteredEventDetails = &types.StateEnteredEventDetails{Name: new("T")}
	events[8].StateExitedEventDetails = &types.StateExitedEventDetails{Name: new("T")}
	return events
}

func TestFaults(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		spoil func(e []types.HistoryEvent) []types.HistoryEvent
		want  string // "" means sound
	}{
		"sound":           {spoil: func(e []types.HistoryEvent) []types.HistoryEvent { return e }},
		"a gap":           {spoil: func(e []types.HistoryEvent) []types.HistoryEvent { e[4].Id = 17; return e }, want: "its number should be 5"},
		"follows later":   {spoil: func(e []types.HistoryEvent) []types.HistoryEvent { e[4].PreviousEventId = 9; return e }, want: "follows 9"},
		"follows nothing": {spoil: func(e []types.HistoryEvent) []types.HistoryEvent { e[4].PreviousEventId = 0; return e }, want: "follows nothing"},
		"no end":          {spoil: func(e []types.HistoryEvent) []types.HistoryEvent { return e[:9] }, want: "ends once"},
		"ends twice":      {spoil: func(e []types.HistoryEvent) []types.HistoryEvent { e[8].Type = "ExecutionSucceeded"; return e }, want: "ends once"},
		"started unasked": {spoil: func(e []types.HistoryEvent) []types.HistoryEvent { e[3].PreviousEventId = 2; return e }, want: "follows TaskStateEntered"},
		"finished twice":  {spoil: func(e []types.HistoryEvent) []types.HistoryEvent { e[7].PreviousEventId = 4; return e }, want: "event 5 follows 4, too"},
		"never left":      {spoil: func(e []types.HistoryEvent) []types.HistoryEvent { e[8].StateExitedEventDetails = nil; return e }, want: "T is never left"},
		"left, not entered": {spoil: func(e []types.HistoryEvent) []types.HistoryEvent {
			e[8].StateExitedEventDetails.Name = new("U")
			return e
		}, want: "U was not entered"},
		"a map cut short": {spoil: func(e []types.HistoryEvent) []types.HistoryEvent {
			e[1].Type, e[8].Type = "MapStateEntered", "MapStateExited"
			e[2].Type, e[2].MapStateStartedEventDetails = "MapStateStarted", &types.MapStateStartedEventDetails{Length: 2}
			for i := 3; i < 8; i++ {
				e[i].Type = "WaitStateExited"
			}
			e[3].Type, e[3].MapIterationStartedEventDetails = "MapIterationStarted", &types.MapIterationEventDetails{Name: new("T")}
			e[4].Type, e[4].MapIterationSucceededEventDetails = "MapIterationSucceeded", &types.MapIterationEventDetails{Name: new("T")}
			return e
		}, want: "map T has 2 iterations: 1 started, 1 succeeded"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := strings.Join(Faults(tt.spoil(sound())), "; ")
			if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
				t.Errorf("faults %q, want %q", got, tt.want)
			}
		})
	}
}
