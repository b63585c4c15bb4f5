package logs

import (
	"container/heap"
	"fmt"
	"math"
	"strings"

	"maru.dev/maru/kv"
	"maru.dev/maru/service/logs/chunk"
)

// line is an event that was found.
type line struct {
	place

	Stream   string
	Ingested int64
	Message  string
}

// filed is what the index of a stream says of a chunk.
type filed struct {
	Last int64 `cbor:"l"`
	Size int64 `cbor:"s"` // what its events count for
}

// spot is the key of a chunk, taken apart.
type spot struct {
	First   int64
	Version uint64
	Base    int64
}

// chunkKey is where a chunk of a group is.
func (h home) chunkKey(groupID string, s spot) kv.Key {
	return h.key("c", groupID, s.First, s.Version, s.Base)
}

// putChunks writes events, which are in the order of time, in chunks with their
// index rows: by stream, and by commit for those who wait for news.
func putChunks(tx *kv.Tx, h home, g *group, st *stream, events []chunk.Event, ingested int64) error {
	base := 0
	for len(events) > 0 {
		n := chunk.Cut(events)
		part, first := events[:n], events[0].At
		if err := tx.PutAtCommit(h.key("c", g.ID, first), []any{base}, chunk.Encode(st.ID, st.Name, ingested, part)); err != nil {
			return err
		}
		index := filed{Last: part[n-1].At}
		for _, e := range part {
			index.Size += size(e.Message)
		}
		if err := kv.PutAtCommit(tx, h.key("y", g.ID, st.ID, first), []any{base}, index); err != nil {
			return err
		}
		if err := kv.PutAtCommit(tx, h.key("v", g.ID), []any{base}, first); err != nil {
			return err
		}
		base += n
		events = events[n:]
	}
	return nil
}

// dropChunk removes a chunk with its index rows.
func dropChunk(tx *kv.Tx, h home, groupID, streamID string, s spot) error {
	for _, key := range []kv.Key{
		h.chunkKey(groupID, s),
		h.key("y", groupID, streamID, s.First, s.Version, s.Base),
		h.key("v", groupID, s.Version, s.Base),
	} {
		if err := tx.Delete(key); err != nil {
			return err
		}
	}
	return nil
}

// walk goes through the events of a group, or of one of its streams, in the
// order of their places.
type walk struct {
	tx       *kv.Tx
	home     home
	groupID  string
	streamID string // "" for all
	from, to int64  // to is not included
	after    *place // nil for all; before it when reverse
	reverse  bool
	// wants looks at a chunk before it is unpacked, maybe at all of its text, and
	// matches at each message. Nil wants all.
	wants   func(c *chunk.Head) (bool, error)
	maybe   func(text string) bool
	matches func(message string) bool
	budget  int64 // bytes of messages to look at before giving up; 0 is without limit

	pending lines
	scratch []byte
	looked  int64
}

// lines is a heap of what has been found and not yet given.
type lines struct {
	list    []line
	reverse bool
}

// Len implements heap.Interface.
func (l *lines) Len() int { return len(l.list) }

// Less implements heap.Interface.
func (l *lines) Less(i, j int) bool {
	if c := l.list[i].compare(l.list[j].place); c != 0 {
		return (c < 0) != l.reverse
	}
	return false
}

// Swap implements heap.Interface.
func (l *lines) Swap(i, j int) { l.list[i], l.list[j] = l.list[j], l.list[i] }

// Push implements heap.Interface.
func (l *lines) Push(x any) { l.list = append(l.list, x.(line)) }

// Pop implements heap.Interface.
func (l *lines) Pop() any {
	n := len(l.list) - 1
	x := l.list[n]
	l.list[n] = line{}
	l.list = l.list[:n]
	return x
}

