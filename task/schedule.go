package task

import (
	"cmp"
	"container/heap"
	"slices"
	"time"
)

// Bounds of what a node keeps in memory, whatever is in the store.
const (
	maxTimers = 32 << 10 // tasks that are not yet due
	lowTimers = maxTimers / 16
	maxReady  = 32 << 10 // tasks that are due, of all owners
	maxLane   = 512      // tasks that are due, of one owner
	lowLane   = maxLane / 4
)

// place is a task's place in the index by time.
type place struct {
	due time.Time
	id  ID
}

// compare orders places as their keys are ordered.
func (p place) compare(o place) int {
	if c := p.due.Compare(o.due); c != 0 {
		return c
	}
	return cmp.Compare(p.id, o.id)
}

// entry is a task that a node knows of. It is in the timers, in its lane, or
// busy (being claimed or run).
type entry struct {
	place
	owner string
	lane  *lane // nil in the timers
	busy  bool
}

// lane is what is due of one owner, in order.
type lane struct {
	owner   string
	ready   []*entry
	running int
	listed  bool  // it is in schedule.ring
	more    bool  // the store has more that is due, from the place from
	from    place // no task before it is missing here
}

// schedule is what one node knows of the tasks: the earliest timers, and the
// first tasks that are due of each owner. It is a hint, and it is bounded: what
// does not fit is forgotten in a way that says where in the store to find it.
//
// The task at or before cursor (any, if complete) is known, or behind its
// lane's from while the lane has more, or its news has not been read.
type schedule struct {
	known    map[ID]*entry
	timers   timerHeap
	lanes    map[string]*lane
	ring     []*lane            // those with something ready, in the order of their turns
	short    map[*lane]struct{} // those with more in the store
	ready    int                // entries in lanes
	cursor   place
	complete bool
}

// newSchedule returns one that knows nothing.
func newSchedule() *schedule {
	return &schedule{known: make(map[ID]*entry), lanes: make(map[string]*lane), short: make(map[*lane]struct{})}
}

// admit takes note of a task that is at p in the index.
func (s *schedule) admit(p place, owner string, now time.Time) {
	if _, known := s.known[p.id]; known {
		return
	}
	if !s.complete && p.compare(s.cursor) > 0 {
		return // it is read when its time comes near
	}
	if !p.due.After(now) {
		s.line(p, owner)
		return
	}
	e := &entry{place: p, owner: owner}
	s.known[p.id] = e
	heap.Push(&s.timers, e)
	if len(s.timers) > maxTimers {
		s.shrink()
	}
}

// remind takes note of a task that is to be looked at again, though its place
// in the index is before the cursor. If memory is short it is left to a sweep.
func (s *schedule) remind(e *entry, at, now time.Time) {
	if !at.After(now) {
		s.line(e.place, e.owner)
		return
	}
	if _, known := s.known[e.id]; known || len(s.timers) >= maxTimers {
		return
	}
	again := &entry{place: place{at, e.id}, owner: e.owner}
	s.known[e.id] = again
	heap.Push(&s.timers, again)
}

// shrink forgets the later half of the timers.
func (s *schedule) shrink() {
	slices.SortFunc(s.timers, func(a, b *entry) int { return a.compare(b.place) }) // a sorted slice is a heap
	keep := maxTimers / 2
	for _, e := range s.timers[keep:] {
		s.forget(e)
	}
	clear(s.timers[keep:])
	s.timers = s.timers[:keep]
	s.rewind(s.timers[keep-1].place)
}

// rewind moves the cursor back to p.
func (s *schedule) rewind(p place) {
	if s.complete || p.compare(s.cursor) < 0 {
		s.cursor, s.complete = p, false
	}
}

// lane returns the lane of an owner.
func (s *schedule) lane(owner string) *lane {
	l := s.lanes[owner]
	if l == nil {
		l = &lane{owner: owner}
		s.lanes[owner] = l
	}
	return l
}

// line puts a task that is due into its owner's lane, or notes that it is there
// to be found later.
func (s *schedule) line(p place, owner string) {
	l := s.lane(owner)
	switch {
	case l.more && p.compare(l.from) >= 0:
		return // its turn comes with those before it
	case len(l.ready) >= maxLane, s.ready >= maxReady:
		s.overflow(l, p)
		return
	}
	e := &entry{place: p, owner: owner, lane: l}
	s.known[p.id] = e
	s.enqueue(e)
}

