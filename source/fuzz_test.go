package source

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/wire"
)

// Whatever a function answers, no record counts as dealt with of which it does not
// say so: the report is empty, or names records of the batch, or all have failed.
func FuzzPartialFailures(f *testing.F) {
	for _, answer := range []string{
		`{"batchItemFailures":[{"itemIdentifier":"a"},{"itemIdentifier":"c"}]}`, `{"batchItemFailures":[{"itemIdentifier":"z"}]}`, `{"batchItemFailures":[{"itemIdentifier":""}]}`,
		`{"batchItemFailures":[{"itemIdentifier":null}]}`, `{"batchItemFailures":[{"ItemIdentifier":"a"}]}`, `{"batchItemFailures":[null]}`, `{"batchItemFailures":[7]}`, `{"batchItemFailures":{}}`,
		`{"batchItemFailures":[]}`, `{"batchItemFailures":null}`, `{"BatchItemFailures":[{"itemIdentifier":"a"}]}`, `{}`, `[]`, `null`, `"x"`, `""`, ``, `{`, "\xff",
		`{"batchItemFailures":` + strings.Repeat("[", 300) + strings.Repeat("]", 300) + `}`,
	} {
		f.Add([]byte(answer))
	}
	place := map[string]int{"a": 0, "b": 1, "c": 2}
	s := &streamPoller{m: &Mapping{ReportFailures: true}}
	f.Fuzz(func(t *testing.T, answer []byte) {
		failed, ok := partialFailures(answer, func(id string) bool { _, known := place[id]; return known })
		first := s.firstFailure(answer, place)
		if !ok {
			if first != 0 || failed != nil {
				t.Errorf("%q makes no sense, and fails from %d", answer, first)
			}
			return
		}
		var said struct {
			Failures []map[string]any `json:"batchItemFailures"`
		}
		var whole map[string]any // whose keys are as they are written
		if json.Unmarshal(answer, &whole) == nil && whole["batchItemFailures"] != nil {
			text, err := json.Marshal(map[string]any{"batchItemFailures": whole["batchItemFailures"]})
			if err != nil || json.Unmarshal(text, &said) != nil {
				t.Fatalf("%q is a report", answer)
			}
		}
		want := map[string]bool{}
		for _, item := range said.Failures {
			id, _ := item["itemIdentifier"].(string)
			want[id] = true
		}
		if !maps.Equal(failed, want) {
			t.Errorf("%q reports %v, not %v", answer, failed, want)
		}
		least := -1
		if len(want) > 0 {
			least = slices.Index([]string{"a", "b", "c"}, slices.Min(slices.Collect(maps.Keys(want))))
		}
		if first != least {
			t.Errorf("%q fails from %d, not %d", answer, first, least)
		}
	})
}

// What a window carries on is what a function answered, and can be told to the
// next one.
func FuzzTake(f *testing.F) {
	for _, answer := range []string{`{"state":{"n":1}}`, `{"state":null}`, `{"STATE":{}}`, `{"state":1,"State":2}`, `{"State":1,"state":null}`, `{"state":1,"state":2}`, `{"state":7}`, `{"state": [ 1e400 ] }`, `{"state":"\ud800"}`, `{}`, `[]`, `null`, ``, `{"state":{}}{`} {
		f.Add([]byte(answer))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		w := &window{state: []byte(freshState)}
		taken := w.take(answer)
		if json.Valid(answer) {
			said, _ := numbered(t, answer).(map[string]any)
			if taken != (said["state"] != nil) {
				t.Fatalf("%q is taken: %t", answer, taken)
			}
		}
		if !taken {
			if string(w.state) != freshState {
				t.Errorf("%q is not taken, but %s is carried on", answer, w.state)
			}
			return
		}
		s := &streamPoller{m: &Mapping{SourceARN: "arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/s"}}
		text, err := json.Marshal(s.tell("shard", w))
		if err != nil {
			t.Fatalf("%q cannot be told: %v", answer, err)
		}
		var told struct {
			State json.RawMessage `json:"state"`
		}
		if err := json.Unmarshal(text, &told); err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(answer, w.state) || string(w.state) == "null" {
			t.Errorf("%q is carried on as %q", answer, w.state)
		}
		if diff := cmp.Diff(numbered(t, w.state), numbered(t, told.State)); diff != "" {
			t.Errorf("%q is told otherwise:\n%s", answer, diff)
		}
	})
}

