package kv

import (
	"bytes"
	"fmt"
	"iter"
	"slices"
)

// Pair is one row of a scan.
type Pair struct {
	Key   Key
	Value []byte
}

// Rows that a scan reads at once: few at first, since most scans are short.
const (
	firstPage = 32
	lastPage  = 512
)

// Scan returns the pairs of r in key order, this transaction's own writes
// included (but for PutAtCommit), those that the loop's body makes ahead of it
// too. The error, if any, is the last element.
func (tx *Tx) Scan(r Range) iter.Seq2[Pair, error] {
	// Small enough to be inlined where it is ranged over: then it costs nothing.
	return func(yield func(Pair, error) bool) { tx.scan(r, yield) }
}

// scan gives the pairs of r to yield.
func (tx *Tx) scan(r Range, yield func(Pair, error) bool) {
	if tx.ended {
		yield(Pair{}, errEnded)
		return
	}
	s := r.span()
	if s.empty() {
		return
	}
	sc := scanner{tx: tx, rest: s, ahead: s, reverse: r.Reverse, size: firstPage}
	if r.Limit > 0 {
		sc.size = min(r.Limit, lastPage)
	}
	var read *span
	if !tx.readOnly {
		read = &span{from: s.from, to: s.to} // all of it, until the end is known
		tx.spans = append(tx.spans, read)
	}
	for n := 0; r.Limit <= 0 || n < r.Limit; n++ {
		pair, ok, err := sc.next()
		if err != nil {
			yield(Pair{}, fmt.Errorf("kv: scan: %w", err))
			return
		}
		if !ok {
			return
		}
		if !yield(pair, nil) {
			break
		}
	}
	// Only what was passed has been read: a write behind it is no conflict.
	switch {
	case read == nil:
	case r.Reverse:
		read.from = sc.rest.to
	case sc.passed != nil:
		read.to = successor(sc.passed)
	}
}

// scanner merges the stored rows of a range with a transaction's own writes.
type scanner struct {
	tx      *Tx
	reverse bool
	rest    span   // what has not been returned or passed, but for passed
	passed  []byte // the last key that a scan forward left behind
	ahead   span   // what has not been fetched
	rows    []Pair // fetched, in the scan's direction
	done    bool   // nothing is left to fetch
	size    int    // rows to fetch next
}

// next returns the next row there is.
func (sc *scanner) next() (Pair, bool, error) {
	for {
		stored, ok, err := sc.stored()
		if err != nil {
			return Pair{}, false, err
		}
		own, found := sc.own()
		switch {
		case !ok && !found:
			return Pair{}, false, nil
		case !found || (ok && sc.before(stored.Key, own)):
			sc.pass(stored.Key)
			sc.rows = sc.rows[1:]
			return stored, true, nil
		}
		sc.pass([]byte(own))
		w := sc.tx.writes.at([]byte(own))
		shadowed := ok && string(stored.Key) == own
		if shadowed {
			sc.rows = sc.rows[1:]
		}
		switch w.op {
		case opPut:
			return Pair{Key: Key(own), Value: w.value}, true, nil
		case opAdd:
			n := w.delta
			if shadowed {
				n = n.plus(countOf(stored.Value))
			}
			return Pair{Key: Key(own), Value: n.value()}, true, nil
		}
	}
}

// before says whether the stored key a comes before the own key b.
func (sc *scanner) before(a []byte, b string) bool {
	if sc.reverse {
		return string(a) > b
	}
	return string(a) < b
}

// pass leaves key behind.
func (sc *scanner) pass(key []byte) {
	if sc.reverse {
		sc.rest.to = key
	} else {
		sc.passed = key
	}
}

// stored returns the next row of the snapshot that the transaction has not
// cleared, without passing it.
func (sc *scanner) stored() (Pair, bool, error) {
	for {
		for len(sc.rows) == 0 {
			if sc.done {
				return Pair{}, false, nil
			}
			if err := sc.fetch(); err != nil {
				return Pair{}, false, err
			}
		}
		if len(sc.tx.cleared) == 0 {
			return sc.rows[0], true, nil
		}
		i := slices.IndexFunc(sc.tx.cleared, func(s span) bool { return s.holds(sc.rows[0].Key) })
		if i < 0 {
			return sc.rows[0], true, nil
		}
		sc.skip(sc.tx.cleared[i])
	}
}

// skip drops the fetched rows in s, and does not fetch the rest of it.
func (sc *scanner) skip(s span) {
	for len(sc.rows) > 0 && s.holds(sc.rows[0].Key) {
		sc.rows = sc.rows[1:]
	}
	switch {
	case len(sc.rows) > 0:
	case sc.reverse && bytes.Compare(s.from, sc.ahead.to) < 0:
		sc.ahead.to = s.from
	case !sc.reverse && bytes.Compare(s.to, sc.ahead.from) > 0:
		sc.ahead.from = s.to
	}
}

// fetch reads the next page of the snapshot.
func (sc *scanner) fetch() error {
	if sc.ahead.empty() {
		sc.done = true
		return nil
	}
	rows, more, err := sc.tx.snap.page(sc.ahead, sc.reverse, sc.size)
	sc.tx.rows += uint64(len(rows))
	if err != nil {
		return err
	}
	sc.rows, sc.done = rows, !more
	sc.size = min(sc.size*4, lastPage)
	if len(rows) == 0 || !more {
		return nil
	}
	if last := rows[len(rows)-1].Key; sc.reverse {
		sc.ahead.to = last
	} else {
		sc.ahead.from = successor(last)
	}
	return nil
}

// own returns the transaction's next own write, without passing it.
func (sc *scanner) own() (string, bool) {
	if len(sc.tx.writes.points) == 0 {
		return "", false
	}
	keys := sc.tx.order()
	if sc.reverse {
		i, _ := slices.BinarySearch(keys, string(sc.rest.to))
		if i == 0 || keys[i-1] < string(sc.rest.from) {
			return "", false
		}
		return keys[i-1], true
	}
	from := sc.rest.from
	if sc.passed != nil {
		from = sc.passed
	}
	i, found := slices.BinarySearch(keys, string(from))
	if found && sc.passed != nil {
		i++
	}
	if i == len(keys) || keys[i] >= string(sc.rest.to) {
		return "", false
	}
	return keys[i], true
}
