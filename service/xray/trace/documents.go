package trace

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// Document is a segment of a trace as it is handed back.
type Document struct{ ID, Text string }

// Documents returns the documents of a trace's segments: as they came, but that
// subsegments which came alone are in their segments; and one for each call
// whose other side has told nothing. raw are the documents by id.
func (t *Trace) Documents(raw map[string]string) ([]Document, error) {
	out := make([]Document, 0, len(t.Segments))
	for _, s := range t.Segments {
		text, err := t.document(s, raw)
		if err != nil {
			return nil, fmt.Errorf("segment %s: %w", s.ID, err)
		}
		out = append(out, Document{s.ID, text})
	}
	for _, c := range t.calls() {
		if !c.inferred {
			continue
		}
		text, err := json.Marshal(t.infer(c))
		if err != nil {
			return nil, err
		}
		out = append(out, Document{InferredID(t.ID, c.by.ID), string(text)})
	}
	return out, nil
}

// document is a segment's own document with what came alone put in.
func (t *Trace) document(s *Segment, raw map[string]string) (string, error) {
	joined := false
	s.walk(func(sub *Segment) bool {
		joined = joined || sub != s && sub.Type == "subsegment"
		return !joined
	})
	if !joined {
		return raw[s.ID], nil
	}
	tree, err := merge(s, raw, nil)
	if err != nil {
		return "", err
	}
	b, err := json.Marshal(tree)
	return string(b), err
}

// merge makes a segment's tree of its document, or of its part of the document
// that it is in.
func merge(s *Segment, raw map[string]string, part map[string]any) (map[string]any, error) {
	if part == nil {
		d := json.NewDecoder(strings.NewReader(raw[s.ID]))
		d.UseNumber()
		if err := d.Decode(&part); err != nil {
			return nil, err
		}
	}
	subs, _ := part["subsegments"].([]any)
	subs = slices.Clone(subs)
	for i, sub := range s.Subsegments {
		var own map[string]any
		if i < len(subs) && sub.Type != "subsegment" {
			own, _ = subs[i].(map[string]any)
		}
		tree, err := merge(sub, raw, own)
		if err != nil {
			return nil, err
		}
		if own == nil {
			tree = maps.Clone(tree)
			for _, of := range []string{"type", "trace_id", "parent_id"} {
				delete(tree, of)
			}
			subs = append(subs, tree)
		}
	}
	if len(subs) > 0 {
		part["subsegments"] = subs
	}
	return part, nil
}

// infer makes the segment of a service that was called and told nothing.
func (t *Trace) infer(c call) map[string]any {
	by := c.by
	out := map[string]any{
		"id": InferredID(t.ID, by.ID), "trace_id": t.ID, "parent_id": by.ID, "name": c.service.Name,
		"start_time": by.Start, "inferred": true,
	}
	if c.service.Type != remoteType {
		out["origin"] = c.service.Type
	}
	if by.InProgress {
		out["in_progress"] = true
	} else {
		out["end_time"] = by.End
	}
	for name, is := range map[string]bool{"error": by.Error, "fault": by.Fault, "throttle": by.Throttle} {
		if is {
			out[name] = true
		}
	}
	if by.HTTP != nil {
		out["http"] = by.HTTP
	}
	if by.AWS != nil {
		out["aws"] = by.AWS
	}
	return out
}

// round cuts seconds to the millisecond, as they are shown.
func round(v float64) float64 { return math.Round(v*1000) / 1000 }