// enqueue puts a known entry at its lane's end.
func (s *schedule) enqueue(e *entry) {
	e.lane.ready = append(e.lane.ready, e)
	s.ready++
	if !e.lane.listed {
		e.lane.listed = true
		s.ring = append(s.ring, e.lane)
	}
}

// overflow notes that the lane's task at p is not in memory.
func (s *schedule) overflow(l *lane, p place) {
	if !l.more || p.compare(l.from) < 0 {
		l.more, l.from = true, p
		s.short[l] = struct{}{}
	}
}

// refill begins to read what a lane has in the store, from the place returned.
func (s *schedule) refill(l *lane) place {
	l.more = false
	delete(s.short, l)
	return l.from
}

// forget drops an entry that is in no list any more.
func (s *schedule) forget(e *entry) {
	if s.known[e.id] == e {
		delete(s.known, e.id)
	}
	if e.lane != nil {
		s.tidy(e.lane)
	}
}

// tidy drops a lane that has nothing to say.
func (s *schedule) tidy(l *lane) {
	if len(l.ready) == 0 && l.running == 0 && !l.more && !l.listed {
		delete(s.lanes, l.owner)
	}
}

// advance moves timers that have fallen due into their lanes.
func (s *schedule) advance(now time.Time) {
	for len(s.timers) > 0 && !s.timers[0].due.After(now) {
		e := heap.Pop(&s.timers).(*entry)
		s.forget(e)
		s.line(e.place, e.owner)
	}
}

// next returns when the next timer falls due.
func (s *schedule) next() (time.Time, bool) {
	if len(s.timers) == 0 {
		return time.Time{}, false
	}
	return s.timers[0].due, true
}

// wants tells whether more of the index should be read.
func (s *schedule) wants() bool {
	return !s.complete && len(s.timers) < lowTimers && s.ready < maxReady/2
}

// hungry returns the lanes that should be refilled from the store.
func (s *schedule) hungry() []*lane {
	if s.ready >= maxReady {
		return nil
	}
	var out []*lane
	for l := range s.short {
		if len(l.ready) <= lowLane {
			out = append(out, l)
		}
	}
	return out
}

// pick takes up to free entries to be claimed, one from each lane in turn. A
// lane may have as many running as would be left free without it (but one in
// any case): so n busy owners have 1/(n+1) of the workers each, and as much
// stays free for whoever comes next.
func (s *schedule) pick(free int) []*entry {
	var out []*entry
	for idle := 0; free > 0 && idle < len(s.ring); {
		l := s.ring[0]
		s.ring = s.ring[1:]
		if l.running > 0 && l.running >= free {
			s.ring = append(s.ring, l)
			idle++
			continue
		}
		idle = 0
		e := l.ready[0]
		l.ready[0] = nil
		l.ready = l.ready[1:]
		s.ready--
		l.running++
		free--
		e.busy = true
		out = append(out, e)
		if len(l.ready) > 0 {
			s.ring = append(s.ring, l)
		} else {
			l.listed, l.ready = false, nil
		}
	}
	return out
}

// release ends what pick began.
func (s *schedule) release(e *entry) {
	e.lane.running--
	s.forget(e)
}

// reset forgets everything but what runs.
func (s *schedule) reset() {
	s.timers, s.ring, s.ready = nil, nil, 0
	clear(s.short)
	s.cursor, s.complete = place{}, false
	for id, e := range s.known {
		if !e.busy {
			delete(s.known, id)
		}
	}
	for owner, l := range s.lanes {
		l.ready, l.listed, l.more = nil, false, false
		if l.running == 0 {
			delete(s.lanes, owner)
		}
	}
}

// timerHeap has the earliest entry first.
type timerHeap []*entry

func (h timerHeap) Len() int           { return len(h) }
func (h timerHeap) Less(i, j int) bool { return h[i].compare(h[j].place) < 0 }
func (h timerHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }

// Push is for container/heap.
func (h *timerHeap) Push(x any) { *h = append(*h, x.(*entry)) }

// Pop is for container/heap.
func (h *timerHeap) Pop() any {
	old := *h
	e := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return e
}
