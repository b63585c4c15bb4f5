package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"maru.dev/maru/pattern/value"
	"maru.dev/maru/service/states/asl"
	"maru.dev/maru/service/states/flow"
	"maru.dev/maru/service/states/history"
)

// memory is a Host that keeps everything in memory, and whose work waits to be
// picked.
type memory struct {
	events []history.Event
	works  map[string]Work
	next   int
}

func (m *memory) Load(event int64) (*Payload, error) {
	if same := m.events[event-1].Same; same != 0 {
		return m.Load(same)
	}
	return ParsePayload(event, m.events[event-1].Data)
}

func (m *memory) Assigned(event int64) (*value.Object, error) {
	v, err := value.Parse([]byte(m.events[event-1].Assigned))
	return v.(*value.Object), err
}

func (m *memory) Context() (*value.Object, error) {
	return flow.ExecutionContext(flow.Execution{Name: "x"}), nil
}

func (m *memory) Later(w Work) (string, error) {
	m.next++
	id := fmt.Sprint(m.next)
	m.works[id] = w
	return id, nil
}

func (m *memory) Cancel(work string) error               { delete(m.works, work); return nil }
func (m *memory) Check(*asl.Resource, any) *flow.Failure { return nil }
func (m *memory) Token(t *Thread) string                 { return fmt.Sprint(t.ID) }
func (m *memory) Offer(string, *Thread) error            { return nil }
func (m *memory) MapRun(MapRun) (string, error)          { return "run", nil }
func (m *memory) StopMapRun(string) error                { return nil }
func (m *memory) RedriveMapRun(string) (int64, error)    { return 0, nil }

// projected is what of a thread the history tells.
type projected struct {
	id, prev, input, entered int64
	state                    string
	vars                     string
}

// project is what of a state the history tells.
func project(s *State) []string {
	out := []string{fmt.Sprint("next ", s.Next)}
	for _, th := range s.Threads {
		vars := slices.Clone(th.Vars)
		slices.SortFunc(vars, func(a, b Variable) int { return strings.Compare(a.Name, b.Name) })
		p := projected{th.ID, th.Prev, th.Input, th.Entered, th.State, fmt.Sprint(vars)}
		if th.Fan != nil {
			p.prev = 0 // a parent's chain goes on with its branches'
		}
		out = append(out, fmt.Sprintf("%+v", p))
	}
	return out
}

// fold tells the state from the history alone.
func fold(events []history.Event, all map[string]*asl.State) []string {
	threads := make(map[int64]*projected)
	vars := make(map[int64]map[string]int64)
	fans := make(map[int64]bool)
	source := func(e *history.Event) int64 {
		if e.Same != 0 {
			return e.Same
		}
		return e.ID
	}
	for i := range events {
		e := &events[i]
		if e.Thread == 0 {
			continue
		}
		th, ok := threads[e.Thread]
		if !ok {
			th = &projected{id: e.Thread}
			threads[e.Thread] = th
		}
		th.prev = e.ID
		name := e.Type.String()
		switch {
		case strings.HasSuffix(name, "StateEntered"):
			th.state, th.entered, th.input = e.Name, e.ID, source(e)
		case strings.HasSuffix(name, "StateExited"):
			if e.Assigned != "" {
				if vars[e.Thread] == nil {
					vars[e.Thread] = make(map[string]int64)
				}
				v, _ := value.Parse([]byte(e.Assigned))
				for n := range v.(*value.Object).All() {
					vars[e.Thread][n] = e.ID
				}
			}
			fans[e.Thread] = false
			if s := all[e.Name]; s.End {
				delete(threads, e.Thread)
			} else if s.Next != "" {
				th.state, th.entered, th.input = s.Next, 0, source(e)
			}
		case name == "ParallelStateStarted", name == "MapStateStarted":
			fans[e.Thread] = true
		case name == "MapIterationSucceeded":
			delete(threads, e.Thread)
		}
	}
	out := []string{fmt.Sprint("next ", len(events)+1)}
	ids := make([]int64, 0, len(threads))
	for id := range threads {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		th := threads[id]
		if fans[id] {
			th.prev = 0
		}
		var list []Variable
		for n, e := range vars[id] {
			list = append(list, Variable{n, e})
		}
		slices.SortFunc(list, func(a, b Variable) int { return strings.Compare(a.Name, b.Name) })
		if list == nil {
			list = []Variable{}
		}
		th.vars = fmt.Sprint(list)
		out = append(out, fmt.Sprintf("%+v", *th))
	}
	return out
}

