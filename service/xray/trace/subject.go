package trace

import (
	"slices"

	"maru.dev/maru/service/xray/filter"
)

// Subject is t as filter expressions see it. group tells whether a trace belongs
// to a group.
func (t *Trace) Subject(group func(name string, t filter.Subject) bool) filter.Subject {
	return &whole{t: t, group: group}
}

// whole is a trace as a subject.
type whole struct {
	t     *Trace
	group func(name string, t filter.Subject) bool
	memo  []call
}

// calls are the trace's requests, worked out once.
func (w *whole) calls() []call {
	if w.memo == nil {
		w.memo = w.t.calls()
	}
	return w.memo
}

// Bool is about what the trace's client saw, but for throttle and partial.
func (w *whole) Bool(keyword string) bool {
	switch keyword {
	case "throttle":
		return slices.ContainsFunc(w.t.Segments, func(s *Segment) bool { return s.Throttle })
	case "partial":
		return slices.ContainsFunc(w.t.Segments, func(s *Segment) bool { return s.InProgress })
	}
	root := w.t.root()
	return root != nil && segmentBool(root, keyword)
}

// segmentBool is a keyword's value for one segment.
func segmentBool(s *Segment, keyword string) bool {
	switch keyword {
	case "ok":
		return !s.Error && !s.Fault && !s.Throttle && !s.InProgress
	case "error":
		return s.Error
	case "fault":
		return s.Fault
	case "throttle":
		return s.Throttle
	case "partial":
		return s.InProgress
	case "remote":
		return s.Namespace == "remote"
	}
	return false
}

func (w *whole) Numbers(keyword string) []float64 {
	root := w.t.root()
	switch {
	case root == nil:
		return nil
	case keyword == "duration":
		return []float64{w.t.Duration()}
	}
	return segmentNumbers(root, keyword)
}

// segmentNumbers are a keyword's values for one segment.
func segmentNumbers(s *Segment, keyword string) []float64 {
	switch {
	case keyword == "responsetime" && !s.InProgress:
		return []float64{round(s.end() - s.Start)}
	case keyword == "duration":
		return []float64{round(s.last() - s.Start)}
	case keyword == "http.status" && s.HTTP != nil && s.HTTP.Response.Status != 0:
		return []float64{float64(s.HTTP.Response.Status)}
	}
	return nil
}

// traceWide are the keywords that are about any segment of a trace; the others
// are about its root.
var traceWide = []string{"user", "name", "type", "message", "availabilityzone", "instance.id", "resource.arn"}

func (w *whole) Strings(keyword string) (out []string) {
	if slices.Contains(traceWide, keyword) {
		for _, s := range w.t.Segments {
			out = append(out, segmentStrings(s, keyword)...)
		}
		return out
	}
	if root := w.t.root(); root != nil {
		return segmentStrings(root, keyword)
	}
	return nil
}

// segmentStrings are a keyword's values for one segment.
func segmentStrings(s *Segment, keyword string) (out []string) {
	h := s.HTTP
	if h == nil {
		h = &HTTP{}
	}
	zone, instance := s.place()
	switch keyword {
	case "http.url":
		out = []string{h.Request.URL}
	case "http.method":
		out = []string{h.Request.Method}
	case "http.useragent":
		out = []string{h.Request.UserAgent}
	case "http.clientip":
		out = []string{h.Request.ClientIP}
	case "user":
		out = []string{s.User}
	case "name":
		out = []string{s.Name}
	case "type":
		out = []string{s.Origin}
	case "availabilityzone":
		out = []string{zone}
	case "instance.id":
		out = []string{instance}
	case "resource.arn":
		out = []string{s.arn()}
	case "message":
		for _, e := range s.exceptions() {
			out = append(out, e.Message)
		}
	}
	return slices.DeleteFunc(out, func(v string) bool { return v == "" })
}

// place is where a segment ran.
func (s *Segment) place() (zone, instance string) {
	if s.AWS == nil || s.AWS.EC2 == nil {
		return "", ""
	}
	return s.AWS.EC2.Zone, s.AWS.EC2.InstanceID
}

// arn is the resource on which a segment ran.
func (s *Segment) arn() string {
	switch {
	case s.ResourceARN != "":
		return s.ResourceARN
	case s.AWS == nil:
		return ""
	case s.AWS.ResourceARN != "":
		return s.AWS.ResourceARN
	}
	return s.AWS.FunctionARN
}

// exceptions are those that a segment's cause holds.
func (s *Segment) exceptions() []Exception {
	if s.Cause == nil {
		return nil
	}
	return s.Cause.Exceptions
}

func (w *whole) Annotations(key string) (out []any) {
	for _, s := range w.t.Segments {
		out = append(out, segmentAnnotations(s, key)...)
	}
	return out
}

// segmentAnnotations are the values under a key in a segment and below it.
func segmentAnnotations(s *Segment, key string) (out []any) {
	s.walk(func(sub *Segment) bool {
		if v, ok := sub.Annotations[key]; ok {
			out = append(out, v)
		}
		return true
	})
	return out
}

func (w *whole) Services(match filter.ID) (out []filter.Subject) {
	calls := w.calls()
	for i, c := range calls {
		if s := c.service; match.Matches(s.Name, s.Type, s.Account) {
			seg := c.to
			if seg == nil {
				seg = c.by
			}
			out = append(out, visit{w, seg, c.inferred, i == 0, i == len(calls)-1, c.from == nil})
		}
	}
	return out
}

func (w *whole) Edges(from, to filter.ID) (out []filter.Subject) {
	for _, c := range w.calls() {
		caller := w.t.caller(c)
		if from.Matches(caller.Name, caller.Type, caller.Account) && to.Matches(c.service.Name, c.service.Type, c.service.Account) {
			out = append(out, visit{w, c.span(), c.inferred, false, false, c.from == nil})
		}
	}
	return out
}

// caller is the node that a call came from.
func (t *Trace) caller(c call) Service {
	if c.from == nil {
		return Service{Name: c.service.Name, Type: clientType}
	}
	return c.from.service(t.Account)
}

func (w *whole) Group(name string) bool { return w.group != nil && w.group(name, w) }

func (w *whole) Causes(kind string) []filter.Cause { return w.t.causes(kind) }

// visit is one visit of a service, or one request between two.
type visit struct {
	w                 *whole
	s                 *Segment
	inferred          bool
	first, last, root bool
}

func (v visit) Bool(keyword string) bool {
	switch keyword {
	case "inferred":
		return v.inferred
	case "first":
		return v.first
	case "last":
		return v.last
	case "root":
		return v.root
	}
	return segmentBool(v.s, keyword)
}

func (v visit) Numbers(keyword string) []float64          { return segmentNumbers(v.s, keyword) }
func (v visit) Strings(keyword string) []string           { return segmentStrings(v.s, keyword) }
func (v visit) Annotations(key string) []any              { return segmentAnnotations(v.s, key) }
func (v visit) Services(match filter.ID) []filter.Subject { return v.w.Services(match) }
func (v visit) Edges(from, to filter.ID) []filter.Subject { return v.w.Edges(from, to) }
func (v visit) Group(name string) bool                    { return v.w.Group(name) }
func (v visit) Causes(kind string) []filter.Cause         { return v.w.Causes(kind) }
