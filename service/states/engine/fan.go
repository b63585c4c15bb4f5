package engine

import (
	"errors"
	"fmt"

	"maru.dev/maru/pattern/value"
	"maru.dev/maru/service/states/asl"
	"maru.dev/maru/service/states/flow"
	"maru.dev/maru/service/states/history"
)

// parallel starts the branches of a Parallel state.
func (t *Turn) parallel(th *Thread, s *flow.Scope) error {
	args, err := flow.Arguments(t.Ctx, s)
	if err != nil {
		return err
	}
	input := t.outputOf(th, s, args)
	started := t.tell(th, history.Event{Type: history.ParallelStateStarted})
	branches := s.State.Parallel.Branches
	th.Phase = Spread
	th.Fan = &Fan{Started: started, Length: len(branches), Begun: len(branches), Live: len(branches), Results: make([]int64, len(branches))}
	if input.Event == 0 { // the first branch to be entered would hold it; all must be able to name it
		t.Events[len(t.Events)-1].Data = input.Text
		input.Event = started
		t.remember(input)
	}
	for i, b := range branches {
		t.ready = append(t.ready, t.spawn(th, i, b.StartAt, input.Event, started))
	}
	return nil
}

// mapped starts a Map state.
func (t *Turn) mapped(th *Thread, s *flow.Scope) error {
	settings, err := flow.MapSettingsOf(t.Ctx, s)
	if err != nil {
		return err
	}
	m := s.State.Map
	if m.Distributed {
		return t.distribute(th, s, settings)
	}
	items, err := flow.MapItems(t.Ctx, s)
	if err != nil {
		return err
	}
	f := &Fan{Length: len(items), Max: maxInline, Results: make([]int64, len(items))}
	if n := int(settings.MaxConcurrency); n > 0 && n < maxInline {
		f.Max = n
	}
	held, keyed := itemsValue(items)
	f.Keyed = keyed
	text := string(value.Text(held))
	e := history.Event{Type: history.MapStateStarted, Number: int64(len(items))}
	input, err := t.payload(th.Input)
	if err != nil {
		return err
	}
	if text == input.Text {
		e.Same = input.Event
		f.Started = t.tell(th, e)
		t.remember(&Payload{Event: f.Started, Text: text, Value: held})
	} else {
		f.Started = t.tellData(th, e, &Payload{Text: text, Value: held})
	}
	th.Phase, th.Fan = Spread, f
	if f.Length == 0 {
		return t.gather(th, s)
	}
	for f.Begun < f.Length && f.Live < f.Max {
		if err := t.iterate(th, s); err != nil {
			return err
		}
	}
	return nil
}

// itemsValue joins a map's items into the value that its event holds.
func itemsValue(items []flow.MapItem) (held any, keyed bool) {
	if len(items) > 0 && items[0].HasKey {
		o := value.NewObject(len(items))
		for _, it := range items {
			o.Set(it.Key, it.Value)
		}
		return o, true
	}
	list := make([]any, len(items))
	for i, it := range items {
		list[i] = it.Value
	}
	return list, false
}

// item returns one item of a map whose iterations run.
func (t *Turn) item(th *Thread, index int) (flow.MapItem, error) {
	p, err := t.payload(th.Fan.Started)
	if err != nil {
		return flow.MapItem{}, err
	}
	item := flow.MapItem{Index: int64(index)}
	switch held := p.Value.(type) {
	case []any:
		if index < len(held) {
			item.Value = held[index]
			return item, nil
		}
	case *value.Object:
		if names := held.Names(); index < len(names) {
			item.Key, item.HasKey = names[index], true
			item.Value, _ = held.Get(item.Key)
			return item, nil
		}
	}
	return item, fmt.Errorf("engine: event %d has no item %d", th.Fan.Started, index)
}

// iterate begins the next iteration of a Map state.
func (t *Turn) iterate(th *Thread, s *flow.Scope) error {
	f := th.Fan
	item, err := t.item(th, f.Begun)
	if err != nil {
		return err
	}
	input, err := flow.ItemInput(t.Ctx, s, item)
	if err != nil {
		return err
	}
	c := t.spawn(th, f.Begun, s.State.Map.Processor.StartAt, 0, f.Started)
	f.Begun++
	f.Live++
	t.tell(c, history.Event{Type: history.MapIterationStarted, Name: th.State, Number: int64(c.Index)})
	p := NewPayload(input)
	t.Events[len(t.Events)-1].Data = p.Text
	p.Event = c.Prev
	c.Input = p.Event
	t.remember(p)
	t.ready = append(t.ready, c)
	return nil
}

