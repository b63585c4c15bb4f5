package xray

import (
	"fmt"
	"time"

	api "maru.dev/maru/api/xray"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/xray/trace"
)

// head is a trace's own row.
type head struct {
	Size     int       // bytes of its documents
	Exceeded bool      `cbor:",omitempty"` // documents were left out for size
	Revision int32     // grows with each document
	Modified time.Time // when the last document came
}

// digest is what is kept of a document for summaries and graphs.
type digest struct {
	Segment *trace.Segment
	Size    int // of the document
	Event   time.Time
	// Whole tells that there is nothing in the document beside the segment, so
	// that no document is kept.
	Whole bool `cbor:",omitempty"`
}

// indexRow names a row of an index: a second.
type indexRow struct {
	Index string
	At    int64
}

// rows are the document's rows in the indices by start and by end.
func (d *digest) rows() [2]indexRow {
	if d.Segment == nil {
		return [2]indexRow{}
	}
	return [2]indexRow{{byStart, trace.Time(d.Segment.Start).Unix()}, {byEnd, d.Segment.Last().Unix()}}
}

// document is a document as it came. The key has its id.
type document struct{ Text string }

// invalid is the answer to a request that breaks a rule.
func invalid(format string, args ...any) error {
	return &api.InvalidRequestException{Message: fmt.Sprintf(format, args...)}
}

// pageAfter reads a list's token: where the last page ended, in r.
func pageAfter(list kv.Key, r kv.Range, token *string) (kv.Range, error) {
	at, ok := service.ReadPageToken(list, token)
	switch {
	case !ok || at != "" && !r.Holds(kv.Key(at)):
		return r, invalid("Invalid NextToken.")
	case at == "":
		return r, nil
	}
	return r.After(kv.Key(at)), nil
}

// loadTrace reads a trace's digests and puts them together; it is nil when there
// is none.
func loadTrace(tx *kv.Tx, h home, id string) (*trace.Trace, error) {
	var segments []*trace.Segment
	for row, err := range kv.Scan[digest](tx, kv.Prefix(h.key("s", id))) {
		if err != nil {
			return nil, fmt.Errorf("load trace: %w", err)
		}
		segments = append(segments, row.Value.Segment)
	}
	if len(segments) == 0 {
		return nil, nil
	}
	return trace.New(id, h.Account, segments), nil
}

// loadDocuments is loadTrace with the documents, by the ids of their segments.
func loadDocuments(tx *kv.Tx, h home, id string) (*trace.Trace, map[string]string, error) {
	var segments []*trace.Segment
	raw := map[string]string{}
	for row, err := range kv.Scan[digest](tx, kv.Prefix(h.key("s", id))) {
		if err != nil {
			return nil, nil, fmt.Errorf("load trace: %w", err)
		}
		seg := row.Value.Segment
		segments = append(segments, seg)
		if row.Value.Whole {
			seg.TraceID = id
			if raw[seg.ID], err = seg.Document(); err != nil {
				return nil, nil, err
			}
		}
	}
	if len(segments) == 0 {
		return nil, nil, nil
	}
	for row, err := range kv.Scan[document](tx, kv.Prefix(h.key("d", id))) {
		if err != nil {
			return nil, nil, fmt.Errorf("load documents: %w", err)
		}
		var segment string
		if err := row.Key.Scan(5, &segment); err != nil {
			return nil, nil, err
		}
		raw[segment] = row.Value.Text
	}
	return trace.New(id, h.Account, segments), raw, nil
}
