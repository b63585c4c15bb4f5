package crash_test

import (
	"fmt"
	"sync"
)

// changeKind tells what a change does to an item.
type changeKind int

const (
	puts    changeKind = iota // writes it whole, with nothing added
	updates                   // writes its version and adds one to it
	deletes
)

// change is one of an item, which one client makes after the other. Its version is
// its place among them.
type change struct {
	kind  changeKind
	acked bool
	with  int // the transaction that it is a part of; 0: it stands alone
}

// image is an item as a table, its index and its stream tell of it. No version says
// that it is not there.
type image struct{ version, added int }

// record is what a stream tells of one change: the item before and after it.
type record struct{ old, now image }

// part is a change that is under way.
type part struct {
	id      string
	kind    changeKind
	version int
}

// changes are those of all clients, by item.
type changes struct {
	mu           sync.Mutex
	tried        map[string][]change
	transactions int // how many there were
	muted        bool
}

// mute implements work.
func (c *changes) mute(on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.muted = on
}

// begin notes changes that are tried together and gives them their versions.
func (c *changes) begin(parts []part) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tried == nil {
		c.tried = make(map[string][]change)
	}
	with := 0
	if len(parts) > 1 {
		c.transactions++
		with = c.transactions
	}
	for i, p := range parts {
		c.tried[p.id] = append(c.tried[p.id], change{kind: p.kind, with: with})
		parts[i].version = len(c.tried[p.id])
	}
}

// ack notes that changes were acknowledged.
func (c *changes) ack(parts []part) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range parts {
		c.tried[p.id][p.version-1].acked = !c.muted
	}
}

// faults holds what a stream tells of each item against what was tried: each change
// that was acknowledged is there, once, in its place, and does what it was to do;
// of what was not answered any may be there; a transaction is there whole. Each has
// a part that is not a deletion, and so can be told from others.
func (c *changes) faults(told map[string][]record) (faults []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	happened := make(map[int]bool)
	for id, records := range told {
		for _, r := range records {
			if v := r.now.version; v > 0 && v <= len(c.tried[id]) {
				happened[c.tried[id][v-1].with] = true
			}
		}
	}
	delete(happened, 0)
	for id, tried := range c.tried {
		if fault := follow(tried, told[id], happened); fault != "" {
			faults = append(faults, id+": "+fault)
		}
	}
	for id := range told {
		if c.tried[id] == nil {
			faults = append(faults, id+" is told of, and nobody wrote it")
		}
	}
	return faults
}

// follow walks over the changes of one item along what is told of them. It returns
// what it stumbles over first, or nothing.
func follow(tried []change, told []record, happened map[int]bool) string {
	var now image
	next := 0 // what stands before it is told, or is not there
	// pass goes on to the change of a record, or to the end.
	pass := func(r *record) string {
		for ; next < len(tried); next++ {
			is := tried[next]
			if is.with != 0 && !is.acked && !happened[is.with] {
				continue
			}
			if r != nil && is.brings(next+1, *r) {
				next++
				return ""
			}
			idle := is.kind == deletes && now == image{}
			if (is.acked || happened[is.with]) && !idle {
				return fmt.Sprintf("change %d of %d (%+v) is lost", next+1, len(tried), is)
			}
		}
		if r != nil {
			return fmt.Sprintf("%+v is told again, or nobody did it", *r)
		}
		return ""
	}
	for _, r := range told {
		if r.old != now {
			return fmt.Sprintf("%+v is told after %+v", r, now)
		}
		if fault := pass(&r); fault != "" {
			return fault
		}
		now = r.now
	}
	return pass(nil)
}

// brings tells whether a change, of some version, is what a record tells of.
func (c change) brings(version int, r record) bool {
	switch c.kind {
	case puts:
		return r.now == image{version: version}
	case updates:
		return r.now == image{version, r.old.added + 1}
	case deletes:
		return r.now == image{} && r.old != image{}
	}
	return false
}