// span is the rows of a folder that may hold what is walked through.
func (w *walk) span(folder kv.Key) kv.Range {
	r := kv.Prefix(folder)
	from, to := w.from, w.to
	if w.after != nil && w.reverse {
		to = min(to, w.after.At)
		if to < math.MaxInt64 {
			to++
		}
	} else if w.after != nil {
		from = max(from, w.after.At)
	}
	if from > math.MinInt64+chunk.Span {
		r.From = folder.With(from - chunk.Span)
	}
	if to < math.MaxInt64 {
		r.To = folder.With(to)
	}
	r.Reverse = w.reverse
	return r
}

// each gives the wanted events until yield has enough. When the budget is spent
// before, it returns where to go on.
func (w *walk) each(yield func(l *line) bool) (rest *place, err error) {
	folder, parts := w.home.key("c", w.groupID), 5
	if w.streamID != "" {
		folder, parts = w.home.key("y", w.groupID, w.streamID), 6
	}
	w.pending.reverse = w.reverse
	for row, err := range w.tx.Scan(w.span(folder)) {
		if err != nil {
			return nil, err
		}
		var s spot
		if err := row.Key.Scan(parts, &s.First, &s.Version, &s.Base); err != nil {
			return nil, err
		}
		if !w.drain(s.First, yield) {
			return nil, nil
		}
		if w.budget > 0 && w.looked > w.budget && w.progress(s.First) {
			return &place{At: s.First}, nil
		}
		value, ok := row.Value, true
		if w.streamID != "" {
			if value, ok, err = w.tx.Get(w.home.chunkKey(w.groupID, s)); err != nil {
				return nil, err
			}
		}
		if ok {
			if err := w.open(value, s); err != nil {
				return nil, fmt.Errorf("chunk %v of log group %s: %w", s, w.groupID, err)
			}
		}
	}
	for w.pending.Len() > 0 {
		l := heap.Pop(&w.pending).(line)
		if !yield(&l) {
			return nil, nil
		}
	}
	return nil, nil
}

// progress says whether a page that ends before the chunks that begin at first
// has left its beginning behind.
func (w *walk) progress(first int64) bool {
	return !w.reverse && first > w.from && (w.after == nil || first > w.after.At)
}

// drain gives those of the pending events that nothing in a chunk that begins
// at first, or in a later one, can stand before.
func (w *walk) drain(first int64, yield func(l *line) bool) bool {
	for w.pending.Len() > 0 {
		at := w.pending.list[0].At
		if !w.reverse && at >= first || w.reverse && at <= first+chunk.Span {
			return true
		}
		l := heap.Pop(&w.pending).(line)
		if !yield(&l) {
			return false
		}
	}
	return true
}

// open takes what is wanted from a chunk.
func (w *walk) open(value []byte, s spot) error {
	c, err := chunk.Open(value)
	if err != nil {
		return err
	}
	if c.Last < w.from || w.after != nil && !w.reverse && c.Last < w.after.At {
		return nil
	}
	if w.wants != nil {
		if ok, err := w.wants(&c.Head); err != nil || !ok {
			return err
		}
	}
	body, err := c.Unpack(w.scratch)
	if err != nil {
		return err
	}
	w.scratch = body.Scratch()
	w.looked += c.Text
	if w.maybe != nil && !w.maybe(body.Text) {
		return nil
	}
	return body.All(func(i int, e chunk.Event) bool {
		p := place{e.At, s.Version, s.Base + int64(i)}
		if e.At < w.from || e.At >= w.to || w.passed(p) {
			return true
		}
		if w.matches == nil || w.matches(e.Message) {
			heap.Push(&w.pending, line{place: p, Stream: c.Stream, Ingested: c.Ingested, Message: strings.Clone(e.Message)})
		}
		return true
	})
}

// passed says whether an event was given by a walk before this one.
func (w *walk) passed(p place) bool {
	if w.after == nil {
		return false
	}
	c := p.compare(*w.after)
	return c == 0 || (c < 0) != w.reverse
}
