package events

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	api "maru.dev/maru/api/events"
	"maru.dev/maru/pattern"
	"maru.dev/maru/wire"
)

// event is an event on its way through a bus.
type event struct {
	bus        busRef
	id         string
	source     string
	detailType string
	account    string // whose event it is, wherever the bus is
	region     string
	time       time.Time
	resources  []string
	detail     []byte // a JSON object without needless space
	traceID    string

	forwarded bool     // it came from another bus, and goes to no further one
	replay    string   // name of the replay that it is part of
	only      []string // ARNs of the rules that a replay is for; none is all
	ingested  time.Time

	told map[string]int // targets of the rules that it has set off; see note

	text     []byte         // see json
	parsed   *pattern.Event // see parse
	readOnly *bool          // see reads
}

// json is the event as targets get it.
func (e *event) json() []byte {
	if e.text != nil {
		return e.text
	}
	b := make([]byte, 0, len(e.detail)+len(e.source)+len(e.detailType)+320)
	b = append(b, `{"version":"0","id":`...)
	b = wire.AppendJSONString(b, e.id)
	b = append(b, `,"detail-type":`...)
	b = wire.AppendJSONString(b, e.detailType)
	b = append(b, `,"source":`...)
	b = wire.AppendJSONString(b, e.source)
	b = append(b, `,"account":`...)
	b = wire.AppendJSONString(b, e.account)
	b = append(b, `,"time":"`...)
	b = e.time.UTC().AppendFormat(b, time.RFC3339)
	b = append(b, `","region":`...)
	b = wire.AppendJSONString(b, e.region)
	if e.replay != "" {
		b = append(b, `,"replay-name":`...)
		b = wire.AppendJSONString(b, e.replay)
	}
	b = append(b, `,"resources":[`...)
	for i, r := range e.resources {
		if i > 0 {
			b = append(b, ',')
		}
		b = wire.AppendJSONString(b, r)
	}
	b = append(b, `],"detail":`...)
	b = append(b, e.detail...)
	e.text = append(b, '}')
	return e.text
}

// parse reads the event for patterns, once. What cannot be read matches
// nothing.
func (e *event) parse() *pattern.Event {
	if e.parsed == nil {
		parsed, err := pattern.ParseEvent(e.json())
		if err != nil {
			parsed = new(pattern.Event)
		}
		e.parsed = parsed
	}
	return e.parsed
}

// compact returns a JSON object without needless space; false if text is none.
func compact(text string) ([]byte, bool) {
	v := jsontext.Value(text)
	if err := v.Compact(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true), jsontext.PreserveRawStrings(true)); err != nil {
		return nil, false
	}
	return v, len(v) > 0 && v[0] == '{'
}

// size is what an entry counts for in a request.
func size(e *api.PutEventsRequestEntry) int {
	n := len(wire.Value(e.Source)) + len(wire.Value(e.DetailType)) + len(wire.Value(e.Detail))
	if e.Time != nil {
		n += 14
	}
	for _, r := range e.Resources {
		n += len(r)
	}
	return n
}

// concerns tells whether a rule may see the event: a replay may be for some
// only, and what tells of calls that change nothing is for those who ask for it.
func (e *event) concerns(l *listener) bool {
	return (len(e.only) == 0 || slices.Contains(e.only, l.arn)) && (l.rule.reads() || !e.reads())
}

// reads tells whether the event is CloudTrail's, of a call that changed nothing.
// The data that was read is another matter.
func (e *event) reads() bool {
	if e.detailType != "AWS API Call via CloudTrail" || !strings.HasPrefix(e.source, "aws.") {
		return false
	}
	if e.readOnly == nil {
		var d struct{ ReadOnly, ManagementEvent bool }
		e.readOnly = new(json.Unmarshal(e.detail, &d) == nil && d.ReadOnly && d.ManagementEvent)
	}
	return *e.readOnly
}
