package xray

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"unicode/utf8"

	"maru.dev/maru/arn"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/xray/trace"
	"maru.dev/maru/telemetry"
)

// RecordSpans implements telemetry.SpanStore: the platform's own spans become
// segments and subsegments.
func (s *Service) RecordSpans(ctx context.Context, account, region string, spans []*telemetry.Span) error {
	documents := make([]incoming, 0, len(spans))
	var broken error
	for _, span := range spans {
		seg := segmentOf(span)
		if err := seg.Check(); err != nil {
			broken = fmt.Errorf("span %s of %s: %w", span.ID, span.Trace, err)
			continue
		}
		documents = append(documents, incoming{segment: seg, size: seg.About()})
	}
	if err := s.store(ctx, home{account, region}, documents); err != nil {
		return fmt.Errorf("record spans: %w", err)
	}
	return broken
}

// SamplingRules implements telemetry.SamplingRules. A rule that asks for
// attributes is for none of the platform's own traces, which have none.
func (s *Service) SamplingRules(ctx context.Context, account, region string) (out []telemetry.SamplingRule, err error) {
	h := home{account, region}
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		var rules []rule
		for row, err := range kv.Scan[rule](tx, kv.Prefix(h.key("r"))) {
			if err != nil {
				return fmt.Errorf("load sampling rules: %w", err)
			}
			if len(row.Value.Attributes) == 0 {
				rules = append(rules, row.Value)
			}
		}
		slices.SortFunc(rules, func(a, b rule) int {
			return cmp.Or(cmp.Compare(a.Priority, b.Priority), cmp.Compare(a.Name, b.Name))
		})
		out = make([]telemetry.SamplingRule, len(rules))
		for i, r := range rules {
			out[i] = telemetry.SamplingRule{
				Name: r.ServiceName, Type: r.ServiceType, ARN: r.ResourceARN, Host: r.Host, Method: r.Method, Path: r.Path,
				Reservoir: int(r.Reservoir), Rate: r.Rate,
			}
		}
		return nil
	})
	return out, err
}

// segmentOf is a span as a document of its own: a segment, or a subsegment of
// another one.
func segmentOf(s *telemetry.Span) *trace.Segment {
	seg := stepOf(s)
	seg.TraceID, seg.ParentID, seg.Origin, seg.ResourceARN = s.Trace, s.Parent, s.Type, s.ARN
	if s.Type == "" {
		seg.Type = "subsegment"
	}
	for _, l := range s.Links {
		kind := "parent"
		if l.Onward {
			kind = "child"
		}
		seg.Links = append(seg.Links, trace.Link{TraceID: l.Trace, ID: l.Span, Attributes: map[string]string{"ReferenceType": kind}})
	}
	return seg
}

// stepOf is a span without what only documents of their own have.
func stepOf(s *telemetry.Span) *trace.Segment {
	seg := &trace.Segment{
		ID: s.ID, Name: shortName(s.Name), Start: trace.Seconds(s.Start), Namespace: s.Calls, Annotations: s.Annotations,
		Error: s.Outcome == telemetry.Error || s.Outcome == telemetry.Throttle, Throttle: s.Outcome == telemetry.Throttle,
		Fault: s.Outcome == telemetry.Fault, HTTP: httpOf(&s.HTTP), AWS: awsOf(s),
	}
	if s.End.IsZero() {
		seg.InProgress = true
	} else {
		seg.End = max(seg.Start, trace.Seconds(s.End)) // a clock may have been set back
	}
	if s.Code != "" || s.Message != "" {
		seg.Cause = &trace.Cause{Exceptions: []trace.Exception{{
			ID: s.ID, Type: s.Code, Message: cut(s.Message, maxMessage), Remote: s.Calls != "",
		}}}
	}
	for i := range s.Steps {
		seg.Subsegments = append(seg.Subsegments, stepOf(&s.Steps[i]))
	}
	return seg
}

// The longest texts that a span brings along.
const (
	maxSegmentName = 200
	maxMessage     = 1024
	maxURL         = 1024
)

// shortName is a name as long as a segment's may be. Only what a client has
// chosen is longer.
func shortName(name string) string {
	if name == "" {
		return "unknown"
	}
	return cut(name, maxSegmentName)
}

// cut is the beginning of a text, as valid UTF-8.
func cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	for limit > 0 && !utf8.RuneStart(text[limit]) {
		limit--
	}
	return text[:limit]
}

// httpOf is the http block, or nil.
func httpOf(h *telemetry.HTTP) *trace.HTTP {
	if *h == (telemetry.HTTP{}) {
		return nil
	}
	out := &trace.HTTP{}
	out.Request.Method, out.Request.URL = h.Method, cut(h.URL, maxURL)
	out.Request.ClientIP, out.Request.UserAgent = h.ClientIP, cut(h.UserAgent, maxURL)
	out.Response.Status = h.Status
	return out
}

// awsOf is the aws block: what was called, under the name that X-Ray has for
// each kind of resource.
func awsOf(s *telemetry.Span) *trace.AWS {
	if s.Type == "" && s.Calls != "aws" && s.Request == "" {
		return nil
	}
	a := &trace.AWS{AccountID: s.Account, Region: s.Region, Operation: s.Operation, RequestID: s.Request}
	switch s.Type {
	case "AWS::DynamoDB::Table":
		a.TableName = s.Name
	case "AWS::SQS::Queue":
		a.QueueURL = "https://sqs." + s.Region + ".amazonaws.com/" + s.Account + "/" + s.Name
	case "AWS::S3::Bucket":
		a.BucketName = s.Name
	case "AWS::SNS::Topic":
		a.TopicARN = s.ARN
	case "AWS::Lambda", "AWS::Lambda::Function":
		a.FunctionName, a.FunctionARN = s.Name, s.ARN
	}
	if s.LogGroup != "" {
		a.Logs = []trace.Log{{Group: s.LogGroup, ARN: arn.New("logs", s.Region, s.Account, "log-group:"+s.LogGroup)}}
	}
	return a
}
