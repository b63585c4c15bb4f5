// Package xray is AWS X-Ray: segment documents come in, and traces, their
// summaries and graphs of the services go out. Package trace below puts
// documents together, package filter reads filter expressions.
//
// # Storage
//
// Under (account, region, "xray"):
//
//	t trace           → head: size, revision, when it last changed
//	s trace id        → digest: what summaries and graphs need of a document
//	d trace id        → document, as it came
//	is second trace   → index by the start of a segment
//	ie second trace   → index by the end of a segment
//	iv second trace   → index by when a document came
//	nt, nb            → how many traces and bytes there are
//	x                 → a task looks for old traces of this home
//	g name            → group
//	r name            → sampling rule; rm → when one was last changed
//	rc rule client    → when a client last asked for its share
//	rs minute rule    → what clients have sampled
//	e                 → encryption configuration
//	p name            → resource policy
//	m sender          → the last telemetry record
//
// # Invariants
//
// A document, its digest, its trace's head and the three index rows are written
// in one transaction. A document that the platform itself has made is not kept:
// its digest holds all of it. A trace may have index rows at several seconds; it is
// found at one of them, which the digests tell. What a read costs depends on
// the range of time that is asked for, not on what is stored. The task
// xray.expire removes traces to which nothing was added for 30 days (Retention).
//
// # Limits
//
// As in AWS: documents of 64 KB, traces of 500 KB (what does not fit is left
// out, and LimitExceeded says so), 50 annotations in a summary, 24 hours for
// summaries and 6 for graphs, 25 groups and 25 sampling rules beside the
// defaults, five resource policies of 5 KB. A graph is made of the newest 20,000
// traces of its range, at most. Unlike in AWS, an account keeps MaxTraces traces
// and MaxBytes of them in a region, at most: the oldest make room for new ones.
//
// # The platform's own spans
//
// RecordSpans is the seam through which the platform stores its own spans
// (telemetry.SpanStore): many in one transaction, without HTTP; spans.go says what
// becomes of them. SamplingRules is how the rules of this service decide which of
// the platform's own traces are kept. Recorder is the same for whoever has
// segments already.
//
// # Differences from AWS
//
//   - Two nodes have one edge. It is of type "link", and knows the age of events,
//     when some of its hops are told in two traces: a batch is handled in the
//     trace of its first message, to which those of the others are linked. Links
//     to up to 1,000 traces are followed for a graph.
//   - Insights are not computed: there are never any, and no forecasts.
//   - Sampling boosts are kept with their rules, and never granted.
//   - The encryption configuration and resource policies are stored and shown,
//     and have no effect.
//   - Root causes are found by following errors (or the longest part) down from
//     the trace's root; AWS does not say how it finds them.
//   - Histograms have two significant digits.
//   - Codes of unprocessed documents beyond those that AWS's own clients name are
//     ours.
//   - Transaction Search (indexing rules, trace retrieval) is not there.
package xray
