package credible

import (
	"slices"
	"strings"
	"time"

	"maru.dev/maru/service/states/asl"
)

// maxInline is how many iterations of an inline map run at a time.
const maxInline = 40

// state is the state that an event's name is of.
func (c *check) state(e *Event) *asl.State {
	s := c.tree.All[e.Name]
	if s == nil {
		c.wrong(e, "there is no such state")
	}
	return s
}

// entered sees that a state is entered from where the definition has it.
func (c *check) entered(e *Event) {
	s := c.state(e)
	if s == nil {
		return
	}
	if kind := strings.TrimSuffix(e.Type, "StateEntered"); kind != string(s.Type) {
		c.wrong(e, "the state is a %s", s.Type)
	}
	p := c.at(e.Prev)
	switch {
	case c.redrawn:
	case p == nil:
		if e.Name != c.tree.StartAt {
			c.wrong(e, "the machine starts at %s", c.tree.StartAt)
		}
	case strings.HasSuffix(p.Type, "StateExited"):
		if from := c.tree.All[p.Name]; from == nil || !slices.Contains(targets(from), e.Name) {
			c.wrong(e, "%s does not lead here", p.Name)
		}
		if p.Data != e.Data {
			c.wrong(e, "its input is not the output of event %d", p.ID)
		}
	case p.Type == "ParallelStateStarted":
		if s.Parent == nil || s.Parent.Type != asl.TypeParallel || s.Machine.StartAt != e.Name || c.entryOf(p, s.Parent.Name) == nil {
			c.wrong(e, "no branch of the state starts here")
		}
	case p.Type == "MapIterationStarted":
		if s.Parent == nil || s.Parent.Name != p.Name || s.Machine.StartAt != e.Name {
			c.wrong(e, "the iteration does not start here")
		}
	default:
		c.wrong(e, "it follows %s", p.Type)
	}
}

// targets are the states that a state can lead to.
func targets(s *asl.State) []string {
	to := []string{s.Next}
	for _, c := range s.Catch {
		to = append(to, c.Next)
	}
	if s.Choice != nil {
		to = append(to, s.Choice.Default)
		for _, r := range s.Choice.Rules {
			to = append(to, r.Next)
		}
	}
	return to
}

// entryOf is the event with which the state of a name was last entered before e,
// in e's chain.
func (c *check) entryOf(e *Event, name string) *Event {
	return c.back(e, func(p *Event) bool { return strings.HasSuffix(p.Type, "StateEntered") && p.Name == name })
}

// exited sees that a state was entered before it is left, and a wait sat out.
func (c *check) exited(e *Event) {
	s := c.state(e)
	if s == nil {
		return
	}
	in := c.entryOf(e, e.Name)
	if in == nil {
		c.wrong(e, "its chain has not entered the state")
		return
	}
	if s.Type != asl.TypeWait || s.Wait.Seconds == nil || s.Wait.Seconds.Kind != asl.Constant {
		return
	}
	if seconds, ok := s.Wait.Seconds.Value.(int64); ok && e.At.Sub(in.At) < time.Duration(seconds)*time.Second {
		c.wrong(e, "the state waits for %d s, but was left after %v", seconds, e.At.Sub(in.At))
	}
}

// attempt sees that a task is tried no more often than its Retry says, and not
// before a delay is over.
func (c *check) attempt(e *Event) {
	tries, failed := int64(0), c.at(e.Prev)
	in := c.back(e, func(p *Event) bool {
		if strings.HasSuffix(p.Type, "Scheduled") {
			tries++
		}
		return p.Type == "TaskStateEntered"
	})
	if in == nil {
		c.wrong(e, "its chain has not entered a Task state")
		return
	}
	s := c.state(in)
	if s == nil || tries == 0 || c.redrawn {
		return
	}
	allowed, delay := int64(0), int64(1<<32)
	for _, r := range s.Retry {
		allowed += r.MaxAttempts
		if delay = min(delay, r.IntervalSeconds); r.FullJitter {
			delay = 0
		}
	}
	if tries > allowed {
		c.wrong(e, "it is tried again for the %d. time, of %d", tries, allowed)
	}
	if took := e.At.Sub(failed.At); tries <= allowed && took < time.Duration(delay)*time.Second {
		c.wrong(e, "it is tried again after %v", took)
	}
}

