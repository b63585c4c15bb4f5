package xray

import (
	"encoding/base64"
	"fmt"
	"slices"
	"time"

	api "maru.dev/maru/api/xray"
	"maru.dev/maru/kv"
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
	// Stale are index rows of documents that this one took the place of.
	Stale []indexRow `cbor:",omitempty"`
}

// indexRow names a row of an index: a second.
type indexRow struct {
	Index string
	At    int64
}

// rows are the rows of the indices by start and end that the document has, or
// those that it replaced had.
func (d *digest) rows() []indexRow {
	if d.Segment == nil {
		return nil
	}
	out := slices.Clone(d.Stale)
	for _, r := range []indexRow{{byStart, trace.Time(d.Segment.Start).Unix()}, {byEnd, d.Segment.Last().Unix()}} {
		if !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	return out
}

// document is a document as it came. The key has its id.
type document struct{ Text string }

// invalid is the answer to a request that breaks a rule.
func invalid(format string, args ...any) error {
	return &api.InvalidRequestException{Message: fmt.Sprintf(format, args...)}
}

// value is an optional value, or the zero one.
func value[T any](v *T) (out T) {
	if v != nil {
		out = *v
	}
	return out
}

// optional is a string that is left out when empty.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// pageToken makes a token of where a page ended.
func pageToken(at kv.Key) *string { return new(base64.RawURLEncoding.EncodeToString(at)) }

// pageAfter reads a token: where the last page ended, in r.
func pageAfter(r kv.Range, token *string) (kv.Range, error) {
	if token == nil || *token == "" {
		return r, nil
	}
	at, err := base64.RawURLEncoding.DecodeString(*token)
	if err != nil || string(at) < string(r.From) || string(at) >= string(r.To) {
		return r, invalid("Invalid NextToken.")
	}
	return r.After(at), nil
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