// numbered reads JSON with its numbers as they are.
func numbered(t *testing.T, text []byte) (v any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// answering is a Caller that answers every read with a text.
type answering string

// Call has no use.
func (answering) Call(_ context.Context, svc, operation string, _ any) (any, error) {
	return nil, wire.NotImplemented(svc, operation)
}

// CallJSON returns the text.
func (a answering) CallJSON(context.Context, string, string, json.RawMessage) (json.RawMessage, error) {
	return json.RawMessage(a), nil
}

// What is read from a stream is every record of it, each with the number behind which
// to go on, or nothing.
func FuzzRead(f *testing.F) {
	const record = `{"eventID":"e","dynamodb":{"SequenceNumber":"7","Keys":{"a":{"S":"x"},"b":{"N":"1"}},"ApproximateCreationDateTime":1700000000}}`
	for _, answer := range []string{
		`{"Records":[` + record + `,` + record + `],"NextShardIterator":"i"}`, `{"Records":[null]}`, `{"Records":[{}]}`, `{"Records":[{"dynamodb":null}]}`, `{"Records":[{"dynamodb":{"SequenceNumber":7}}]}`,
		`{"Records":[{"dynamodb":{"SequenceNumber":"1","Keys":null,"ApproximateCreationDateTime":1e300}}]}`, `{"Records":[{"dynamodb":{"SequenceNumber":"1","Keys":{"b":1,"a":2},"ApproximateCreationDateTime":"x"}}]}`,
		`{"Records":{}}`, `{"Records":null}`, `{"NextShardIterator":7}`, `{}`, `null`, `[]`, ``, "\xff",
	} {
		f.Add(answer, int64(1_700_000_000_123))
	}
	const form = `{"Records":[{"dynamodb":{"SequenceNumber":"1","Keys":{},"ApproximateCreationDateTime":%d.%03d}}]}`
	reader := func(answer string) *streamPoller {
		s := &streamPoller{Poller: &Poller{}, m: &Mapping{SourceARN: "arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/s"}}
		s.Caller = answering(answer)
		return s
	}
	f.Fuzz(func(t *testing.T, answer string, millis int64) {
		s := reader(answer)
		records, next, err := s.read(t.Context(), "i", 10)
		if err != nil {
			if records != nil || next != "" {
				t.Errorf("%q is %v and %q: %v", answer, records, next, err)
			}
			return
		}
		var said struct {
			Records           []json.RawMessage
			NextShardIterator string
		}
		if err := json.Unmarshal([]byte(answer), &said); err != nil || len(said.Records) != len(records) || said.NextShardIterator != next {
			t.Fatalf("%q is %v and %q: %v", answer, records, next, err)
		}
		for i, r := range records {
			var plain map[string]any
			if err := json.Unmarshal(said.Records[i], &plain); err != nil {
				t.Fatal(err)
			}
			plain["eventSourceARN"] = s.m.SourceARN
			if diff := cmp.Diff(plain, r.json); diff != "" || r.sequence == "" || plain["dynamodb"].(map[string]any)["SequenceNumber"] != r.sequence {
				t.Errorf("record %q of %q:\n%s", r.sequence, answer, diff)
			}
			var key any
			if err := json.Unmarshal([]byte(r.key), &key); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(plain["dynamodb"].(map[string]any)["Keys"], key); diff != "" {
				t.Errorf("the key of %q:\n%s", answer, diff)
			}
		}
		if millis < 0 || millis > 1<<43 {
			return // no time of a record
		}
		records, _, err = reader(fmt.Sprintf(form, millis/1000, millis%1000)).read(t.Context(), "i", 1)
		if err != nil || len(records) != 1 || records[0].created.UnixMilli() != millis {
			t.Errorf("%d is %v: %v", millis, records, err)
		}
	})
}

// Filters see of a message's body what JSON there is in it; all else stays as it is.
func FuzzParsedBody(f *testing.F) {
	for _, body := range []string{`{"a":[1,"x"]}`, `[]`, `7`, `"text"`, `null`, `{`, ``, `{} {}`, "\xff", ` {"a":1e400}`} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		record := map[string]any{"body": body, "messageId": "a"}
		got := parsedBody(record)
		if record["body"] != body || got["messageId"] != "a" || len(got) != 2 {
			t.Fatalf("%q: %v becomes %v", body, record, got)
		}
		var want any
		if json.Unmarshal([]byte(body), &want) != nil {
			want = nil
		}
		switch want.(type) {
		case map[string]any, []any:
		default:
			want = body
		}
		if diff := cmp.Diff(want, got["body"]); diff != "" {
			t.Errorf("%q is seen otherwise:\n%s", body, diff)
		}
	})
}
