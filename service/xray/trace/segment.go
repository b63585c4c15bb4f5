// Package trace reads segment documents and puts them together: documents to
// traces, and traces to summaries and service graphs.
//
// A Segment is what is kept of a document for that purpose. Everything else in
// the document (metadata, stack traces, queries) is only handed back.
package trace

import (
	"encoding/json"
	"errors"
	"math"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	exact "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// The limits of a document and of a trace.
const (
	MaxDocument    = 64 << 10
	MaxTrace       = 500 << 10
	maxName        = 200
	maxDepth       = 100 // of subsegments within each other
	maxAnnotations = 50  // of a trace
)

// Segment is a segment or subsegment: the members of a document that summaries,
// filters and graphs look at. It is stored as CBOR beside the document.
type Segment struct {
	ID          string         `cbor:"i" json:"id"`
	TraceID     string         `cbor:"-" json:"trace_id,omitempty"`
	Type        string         `cbor:"t,omitempty" json:"type,omitempty"` // "subsegment" for one that comes alone
	ParentID    string         `cbor:"p,omitempty" json:"parent_id,omitempty"`
	Name        string         `cbor:"n" json:"name"`
	Start       float64        `cbor:"s" json:"start_time"` // seconds
	End         float64        `cbor:"e,omitempty" json:"end_time,omitempty"`
	InProgress  bool           `cbor:"g,omitempty" json:"in_progress,omitempty"`
	Origin      string         `cbor:"o,omitempty" json:"origin,omitempty"`
	Namespace   string         `cbor:"ns,omitempty" json:"namespace,omitempty"`
	User        string         `cbor:"u,omitempty" json:"user,omitempty"`
	ResourceARN string         `cbor:"ra,omitempty" json:"resource_arn,omitempty"`
	Error       bool           `cbor:"er,omitempty" json:"error,omitempty"`
	Throttle    bool           `cbor:"th,omitempty" json:"throttle,omitempty"`
	Fault       bool           `cbor:"fa,omitempty" json:"fault,omitempty"`
	HTTP        *HTTP          `cbor:"h,omitempty" json:"http,omitempty"`
	AWS         *AWS           `cbor:"a,omitempty" json:"aws,omitempty"`
	SQL         *SQL           `cbor:"q,omitempty" json:"sql,omitempty"`
	Cause       *Cause         `cbor:"c,omitempty" json:"cause,omitempty"`
	Links       []Link         `cbor:"l,omitempty" json:"links,omitempty"`
	Annotations map[string]any `cbor:"an,omitempty" json:"annotations,omitempty"`
	Metadata    any            `cbor:"-" json:"metadata,omitempty"` // only written, never read
	Subsegments []*Segment     `cbor:"ss,omitempty" json:"subsegments,omitempty"`
}

// HTTP is the http block.
type HTTP struct {
	Request struct {
		Method    string `cbor:"m,omitempty" json:"method,omitempty"`
		URL       string `cbor:"u,omitempty" json:"url,omitempty"`
		UserAgent string `cbor:"a,omitempty" json:"user_agent,omitempty"`
		ClientIP  string `cbor:"c,omitempty" json:"client_ip,omitempty"`
	} `cbor:"q,omitempty" json:"request,omitzero"`
	Response struct {
		Status int `cbor:"s,omitempty" json:"status,omitempty"`
	} `cbor:"r,omitempty" json:"response,omitzero"`
}

// AWS is the part of the aws block that says what was called, and where it ran.
type AWS struct {
	AccountID    string `cbor:"a,omitempty" json:"account_id,omitempty"`
	Operation    string `cbor:"o,omitempty" json:"operation,omitempty"`
	Region       string `cbor:"r,omitempty" json:"region,omitempty"`
	RequestID    string `cbor:"ri,omitempty" json:"request_id,omitempty"`
	TableName    string `cbor:"t,omitempty" json:"table_name,omitempty"`
	QueueURL     string `cbor:"q,omitempty" json:"queue_url,omitempty"`
	BucketName   string `cbor:"b,omitempty" json:"bucket_name,omitempty"`
	TopicARN     string `cbor:"s,omitempty" json:"topic_arn,omitempty"`
	FunctionName string `cbor:"f,omitempty" json:"function_name,omitempty"`
	FunctionARN  string `cbor:"fa,omitempty" json:"function_arn,omitempty"`
	ResourceARN  string `cbor:"ra,omitempty" json:"resource_arn,omitempty"`
	Logs         []Log  `cbor:"l,omitempty" json:"cloudwatch_logs,omitempty"`
	EC2          *struct {
		InstanceID string `cbor:"i,omitempty" json:"instance_id,omitempty"`
		Zone       string `cbor:"z,omitempty" json:"availability_zone,omitempty"`
	} `cbor:"e,omitempty" json:"ec2,omitempty"`
}

// Log names a log group with lines of the segment's work.
type Log struct {
	Group string `cbor:"g,omitempty" json:"log_group,omitempty"`
	ARN   string `cbor:"a,omitempty" json:"arn,omitempty"`
}

// Link names a segment of another trace that this one goes on from, or that
// goes on from it.
type Link struct {
	TraceID    string            `cbor:"t" json:"trace_id"`
	ID         string            `cbor:"i,omitempty" json:"id,omitempty"`
	Attributes map[string]string `cbor:"a,omitempty" json:"attributes,omitempty"`
}

// SQL is the part of the sql block that names the database.
type SQL struct {
	DatabaseType string `cbor:"d,omitempty" json:"database_type,omitempty"`
}

// Cause is a segment's cause: exceptions, or the id of the exception of a
// subsegment.
type Cause struct {
	ID         string      `cbor:"i,omitempty" json:"id,omitempty"`
	Exceptions []Exception `cbor:"x,omitempty" json:"exceptions,omitempty"`
}

// Exception is one exception of a cause, without its stack.
type Exception struct {
	ID      string `cbor:"i,omitempty" json:"id,omitempty"`
	Message string `cbor:"m,omitempty" json:"message,omitempty"`
	Type    string `cbor:"t,omitempty" json:"type,omitempty"`
	Remote  bool   `cbor:"r,omitempty" json:"remote,omitempty"`
}

// UnmarshalJSON reads a cause in either of its forms.
func (c *Cause) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, &c.ID)
	}
	type plain Cause
	return json.Unmarshal(b, (*plain)(c))
}