// ends sees that what succeeds has come to its last state: the execution's, or
// that of a branch or iteration of a state.
func (c *check) ends(e *Event, of *asl.State) {
	p := c.at(e.Prev)
	if p == nil || !strings.HasSuffix(p.Type, "StateExited") {
		c.wrong(e, "it follows no state's end")
		return
	}
	if s := c.state(p); s != nil && (!s.End || s.Parent != of) {
		c.wrong(e, "state %s is not the last", s.Name)
	}
}

// iterations sees that a map's iterations have a place each, no more of them at a
// time than allowed.
func (c *check) iterations(start *Event) {
	in := c.back(start, func(p *Event) bool { return p.Type == "MapStateEntered" })
	if in == nil {
		c.wrong(start, "its chain has not entered a Map state")
		return
	}
	s := c.state(in)
	if s == nil || s.Map == nil || s.Map.Distributed {
		return
	}
	limit := maxInline
	if m := s.Map.MaxConcurrency; m != nil && m.Kind == asl.Constant {
		if n, ok := m.Value.(int64); ok && n > 0 {
			limit = min(limit, int(n))
		}
	}
	seen, running := make(map[int64]bool), 0
	for i := start.ID; i < int64(len(c.events)); i++ {
		e := &c.events[i]
		switch {
		case e.Type == "MapIterationStarted" && e.Prev == start.ID:
			if running++; running > limit && !c.redrawn {
				c.wrong(e, "%d iterations run, of %d", running, limit)
			}
			if seen[e.Index] || e.Index >= start.Length || e.Name != s.Name {
				c.wrong(e, "there is no iteration %d to start", e.Index)
			}
			seen[e.Index] = true
		case strings.HasPrefix(e.Type, "MapIteration") && e.Type != "MapIterationStarted" && c.startOf(e) == start.ID:
			running--
			if e.Type == "MapIterationSucceeded" {
				c.ends(e, s)
			}
		}
	}
}

// startOf is the id of the MapStateStarted that the end of an iteration belongs to.
func (c *check) startOf(e *Event) int64 {
	i := c.back(e, func(p *Event) bool {
		return p.Type == "MapIterationStarted" && p.Name == e.Name && p.Index == e.Index
	})
	if i == nil {
		return 0
	}
	return i.Prev
}

// mapEnded sees that all iterations of a map have succeeded that has.
func (c *check) mapEnded(e *Event) {
	last := c.at(e.Prev)
	if last == nil || last.Type == "MapRunSucceeded" {
		return
	}
	start := last
	if last.Type == "MapIterationSucceeded" {
		start = c.at(c.startOf(last))
	}
	if start == nil || start.Type != "MapStateStarted" {
		c.wrong(e, "it follows %s", last.Type)
		return
	}
	done := make(map[int64]bool)
	for i := start.ID; i < e.ID; i++ {
		if o := &c.events[i]; o.Type == "MapIterationSucceeded" && c.startOf(o) == start.ID {
			done[o.Index] = true
		}
	}
	if int64(len(done)) != start.Length && !c.redrawn {
		c.wrong(e, "%d of %d iterations have succeeded", len(done), start.Length)
	}
}

// parallelEnded sees that all branches of a Parallel state have ended that has
// succeeded.
func (c *check) parallelEnded(e *Event) {
	last := c.at(e.Prev)
	if last == nil || !strings.HasSuffix(last.Type, "StateExited") {
		c.wrong(e, "it follows no state's end")
		return
	}
	s := c.state(last)
	if s == nil || s.Parent == nil || s.Parent.Type != asl.TypeParallel {
		c.wrong(e, "state %s is in no branch", last.Name)
		return
	}
	of := s.Parent
	c.ends(e, of)
	in := c.entryOf(e, of.Name)
	ended := make(map[*asl.Machine]bool)
	for i := range e.ID - 1 {
		o := &c.events[i]
		if !strings.HasSuffix(o.Type, "StateExited") {
			continue
		}
		if b := c.tree.All[o.Name]; b != nil && b.End && b.Parent == of && c.entryOf(o, of.Name) == in {
			ended[b.Machine] = true
		}
	}
	if len(ended) != len(of.Parallel.Branches) {
		c.wrong(e, "%d of %d branches have ended", len(ended), len(of.Parallel.Branches))
	}
}
