package source

import (
	"cmp"
	"context"

	"maru.dev/maru/call"
	"maru.dev/maru/telemetry"
)

// maxLinks is how many traces one batch is linked to, at most.
const maxLinks = 100

type linksKey struct{}

// Links are the spans that a batch comes from beside the one that its trace goes
// on from: those of other traces, and those of the same one.
func Links(ctx context.Context) []telemetry.Link {
	links, _ := ctx.Value(linksKey{}).([]telemetry.Link)
	return links
}

// Tell tells of a batch that was handled: by a span with its links, and in each
// further trace that the batch comes from by one that leads there.
func Tell(t *telemetry.Tracer, span *telemetry.Span) {
	for _, l := range span.Links {
		if l.Trace == span.Trace {
			continue
		}
		other := *span
		other.Trace, other.Parent, other.ID, other.Steps = l.Trace, l.Span, t.NewID(), nil
		other.Links = []telemetry.Link{{Trace: span.Trace, Span: span.ID, Onward: true}}
		t.Span(&other)
	}
	t.Span(span)
}

// follow returns a context in which a batch is handled in the trace of the first
// of its records that is in one that is kept, with links to the others, and in the
// lineage of all of them where loops are looked for. headers are the records' trace headers.
func (p *Poller) follow(ctx context.Context, headers []string) context.Context {
	var main telemetry.Trace
	var links []telemetry.Link
	lineage, first := "", ""
	seen := map[telemetry.Link]bool{}
	for _, header := range headers {
		if l := telemetry.Lineage(header); l != "" && p.Stopped != nil {
			lineage, first = telemetry.MergeLineages(lineage, l), cmp.Or(first, header)
		}
		trace, ok := p.Traces.On(header)
		switch {
		case !ok:
			continue
		case main.Root == "":
			main = trace
		}
		link := telemetry.Link{Trace: trace.Root, Span: trace.Parent}
		if seen[link] || len(seen) > maxLinks {
			continue
		}
		if seen[link] = true; len(seen) > 1 {
			links = append(links, link)
		}
	}
	info := call.From(ctx)
	switch {
	case main.Root != "":
		main.Lineage = lineage
		info.TraceID = main.String()
	case first != "":
		info.TraceID = telemetry.WithLineage(first, lineage)
	default:
		return ctx
	}
	ctx = call.With(ctx, info)
	if len(links) > 0 {
		ctx = context.WithValue(ctx, linksKey{}, links)
	}
	return ctx
}
