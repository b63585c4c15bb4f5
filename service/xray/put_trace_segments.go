package xray

import (
	"context"
	"fmt"
	"time"

	api "maru.dev/maru/api/xray"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/xray/trace"
)

// maxBatch is how many bytes of documents are written in one transaction, at
// most: far below what a transaction may hold.
const maxBatch = 8 << 20

// incoming is a document that has been read.
type incoming struct {
	segment *trace.Segment
	text    string
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
				Id: optional(r.ID), ErrorCode: &r.Code, Message: &r.Message,
			})
			continue
		}
		documents = append(documents, incoming{segment, text})
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
		for n < len(documents) && (n == 0 || size+len(documents[n].text) <= maxBatch) {
			size += len(documents[n].text)
			n++
		}
		now := s.now()
		err := s.Store.Update(ctx, func(tx *kv.Tx) error {
			heads := map[string]*head{}
			for _, d := range documents[:n] {
				if err := put(tx, h, d, heads, now); err != nil {
					return err
				}
			}
			for id, hd := range heads {
				if err := kv.Put(tx, h.headKey(id), *hd); err != nil {
					return err
				}
			}
			return s.expect(tx, h, now)
		})
		if err != nil {
			return fmt.Errorf("store segments: %w", err)
		}
		documents = documents[n:]
	}
	return nil
}

// put writes one document with its digest and its index rows, in place of one of
// the same id. A document for which its trace has no room is left out; the
// trace says so.
func put(tx *kv.Tx, h home, d incoming, heads map[string]*head, now time.Time) error {
	id, seg := d.segment.TraceID, d.segment
	hd := heads[id]
	if hd == nil {
		stored, _, err := kv.Get[head](tx, h.headKey(id))
		if err != nil {
			return err
		}
		hd = &stored
		heads[id] = hd
	}
	old, replaces, err := kv.Get[digest](tx, h.digestKey(id, seg.ID))
	if err != nil {
		return err
	}
	if replaces && seg.InProgress && !old.Segment.InProgress {
		return nil // it came late: the whole segment is there
	}
	hd.Modified = now
	hd.Revision++
	if hd.Size-old.Size+len(d.text) > trace.MaxTrace {
		hd.Exceeded = true
		return index(tx, h, byEvent, now, id)
	}
	hd.Size += len(d.text) - old.Size
	if err := kv.Put(tx, h.digestKey(id, seg.ID), digest{Segment: seg, Size: len(d.text), Event: now, Stale: old.rows()}); err != nil {
		return err
	}
	if err := kv.Put(tx, h.documentKey(id, seg.ID), document{d.text}); err != nil {
		return err
	}
	for kind, at := range map[string]time.Time{byStart: trace.Time(seg.Start), byEnd: seg.Last(), byEvent: now} {
		if err := index(tx, h, kind, at, id); err != nil {
			return err
		}
	}
	return nil
}

// index writes a trace's row in an index.
func index(tx *kv.Tx, h home, kind string, at time.Time, id string) error {
	return tx.Put(h.indexKey(kind, at, id), []byte{})
}
