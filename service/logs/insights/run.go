package insights

import (
	"hash/maphash"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"maru.dev/maru/service/logs/pick"
	"maru.dev/maru/service/share"
)

// Execution runs a query. Workers take events in any order and at the same time;
// Results may be asked for at any time.
type Execution struct {
	query  *Query
	limit  int
	prefix []command // what is done to each event
	rest   []command // what is done to all that was collected
	fresh  func() collector
	maybe  func(text string) bool

	over  atomic.Bool // see Over
	ended atomic.Bool
	share *share.Share

	mu      sync.Mutex
	workers []*Worker
}

// maxShared is how many bytes all queries of a process hold together.
const maxShared = 512 << 20

// NewPool returns the memory that the queries of a process share.
func NewPool() *share.Pool { return share.NewPool(maxShared) }

// Over says that what the query asks for does not fit into memory: what Results
// returns lacks some of it.
func (x *Execution) Over() bool { return x.over.Load() }

// End has workers leave what they are at.
func (x *Execution) End() { x.ended.Store(true) }

// Close gives back the memory that the query has taken. No worker is at work.
func (x *Execution) Close() { x.share.Leave() }

// Begin prepares a query to be run with a share of memory, until Close. It returns
// limit rows at most.
func (q *Query) Begin(limit int, memory *share.Pool) *Execution {
	x := &Execution{query: q, limit: limit, share: memory.Join()}
	seed := maphash.MakeSeed()
	commands := slices.Clone(q.commands)
	for i := 0; i < len(commands); i++ {
		switch c := commands[i].(type) {
		case statsCommand:
			x.rest, x.fresh = commands[i+1:], func() collector { return newTable(c, seed) }
		case patternCommand:
			x.rest, x.fresh = commands[i+1:], func() collector { return newClusters(c, q.diff != nil) }
		case sortCommand, dedupCommand, limitCommand:
			if _, ok := c.(sortCommand); ok && aggregatesNext(commands[i+1:]) {
				continue // the order of what is aggregated does not matter
			}
			x.order(commands[i:])
		case filterCommand:
			c.maybe = x.needle(c.cond)
			x.prefix = append(x.prefix, c)
			continue
		default:
			x.prefix = append(x.prefix, c)
			continue
		}
		break
	}
	if x.fresh == nil {
		x.order(nil)
	}
	return x
}

// aggregatesNext says whether all records are aggregated before any is dropped.
func aggregatesNext(commands []command) bool {
	for _, c := range commands {
		switch c.(type) {
		case statsCommand, patternCommand:
			return true
		case limitCommand, dedupCommand:
			return false
		}
	}
	return false
}

// order makes the collector of the first records for commands that begin with a
// sort, dedup or limit, and leaves it to Results to do the rest.
func (x *Execution) order(commands []command) {
	o := ordered{most: x.limit}
	if len(commands) > 0 {
		if c, ok := commands[0].(sortCommand); ok {
			o.sort = c.keys
			commands = commands[1:]
		}
	}
	if len(commands) > 0 {
		if c, ok := commands[0].(dedupCommand); ok {
			o.dedup = c.of
			commands = commands[1:]
		}
	}
	limited := false
scan:
	for _, c := range commands {
		switch c := c.(type) {
		case limitCommand:
			limited = true
			o.most = c.n
			break scan
		case fieldsCommand, parseCommand:
		default:
			break scan
		}
	}
	if !limited && len(commands) > 0 {
		o.most = 10 * MaxResults // not all that is collected is returned
	}
	x.rest = commands
	x.fresh = func() collector { c := o; return &c }
}

// Window is a span of time that has to be searched, in milliseconds; both ends
// are included.
type Window struct {
	From, To int64
	Before   bool // it is what diff compares with
}

// Windows are the spans of time that a query about one has to search.
func (q *Query) Windows(from, to int64) []Window {
	out := []Window{{From: from, To: to}}
	if q.diff == nil {
		return out
	}
	back := func(ms int64) int64 {
		if q.diff.length {
			return ms - (to - from) - 1
		}
		return time.UnixMilli(ms).UTC().AddDate(0, -q.diff.months, -q.diff.days).UnixMilli()
	}
	return append(out, Window{From: back(from), To: back(to), Before: true})
}

// Maybe says whether any of many messages, one behind another, may be among the
// results. It is wrong only by saying so when none is.
func (x *Execution) Maybe(text string) bool { return x.maybe == nil || x.maybe(text) }

// Worker takes events, one at a time.
type Worker struct {
	x       *Execution
	mu      sync.Mutex
	into    collector
	matched int64
	record  record
	locked  bool         // mu is
	held    int          // of the query's share, in bytes
	turns   int64        // see Going
	picked  []pick.Value // what the record has to put its members in
}

// Worker returns a new worker.
func (x *Execution) Worker() *Worker {
	w := &Worker{x: x, into: x.fresh(), picked: x.query.members.room()}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.workers = append(x.workers, w)
	return w
}

// Lock is held while events are added, so that Results sees none of them half.
func (w *Worker) Lock() {
	w.mu.Lock()
	w.locked = true
}

// Unlock lets Results in.
func (w *Worker) Unlock() {
	w.locked = false
	w.mu.Unlock()
}

// Going says whether to go on. It lets Results in now and then: who asks for them
// is not to wait for all events that are at hand.
func (w *Worker) Going() bool {
	if w.turns++; w.turns%64 == 0 && w.locked {
		w.Unlock()
		w.Lock()
	}
	return !w.x.ended.Load()
}