// walk is a workflow with branches, iterations, waits and variables.
const walk = `{"StartAt":"A","States":{
	"A":{"Type":"Pass","Assign":{"x":1},"Next":"W"},
	"W":{"Type":"Wait","Seconds":5,"Next":"P"},
	"P":{"Type":"Parallel","Branches":[
		{"StartAt":"B","States":{"B":{"Type":"Task","Resource":"arn:aws:lambda:us-east-1:000000000000:function:f","Assign":{"y":2},"Next":"C"},"C":{"Type":"Wait","Seconds":3,"End":true}}},
		{"StartAt":"M","States":{"M":{"Type":"Map","ItemsPath":"$.l","MaxConcurrency":2,"ItemProcessor":{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"arn:aws:lambda:us-east-1:000000000000:function:f","Next":"V"},"V":{"Type":"Pass","Assign":{"z.$":"$"},"Next":"U"},"U":{"Type":"Wait","Seconds":1,"End":true}}},"End":true}}}
	],"Assign":{"x":3},"ResultPath":"$.p","Next":"E"},
	"E":{"Type":"Task","Resource":"arn:aws:lambda:us-east-1:000000000000:function:f","End":true}}}`

// At each moment of an execution, whichever of its works comes first, the history
// tells the state.
func TestHistoryTellsTheState(t *testing.T) {
	t.Parallel()
	tree, findings := asl.Parse([]byte(walk))
	if tree == nil {
		t.Fatal(findings)
	}
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 1))
		m := &memory{works: make(map[string]Work)}
		state := &State{}
		now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		turn := func(how func(t *Turn) error) Status {
			now = now.Add(time.Duration(random.IntN(5)-1) * time.Second) // the clock may be set back
			tn := &Turn{
				Host: m, Ctx: context.Background(), Machine: tree, All: tree.All, State: state, Status: Running, Now: now, Random: random.Float64,
				UUID: func() string { return "00000000-0000-4000-8000-000000000000" },
			}
			if err := how(tn); err != nil && !errors.Is(err, ErrStale) {
				t.Fatal(seed, err)
			}
			m.events = append(m.events, tn.Events...)
			return tn.Status
		}
		input, err := ParsePayload(0, `{"l":[1,2,3]}`)
		if err != nil {
			t.Fatal(err)
		}
		status := turn(func(t *Turn) error { return t.Start(history.Event{}, input) })
		for status == Running {
			if got, want := project(state), fold(m.events, tree.All); !slices.Equal(got, want) {
				t.Fatalf("seed %d, after %d events\nstate %v\n fold %v", seed, len(m.events), got, want)
			}
			ids := make([]string, 0, len(m.works))
			for id := range m.works {
				ids = append(ids, id)
			}
			slices.Sort(ids)
			if len(ids) == 0 {
				t.Fatal(seed, "nothing left to do")
			}
			id := ids[random.IntN(len(ids))]
			w := m.works[id]
			delete(m.works, id)
			status = turn(func(t *Turn) error {
				if w.Kind == WorkCall {
					return t.Called(w.Thread, w.Event, value.Of("r", int64(1)), nil)
				}
				return t.Waited(w.Thread, w.Event)
			})
		}
		if !slices.IsSortedFunc(m.events, func(a, b history.Event) int { return cmp.Compare(a.At, b.At) }) {
			t.Fatal(seed, "an event is older than the one before")
		}
		if status != Succeeded || len(state.Threads) != 0 {
			t.Fatal(seed, status, project(state))
		}
		for i := range m.events {
			if m.events[i].ID != int64(i+1) {
				t.Fatal(seed, "ids have gaps")
			}
		}
	}
}
