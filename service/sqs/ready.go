package sqs

import (
	"sync"
	"time"

	"maru.dev/maru/clock"
	"maru.dev/maru/kv"
)

const (
	// readAhead is how many rows a node remembers in front of its receivers.
	readAhead = 512
	// rereadEvery is how long a hint is trusted not to miss rows that another
	// node wrote behind it.
	rereadEvery = 5 * time.Second
	// rereadWoken is the same for who was woken and has found nothing: that may
	// have been such a row.
	rereadWoken = 250 * time.Millisecond
	// slack is how far behind the present another node may write a row: its
	// clock's error and the length of a transaction.
	slack = 5 * time.Second
	// maxHints bounds the memory for queues that nobody asks for any more.
	maxHints = 10_000
)

// ready remembers, for each queue, where its visible messages begin. It holds
// hints: all of it can be lost at any time.
type ready struct {
	mu    sync.Mutex
	hints map[string]*hint // by queue ID
	// open are the calls of this node that may write rows, by when they began.
	// A row is never older than the call that writes it, so no hint goes past
	// the oldest one: what it commits is found.
	open map[*time.Time]struct{}
	// fifo serialises this node's receivers of a FIFO queue, which would
	// otherwise conflict over the same group and run again.
	fifo map[string]*sync.Mutex
}

// spot is a row of "v": a message and since when it is visible.
type spot struct {
	at  int64
	sid string
}

// hint is what is known of one queue.
type hint struct {
	mu     sync.Mutex
	buffer []spot            // visible messages, first one first
	known  map[spot]struct{} // in the buffer or with a receiver
	from   spot              // the buffer goes on behind this row
	low    int64             // no live row is before it, but for those in known
	reread time.Time         // when low was last used
	quiet  stretch           // see horizon

	// forgotten is a time before which no deduplication id is left to forget: a
	// new one has five minutes to go.
	forgotten int64
}

// A FIFO queue's hint uses from alone: no group can be received that stands
// before it.

func newReady() *ready {
	return &ready{
		hints: make(map[string]*hint),
		open:  make(map[*time.Time]struct{}),
		fifo:  make(map[string]*sync.Mutex),
	}
}

// begin says that a call begins which may write rows at the time it returns or
// later; end says that it has ended.
func (r *ready) begin(c clock.Clock) (now time.Time, end func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now = c.Now()
	token := &now
	r.open[token] = struct{}{}
	return now, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.open, token)
	}
}

// settled returns a time before which no call under way writes. It must be
// asked before the transaction begins that relies on it.
func (r *ready) settled(now time.Time) time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	for began := range r.open {
		if began.Before(now) {
			now = *began
		}
	}
	return now
}

// reset forgets everything.
func (r *ready) reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.hints)
	clear(r.fifo)
}

// of returns the hint of a queue.
func (r *ready) of(q *queue) *hint {
	r.mu.Lock()
	defer r.mu.Unlock()
	h := r.hints[q.ID]
	if h == nil {
		if len(r.hints) >= maxHints {
			clear(r.hints)
		}
		h = &hint{known: make(map[spot]struct{})}
		r.hints[q.ID] = h
	}
	return h
}

// lockFIFO waits for this node's turn to receive from a FIFO queue.
func (r *ready) lockFIFO(q *queue) (unlock func()) {
	r.mu.Lock()
	m := r.fifo[q.ID]
	if m == nil {
		if len(r.fifo) >= maxHints {
			clear(r.fifo)
		}
		m = new(sync.Mutex)
		r.fifo[q.ID] = m
	}
	r.mu.Unlock()
	m.Lock()
	return m.Unlock
}

// forget drops what is known of a queue.
func (r *ready) forget(q *queue) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.hints, q.ID)
	delete(r.fifo, q.ID)
}

// take returns up to want rows that are visible, for this receiver alone until
// it gives them back (see done).
func (h *hint) take(tx *kv.Tx, q *queue, r receive, now, settled time.Time) (got []spot, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.buffer) < r.want {
		if err := h.refill(tx, q, h.isOld(r, now), now, settled); err != nil {
			return nil, err
		}
	}
	n := min(r.want, len(h.buffer))
	got = append(got, h.buffer[:n]...)
	h.buffer = h.buffer[n:]
	return got, nil
}