// Add takes an event into account. It keeps nothing of it.
func (w *Worker) Add(e *Event) {
	w.record = record{event: e, members: w.x.query.members, picked: w.picked}
	steps(w.x.prefix, &w.record, w.Going, func(r *record) {
		w.matched++
		w.into.add(r)
	})
	fits := !w.into.over()
	if held := w.into.weight(); held != w.held {
		fits = w.x.share.Take(int64(held-w.held)) && fits
		w.held = held
	}
	if !fits {
		w.x.over.Store(true)
	}
}

// steps does to a record what commands say, each of which looks at one record
// alone, and gives what comes of it. A record may become very many, so it asks
// whether to go on with them.
func steps(commands []command, r *record, going func() bool, give func(*record)) {
	for i, c := range commands {
		switch c := c.(type) {
		case filterCommand:
			if c.maybe != nil && r.event != nil && !c.maybe(r.event.Message) || !c.cond.eval(r).true() {
				return
			}
		case fieldsCommand:
			c.apply(r)
		case parseCommand:
			c.apply(r)
		case unnestCommand:
			l, ok := c.of.eval(r).any.([]any)
			if !ok {
				continue
			}
			for _, x := range l {
				if !going() {
					return
				}
				one := new(*r)
				one.set = make(map[string]value, len(r.set)+1)
				for name, v := range r.set {
					one.set[name] = v
				}
				one.put(c.name, fromJSON(x))
				steps(commands[i+1:], one, going, give)
			}
			return
		}
	}
	give(r)
}

func (c fieldsCommand) apply(r *record) {
	for _, n := range c.list {
		if f, ok := n.expr.(field); ok && f.name == n.name {
			continue // what is there already
		}
		r.put(n.name, n.expr.eval(r))
	}
}

func (c parseCommand) apply(r *record) {
	v := c.of.eval(r)
	if v.kind == missing {
		return
	}
	for i, s := range c.parts(v.String()) {
		r.put(c.names[i], textValue(s))
	}
}

// Field is a column of a result.
type Field struct{ Name, Value string }

// Results returns the rows so far, and how many events have matched.
func (x *Execution) Results() (rows [][]Field, matched int64) {
	x.mu.Lock()
	workers := slices.Clone(x.workers)
	x.mu.Unlock()
	all := x.fresh()
	for _, w := range workers {
		w.mu.Lock()
		all.merge(w.into)
		matched += w.matched
		w.mu.Unlock()
	}
	list := all.records()
	if all.over() {
		x.over.Store(true)
	}
	for _, c := range x.rest {
		list = x.applyAll(c, list)
	}
	if len(list) > x.limit {
		list = list[:x.limit]
	}
	rows = make([][]Field, 0, len(list))
	for _, r := range list {
		if row := x.query.render(r); len(row) > 0 {
			rows = append(rows, row)
		}
	}
	return rows, matched
}

// applyAll does to all records what a command says.
func (x *Execution) applyAll(c command, list []*record) []*record {
	switch c := c.(type) {
	case sortCommand:
		slices.SortStableFunc(list, func(a, b *record) int {
			for _, k := range c.keys {
				if n := compare(k.expr.eval(a), k.expr.eval(b)); n != 0 {
					if k.desc {
						return -n
					}
					return n
				}
			}
			return 0
		})
		return list
	case limitCommand:
		return list[:min(c.n, len(list))]
	case dedupCommand:
		seen := make(map[string]bool)
		return slices.DeleteFunc(list, func(r *record) bool {
			key := sameness(c.of, r)
			again := key != "" && seen[key]
			seen[key] = true
			return again
		})
	case statsCommand:
		return x.collect(newTable(c, maphash.MakeSeed()), list)
	case patternCommand:
		return x.collect(newClusters(c, false), list)
	}
	out, held := make([]*record, 0, len(list)), 0
	fits := func() bool { return held <= 2*maxHeld } // they may have been as large before
	for _, r := range list {
		if !fits() {
			x.over.Store(true)
			break
		}
		one := *r
		one.set = make(map[string]value, len(r.set))
		for name, v := range r.set {
			one.set[name] = v
		}
		steps([]command{c}, &one, fits, func(r *record) {
			k := *r
			out = append(out, &k)
			held += k.weight()
		})
	}
	return out
}

// collect runs records through a collector.
func (x *Execution) collect(c collector, list []*record) []*record {
	for _, r := range list {
		c.add(r)
	}
	if c.over() {
		x.over.Store(true)
	}
	return c.records()
}

// render writes a record as clients see it: what is missing is left out.
func (q *Query) render(r *record) []Field {
	names := q.shown
	if names == nil {
		names = []string{"@timestamp", "@message"}
		for _, c := range q.commands {
			if p, ok := c.(parseCommand); ok {
				names = append(names, p.names...)
			}
		}
	}
	row := make([]Field, 0, len(names)+1)
	for _, name := range names {
		if name == "@ptr" {
			continue
		}
		if v := r.get(name); v.kind != missing {
			row = append(row, Field{name, strings.ToValidUTF8(v.String(), "\uFFFD")})
		}
	}
	if r.event != nil && !q.rows {
		row = append(row, Field{"@ptr", r.event.Pointer(r.event)})
	}
	return row
}

// Discovered returns the names of the fields of an event.
func Discovered(e *Event) []string {
	names := []string{"@timestamp", "@message", "@logStream", "@log", "@ingestionTime"}
	return append(names, sortedNames(discover(e))...)
}

// Fields returns all fields of an event with their values.
func Fields(e *Event) []Field {
	r := record{event: e}
	out := []Field{}
	for _, name := range Discovered(e) {
		out = append(out, Field{name, r.get(name).String()})
	}
	return append(out, Field{"@ptr", e.Pointer(e)})
}

// sortedNames are the names of fields, sorted.
func sortedNames(fields map[string]value) []string {
	out := make([]string, 0, len(fields))
	for name := range fields {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}