// RefusalError is why a document is not taken: a code and a message.
type RefusalError struct {
	ID      string // of the segment, if it could be read
	Code    string
	Message string
}

// Error is for logs.
func (r *RefusalError) Error() string { return r.Code + ": " + r.Message }

// refuse makes a RefusalError in the service's form.
func refuse(id, code string) error {
	return &RefusalError{ID: id, Code: code, Message: "Invalid segment. ErrorCode: " + code}
}

var (
	segmentIDs = regexp.MustCompile(`^[0-9a-fA-F]{16}$`)
	traceIDs   = regexp.MustCompile(`^1-[0-9a-fA-F]{8}-[0-9a-fA-F]{24}$`)
	w3cIDs     = regexp.MustCompile(`^[0-9a-fA-F]{32}$`)
)

// NormalID brings a trace ID to X-Ray's form, in which it is stored: W3C's 32
// digits are taken, too.
func NormalID(id string) (string, bool) {
	switch {
	case traceIDs.MatchString(id):
		return strings.ToLower(id), true
	case w3cIDs.MatchString(id):
		id = strings.ToLower(id)
		return "1-" + id[:8] + "-" + id[8:], true
	}
	return id, false
}

// Parse reads a document and holds it against the schema. Its error is a
// *RefusalError.
func Parse(document string) (*Segment, error) {
	if len(document) > MaxDocument {
		return nil, refuse(looseID(document), "SegmentDocumentTooLarge")
	}
	var s Segment
	// Members are known by their exact names, as they are when the document is put
	// together with others: of one that is named twice, the last counts.
	if err := exact.Unmarshal([]byte(document), &s, jsontext.AllowDuplicateNames(true)); err != nil {
		return nil, refuse(looseID(document), "ParseError")
	}
	if err := s.Check(); err != nil {
		return nil, err
	}
	return &s, nil
}

// looseID finds the id in a document that breaks a rule.
func looseID(document string) string {
	var head struct {
		ID any `json:"id"`
	}
	if json.Unmarshal([]byte(document), &head) != nil {
		return ""
	}
	id, _ := head.ID.(string)
	return id
}

// Check holds a document's segment against the schema, and brings what it says
// to one form. Its error is a *RefusalError.
func (s *Segment) Check() error {
	if s.ID == "" {
		return refuse("", "MissingId")
	}
	if s.TraceID == "" {
		return refuse(s.ID, "MissingTraceId")
	}
	id, ok := NormalID(s.TraceID)
	if !ok {
		return refuse(s.ID, "InvalidTraceId")
	}
	s.TraceID = id
	if s.Type != "" && s.Type != "subsegment" {
		return refuse(s.ID, "InvalidType")
	}
	if s.Type == "subsegment" && s.ParentID == "" {
		return refuse(s.ID, "MissingParentId")
	}
	if s.ParentID != "" && !segmentIDs.MatchString(s.ParentID) {
		return refuse(s.ID, "InvalidParentId")
	}
	if code := s.check(0); code != "" {
		return refuse(s.ID, code)
	}
	return nil
}