// isOld says whether a receive should not trust the hint any more. The lock is held.
func (h *hint) isOld(r receive, now time.Time) bool {
	age := now.Sub(h.reread)
	return age >= rereadEvery || age < 0 || age >= rereadWoken && h.reread.Before(r.woken)
}

// unread says whether there may be rows that this node has not seen, of those that
// were there at woken, and when it reads anew.
func (h *hint) unread(woken time.Time) (until time.Time, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.reread.Add(rereadWoken), h.reread.Before(woken)
}

// refill reads rows into the buffer behind what was read before or, of the whole,
// from the lowest place where another node may have written. It reads no
// further than the present: where received messages were to be visible again, there
// are deleted rows now, and to step over them costs as much as over live ones. The
// lock is held.
func (h *hint) refill(tx *kv.Tx, q *queue, whole bool, now, settled time.Time) error {
	from := h.from
	if whole {
		from = spot{at: h.low}
	}
	r := kv.Prefix(q.positionsKey())
	if from != (spot{}) {
		r.From = q.positionKey(time.Unix(0, from.at), []byte(from.sid))
	}
	r.To = q.positionKey(now.Add(1), nil)
	first, last, full := int64(0), from, false
	fresh := make([]spot, 0, 16)
	for row, err := range tx.Scan(r) {
		if err != nil {
			return err
		}
		var p spot
		var sid []byte
		if err := row.Key.Scan(5, &p.at, &sid); err != nil {
			return err
		}
		p.sid = string(sid)
		if first == 0 {
			first = p.at
		}
		last = p
		if _, ok := h.known[p]; !ok {
			h.known[p] = struct{}{}
			fresh = append(fresh, p)
		}
		if full = len(h.buffer)+len(fresh) >= readAhead; full {
			break
		}
	}
	h.settle(fresh, first, whole, now, settled)
	if full || last.at > h.from.at {
		h.from = last
	}
	if n := settled.UnixNano(); h.from.at >= n {
		h.from = spot{at: n}
	}
	return nil
}

// settle puts what was read into the buffer. The lock is held.
func (h *hint) settle(fresh []spot, first int64, whole bool, now, settled time.Time) {
	if whole {
		h.reread = now
		floor := min(now.Add(-slack).UnixNano(), settled.UnixNano())
		if first == 0 || first > floor {
			first = floor
		}
		h.low = first
		// What was read anew from the front comes first.
		h.buffer = append(fresh, h.buffer...)
	} else {
		h.buffer = append(h.buffer, fresh...)
	}
}

// done gives rows back once their transaction has ended. Those that were not
// taken after all are looked for again.
func (h *hint) done(rows []spot, taken bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, p := range rows {
		delete(h.known, p)
		if !taken {
			h.from = spot{at: min(h.from.at, p.at)}
			h.low = min(h.low, p.at)
		}
	}
}

// beginRead returns where a receive looks for the groups of a FIFO queue: where
// the last look left off or, every so often, from a little before.
func (h *hint) beginRead(r receive, now time.Time) (from int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.reread.IsZero() || now.Before(h.reread) {
		h.reread = now
		return 0
	}
	if h.isOld(r, now) {
		h.reread = now
		h.from.at = min(h.from.at, now.Add(-slack-rereadEvery).UnixNano())
	}
	return h.from.at
}

// endRead says where the first group stands, or the present if there is none.
func (h *hint) endRead(first int64, settled time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.from.at = min(first, settled.UnixNano())
}

// expired returns where to look for deduplication ids whose time is over.
func (h *hint) expired(now time.Time) (from int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.forgotten > now.UnixNano() { // the clock has been put back
		h.forgotten = 0
	}
	return h.forgotten
}

// expire says that there is none before first.
func (h *hint) expire(first int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.forgotten = first
}
