package source

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
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
	for _, answer := range []string{`{"state":{"n":1}}`, `{"state":null}`, `{"STATE":{}}`, `{"state":7}`, `{"state": [ 1e400 ] }`, `{"state":"\ud800"}`, `{}`, `[]`, `null`, ``, `{"state":{}}{`} {
		f.Add([]byte(answer))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		w := &window{state: []byte(freshState)}
		if !w.take(answer) {
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