// check holds a segment and those in it against the rules that all share.
func (s *Segment) check(depth int) (code string) {
	switch {
	case depth > maxDepth:
		return "SubsegmentsTooDeep"
	case !segmentIDs.MatchString(s.ID):
		return "InvalidId"
	case s.Name == "":
		return "MissingName"
	case utf8.RuneCountInString(s.Name) > maxName:
		return "InvalidName"
	case s.Start == 0:
		return "MissingStartTime"
	case s.End == 0 && !s.InProgress:
		return "MissingEndTime"
	case !seconds(s.Start), s.End != 0 && !seconds(s.End), s.End != 0 && s.End < s.Start:
		return "InvalidTime"
	}
	s.ID, s.ParentID = strings.ToLower(s.ID), strings.ToLower(s.ParentID)
	if depth > 0 {
		s.Type = "" // it does not come alone, whatever it says
	}
	if s.End != 0 {
		s.InProgress = false
	}
	s.settle()
	for key, v := range s.Annotations {
		if !annotation(v) || !annotationKeys.MatchString(key) {
			delete(s.Annotations, key)
		}
	}
	for _, sub := range s.Subsegments {
		if sub == nil {
			return "ParseError"
		}
		if code := sub.check(depth + 1); code != "" {
			return code
		}
	}
	return ""
}

// annotationKeys are the keys that are indexed; others are only handed back.
var annotationKeys = regexp.MustCompile(`^[A-Za-z0-9_.:/@-]{1,500}$`)

// annotation tells whether a value is one that is indexed.
func annotation(v any) bool {
	switch v := v.(type) {
	case string:
		return utf8.RuneCountInString(v) <= 1000
	case float64, bool:
		return true
	}
	return false
}

// settle derives from an HTTP status what the document does not say.
func (s *Segment) settle() {
	if s.HTTP != nil && !s.Error && !s.Fault && !s.Throttle {
		status := s.HTTP.Response.Status
		s.Throttle = status == 429
		s.Error = status >= 400 && status < 500
		s.Fault = status >= 500
	}
	if s.Throttle {
		s.Error = true
	}
}

// seconds tells whether a number is a time that can be kept.
func seconds(v float64) bool { return v > 0 && v < math.MaxInt32*100 && !math.IsNaN(v) }

// Time is a document's seconds as a time, to the microsecond.
func Time(v float64) time.Time { return time.UnixMicro(int64(math.Round(v * 1e6))).UTC() }

// Seconds is a time in a document's form.
func Seconds(t time.Time) float64 { return float64(t.UnixMicro()) / 1e6 }

// Document writes s as a document.
func (s *Segment) Document() (string, error) {
	b, err := json.Marshal(s)
	if err != nil {
		return "", err
	}
	if len(b) > MaxDocument {
		return "", refuse(s.ID, "SegmentDocumentTooLarge")
	}
	return string(b), nil
}

// AsRefusal is err as the refusal of a document, if it is one.
func AsRefusal(err error) (*RefusalError, bool) {
	var r *RefusalError
	ok := errors.As(err, &r)
	return r, ok
}

// About is about how many bytes s takes.
func (s *Segment) About() int {
	n := 160 + len(s.Name) + len(s.Origin) + len(s.ResourceARN) + 96*len(s.Links)
	if s.HTTP != nil {
		n += 48 + len(s.HTTP.Request.URL) + len(s.HTTP.Request.UserAgent)
	}
	if a := s.AWS; a != nil {
		n += 64 + len(a.Operation) + len(a.RequestID) + len(a.QueueURL) + len(a.TopicARN) + len(a.FunctionARN) + 128*len(a.Logs)
	}
	if s.Cause != nil {
		for _, x := range s.Cause.Exceptions {
			n += 48 + len(x.Message) + len(x.Type)
		}
	}
	for k, v := range s.Annotations {
		text, _ := v.(string)
		n += 16 + len(k) + len(text)
	}
	for _, sub := range s.Subsegments {
		n += sub.About()
	}
	return n
}

// end is when s ended, or its start while it has not.
func (s *Segment) end() float64 { return max(s.Start, s.End) }

// last is when the last of s and what it contains ended.
func (s *Segment) last() float64 {
	t := s.end()
	for _, sub := range s.Subsegments {
		t = max(t, sub.last())
	}
	return t
}

// Last is when the last of s and what it contains ended.
func (s *Segment) Last() time.Time { return Time(s.last()) }

// walk calls each for s and all below it, until it returns false.
func (s *Segment) walk(each func(*Segment) bool) bool {
	if !each(s) {
		return false
	}
	for _, sub := range s.Subsegments {
		if !sub.walk(each) {
			return false
		}
	}
	return true
}

// downstream tells whether a subsegment is a call of another service.
func (s *Segment) downstream() bool { return s.Namespace == "aws" || s.Namespace == "remote" }
