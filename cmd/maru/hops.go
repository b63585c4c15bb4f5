package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"maru.dev/maru/api/xray"
	"maru.dev/maru/client"
	"maru.dev/maru/service/xray/trace"
)

// hop is one line of a trace's waterfall: a segment, or a step within one.
type hop struct {
	Depth       int           `json:"depth"`
	ID          string        `json:"id"`
	Parent      string        `json:"parent,omitempty"`
	Kind        string        `json:"kind,omitempty"`
	Name        string        `json:"name"`
	Operation   string        `json:"operation,omitempty"`
	At          time.Time     `json:"at"`
	Offset      time.Duration `json:"offsetNanoseconds"`
	Took        time.Duration `json:"tookNanoseconds"`
	UnderWay    bool          `json:"underWay,omitempty"`
	Outcome     string        `json:"outcome"` // "ok", "error", "throttle" or "fault"
	Status      int           `json:"status,omitempty"`
	Cause       string        `json:"cause,omitempty"`
	Request     string        `json:"request,omitempty"`
	LogGroups   []string      `json:"logGroups,omitempty"`
	Links       []string      `json:"links,omitempty"`
	Annotations []string      `json:"annotations,omitempty"`
	Logs        []string      `json:"logs,omitempty"`
}

// fetch reads the segments of traces, by trace.
func fetch(ctx context.Context, at *client.Client, ids []string) (map[string][]*trace.Segment, error) {
	const atOnce = 5 // the most that X-Ray reads in one call
	found := make(map[string][]*trace.Segment)
	for some := range slices.Chunk(ids, atOnce) {
		in := &xray.BatchGetTracesInput{TraceIds: some}
		for more := true; more; more = in.NextToken != nil {
			page, err := client.Do[xray.BatchGetTracesOutput](ctx, at, xray.Model, "BatchGetTraces", in)
			if err != nil {
				return nil, err
			}
			in.NextToken = page.NextToken
			for _, tr := range page.Traces {
				for _, s := range tr.Segments {
					segment, err := trace.Parse(*s.Document)
					if err != nil {
						return nil, fmt.Errorf("trace %s: %w", *tr.Id, err)
					}
					found[*tr.Id] = append(found[*tr.Id], segment)
				}
			}
		}
	}
	return found, nil
}

// waterfall are the hops of a trace in the order in which they are drawn: each
// after what caused it, siblings by their start. What lacks its cause begins at
// the left.
func waterfall(segments []*trace.Segment) []hop {
	w := falling{children: make(map[string][]*trace.Segment), drawn: make(map[string]bool)}
	known := make(map[string]bool)
	var first float64
	for _, s := range segments {
		w.know(s, known)
		if first == 0 || s.Start < first {
			first = s.Start
		}
	}
	w.first = first
	var roots []*trace.Segment
	for _, s := range segments {
		if s.ParentID != "" && s.ParentID != s.ID && known[s.ParentID] {
			w.children[s.ParentID] = append(w.children[s.ParentID], s)
		} else {
			roots = append(roots, s)
		}
	}
	byStart(roots)
	for _, s := range roots {
		w.draw(s, 0, "")
	}
	return w.hops
}

// falling is a waterfall while it is made.
type falling struct {
	first    float64
	children map[string][]*trace.Segment
	drawn    map[string]bool
	hops     []hop
}

// know notes the ids of a segment and of its steps.
func (w *falling) know(s *trace.Segment, known map[string]bool) {
	known[s.ID] = true
	for _, step := range s.Subsegments {
		w.know(step, known)
	}
}

// draw adds a segment and what comes of it.
func (w *falling) draw(s *trace.Segment, depth int, parent string) {
	if w.drawn[s.ID] {
		return // documents that name each other as their causes
	}
	w.drawn[s.ID] = true
	h := hopOf(s, w.first)
	h.Depth, h.Parent = depth, cmp.Or(s.ParentID, parent)
	w.hops = append(w.hops, h)
	after := append(slices.Clone(s.Subsegments), w.children[s.ID]...)
	byStart(after)
	for _, next := range after {
		w.draw(next, depth+1, s.ID)
	}
}

// byStart sorts siblings.
func byStart(list []*trace.Segment) {
	slices.SortStableFunc(list, func(a, b *trace.Segment) int { return cmp.Compare(a.Start, b.Start) })
}

// hopOf is a segment without its place in the trace.
func hopOf(s *trace.Segment, first float64) hop {
	h := hop{
		ID: s.ID, Kind: kindOf(s), Name: s.Name, At: instant(s.Start), Offset: seconds(s.Start - first), UnderWay: s.InProgress,
		Outcome: "ok", Cause: causeOf(s),
	}
	if !s.InProgress {
		h.Took = seconds(s.End - s.Start)
	}
	switch {
	case s.Throttle:
		h.Outcome = "throttle"
	case s.Fault:
		h.Outcome = "fault"
	case s.Error:
		h.Outcome = "error"
	}
	if s.HTTP != nil {
		h.Status = s.HTTP.Response.Status
	}
	if s.AWS != nil {
		h.Operation, h.Request = s.AWS.Operation, s.AWS.RequestID
		for _, l := range s.AWS.Logs {
			h.LogGroups = append(h.LogGroups, l.Group)
		}
	}
	for _, l := range s.Links {
		way := "from"
		if l.Attributes["ReferenceType"] == "child" {
			way = "to"
		}
		h.Links = append(h.Links, strings.TrimSpace(way+" "+l.TraceID+" "+l.ID))
	}
	for _, key := range slices.Sorted(maps.Keys(s.Annotations)) {
		h.Annotations = append(h.Annotations, fmt.Sprintf("%s=%v", key, s.Annotations[key]))
	}
	return h
}

// kindOf is what kind of resource has worked, in a word or two: "SQS Queue".
func kindOf(s *trace.Segment) string {
	origin, ok := strings.CutPrefix(s.Origin, "AWS::")
	switch {
	case ok:
		return strings.ReplaceAll(origin, "::", " ")
	case s.Origin != "":
		return s.Origin
	case s.Namespace == "aws":
		return "call"
	}
	return s.Namespace
}

// causeOf is the message of the first exception of a segment itself.
func causeOf(s *trace.Segment) string {
	if s.Cause == nil {
		return ""
	}
	for _, x := range s.Cause.Exceptions {
		switch {
		case x.Type != "" && x.Message != "":
			return x.Type + ": " + x.Message
		case x.Type != "" || x.Message != "":
			return x.Type + x.Message
		}
	}
	return ""
}

// seconds are a duration, to the microsecond: documents have no more.
func seconds(s float64) time.Duration {
	return time.Duration(s * float64(time.Second)).Round(time.Microsecond)
}

// instant is a document's time.
func instant(s float64) time.Time {
	whole := int64(s)
	return time.Unix(whole, int64(seconds(s-float64(whole))))
}
