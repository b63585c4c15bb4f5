package xray

import (
	"context"
	"fmt"
	"time"

	api "maru.dev/maru/api/xray"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/xray/trace"
	"maru.dev/maru/wire"
)

// maxBatch is how many bytes of documents are written in one transaction, at
// most: far below what a transaction may hold.
const maxBatch = 8 << 20

// incoming is a document that has been read.
type incoming struct {
	segment *trace.Segment
	text    string // empty: the segment is all there is
	size    int
}

// PutTraceSegments stores segment documents. Those that break a rule are
// returned with the reason, and the others are stored all the same.
//
// Spec: X-Ray API Reference, PutTraceSegments.
func (s *Service) PutTraceSegments(ctx context.Context, in *api.PutTraceSegmentsInput) (*api.PutTraceSegmentsOutput, error) {
	out := &api.PutTraceSegmentsOutput{UnprocessedTraceSegments: []api.UnprocessedTraceSegment{}}
	documents := make([]incoming, 0, len(in.TraceSegmentDocuments))
	for _, text := range in.TraceSegmentDocuments {
		segment, err := trace.Parse(text)
		if r, ok := trace.AsRefusal(err); ok {
			out.UnprocessedTraceSegments = append(out.UnprocessedTraceSegments, api.UnprocessedTraceSegment{
				Id: wire.Optional(r.ID), ErrorCode: &r.Code, Message: &r.Message,
			})
			continue
		}
		documents = append(documents, incoming{segment, text, len(text)})
	}
	if err := s.store(ctx, homeOf(ctx), documents); err != nil {
		return nil, err
	}
	return out, nil
}

// store writes documents, as many as fit into a transaction at a time.
func (s *Service) store(ctx context.Context, h home, documents []incoming) error {
	for len(documents) > 0 {
		n, size := 0, 0
		for n < len(documents) && (n == 0 || size+documents[n].size <= maxBatch) {
			size += documents[n].size
			n++
		}
		now := s.now()
		err := s.Store.Update(ctx, func(tx *kv.Tx) error {
			b := batch{tx: tx, home: h, now: now, heads: map[string]*head{}, rows: map[indexEntry]bool{}}
			for _, d := range documents[:n] {
				if err := b.put(d); err != nil {
					return err
				}
			}
			return b.end(s)
		})
		if err != nil {
			return fmt.Errorf("store segments: %w", err)
		}
		documents = documents[n:]
	}
	return s.keepWithin(ctx, h)
}

// batch is documents on their way into the store, in one transaction. What many
// of them change is written once.
type batch struct {
	tx   *kv.Tx
	home home
	now  time.Time

	heads  map[string]*head
	rows   map[indexEntry]bool
	traces int64 // how many more there are
	bytes  int64
}

// indexEntry is a row of an index.
type indexEntry struct {
	indexRow
	trace string
}

// put writes one document with its digest and its index rows, in place of one of
// the same id. A document for which its trace has no room is left out; the
// trace says so.
func (b *batch) put(d incoming) error {
	id, seg := d.segment.TraceID, d.segment
	hd, err := b.head(id)
	if err != nil {
		return err
	}
	old, replaces, err := kv.Get[digest](b.tx, b.home.digestKey(id, seg.ID))
	if err != nil {
		return err
	}
	if replaces && seg.InProgress && !old.Segment.InProgress {
		return nil // it came late: the whole segment is there
	}
	hd.Modified = b.now
	hd.Revision++
	b.index(indexRow{byEvent, b.now.Unix()}, id)
	if hd.Size-old.Size+d.size > trace.MaxTrace {
		hd.Exceeded = true
		return nil
	}
	hd.Size += d.size - old.Size
	b.bytes += int64(d.size - old.Size)
	next := digest{Segment: seg, Size: d.size, Event: b.now, Whole: d.text == ""}
	if err := kv.Put(b.tx, b.home.digestKey(id, seg.ID), next); err != nil {
		return err
	}
	for _, row := range next.rows() {
		b.index(row, id)
	}
	if replaces && old.rows() != next.rows() {
		if err := b.unindex(id, &old); err != nil {
			return err
		}
	}
	switch {
	case d.text != "":
		return kv.Put(b.tx, b.home.documentKey(id, seg.ID), document{d.text})
	case replaces && !old.Whole:
		return b.tx.Delete(b.home.documentKey(id, seg.ID))
	}
	return nil
}

// head is a trace's head: the one row of it that all of its documents change.
func (b *batch) head(id string) (*head, error) {
	if hd := b.heads[id]; hd != nil {
		return hd, nil
	}
	stored, ok, err := kv.Get[head](b.tx, b.home.headKey(id))
	if err != nil {
		return nil, err
	}
	if !ok {
		b.traces++
	}
	b.heads[id] = &stored
	return &stored, nil
}

// index has a row of an index written.
func (b *batch) index(row indexRow, id string) { b.rows[indexEntry{row, id}] = true }

// unindex removes the rows that a document had which was replaced, unless
// another document of the trace has them, too.
func (b *batch) unindex(id string, old *digest) error {
	gone := map[indexRow]bool{}
	for _, row := range old.rows() {
		gone[row] = true
	}
	for other, err := range kv.Scan[digest](b.tx, kv.Prefix(b.home.key("s", id))) {
		if err != nil {
			return err
		}
		for _, row := range other.Value.rows() {
			delete(gone, row)
		}
	}
	for row := range gone {
		delete(b.rows, indexEntry{row, id})
		if err := b.tx.Delete(b.home.indexKey(row.Index, time.Unix(row.At, 0), id)); err != nil {
			return err
		}
	}
	return nil
}

// end writes what the documents have changed together.
func (b *batch) end(s *Service) error {
	for e := range b.rows {
		if err := b.tx.Put(b.home.indexKey(e.Index, time.Unix(e.At, 0), e.trace), []byte{}); err != nil {
			return err
		}
	}
	for id, hd := range b.heads {
		if err := kv.Put(b.tx, b.home.headKey(id), *hd); err != nil {
			return err
		}
	}
	if err := b.home.count(b.tx, b.traces, b.bytes); err != nil {
		return err
	}
	return s.expect(b.tx, b.home, b.now)
}