// join takes in what a branch has put out.
func (t *Turn) join(c *Thread, output *Payload) {
	parent := t.State.Thread(c.Parent)
	s, err := t.scope(parent)
	if err != nil {
		t.broken = err
		return
	}
	f := parent.Fan
	if s.State.Type == asl.TypeMap {
		t.tell(c, history.Event{Type: history.MapIterationSucceeded, Name: parent.State, Number: int64(c.Index)})
	}
	f.Results[c.Index] = output.Event
	f.Live--
	parent.Prev = c.Prev
	t.State.remove(c)
	switch {
	case f.Begun < f.Length:
		err = t.iterate(parent, s)
	case f.Live == 0:
		err = t.gather(parent, s)
	}
	if err != nil {
		t.failed(parent, s, err)
	}
}

// gather ends a Parallel or Map state all of whose branches have ended well.
func (t *Turn) gather(th *Thread, s *flow.Scope) error {
	results := make([]any, len(th.Fan.Results))
	for i, event := range th.Fan.Results {
		p, err := t.payload(event)
		if err != nil {
			return err
		}
		results[i] = p.Value
	}
	kind := history.MapStateSucceeded
	if s.State.Type == asl.TypeParallel {
		kind = history.ParallelStateSucceeded
	}
	return t.gathered(th, s, kind, results)
}

// gathered tells that a state's branches have succeeded, and leaves it. The
// event is passed by: the state's end follows on what came before. A state whose
// output cannot be made has failed only.
func (t *Turn) gathered(th *Thread, s *flow.Scope, kind history.Type, result any) error {
	out, err := flow.Complete(t.Ctx, s, result)
	if err != nil {
		return err
	}
	output := t.outputOf(th, s, out.Output)
	if len(output.Text) > MaxData {
		return flow.TooLarge(th.State)
	}
	before := th.Prev
	t.tell(th, history.Event{Type: kind})
	th.Prev = before
	t.exit(th, s, out, output)
	return nil
}

// distribute begins a distributed map.
func (t *Turn) distribute(th *Thread, s *flow.Scope, settings flow.MapSettings) error {
	m := s.State.Map
	r := MapRun{
		Thread: th, State: s.State, MaxConcurrency: settings.MaxConcurrency,
		ToleratedFailureCount: settings.ToleratedFailureCount, ToleratedFailurePercentage: settings.ToleratedFailurePercentage,
		HasCount: settings.HasCount, HasPercentage: settings.HasPercentage,
	}
	length := 0
	if m.ItemReader == nil {
		items, err := flow.MapItems(t.Ctx, s)
		if err != nil {
			return err
		}
		held, _ := itemsValue(items)
		r.Items, length = value.Text(held), len(items)
	}
	t.tell(th, history.Event{Type: history.MapStateStarted, Number: int64(length)})
	th.Phase = Mapping
	run, err := t.MapRun(r)
	if err != nil {
		return err
	}
	th.Run = run
	t.tell(th, history.Event{Type: history.MapRunStarted, Resource: run})
	return nil
}

// MapRunEnded goes on with a distributed map whose run has ended: with what it
// results in, or a failure.
func (t *Turn) MapRunEnded(thread int64, run string, result any, f *flow.Failure) error {
	th := t.State.Thread(thread)
	if th == nil || th.Phase != Mapping || th.Run != run {
		return ErrStale
	}
	s, err := t.scope(th)
	if err != nil {
		return err
	}
	th.Phase = Spread // it needs no stopping any more
	if f != nil {
		t.tell(th, history.Event{Type: history.MapRunFailed, Error: nameOf(f), Cause: &f.Cause})
		t.fail(th, s, f)
		return t.goOnWith(th)
	}
	t.tell(th, history.Event{Type: history.MapRunSucceeded})
	if err := t.gathered(th, s, history.MapStateSucceeded, result); err != nil {
		t.failed(th, s, err)
	}
	return t.goOnWith(th)
}

// Scope returns what the state of a thread is evaluated with: for the reader,
// the items and the writer of its map run.
func (t *Turn) Scope(thread int64) (*flow.Scope, error) {
	th := t.State.Thread(thread)
	if th == nil {
		return nil, errors.New("engine: no such thread")
	}
	return t.scope(th)
}
