package pipes

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"maru.dev/maru/service/pipes/template"
	"maru.dev/maru/task"
)

// Whatever a target answers, the records that are given back for it are the
// source's own; and all of them when it names one that it was not given.
func FuzzItemFailures(f *testing.F) {
	for _, answer := range []string{
		`{"batchItemFailures":[{"itemIdentifier":"a"},{"itemIdentifier":"1"}]}`, `{"batchItemFailures":[{"itemIdentifier":"z"}]}`, `{"batchItemFailures":[{"itemIdentifier":""}]}`,
		`{"batchItemFailures":[{"itemIdentifier":null}]}`, `{"batchItemFailures":[{"ItemIdentifier":"a"}]}`, `{"batchItemFailures":[null]}`, `{"batchItemFailures":[7]}`, `{"batchItemFailures":{}}`,
		`{"batchItemFailures":[]}`, `{"batchItemFailures":null}`, `{"BatchItemFailures":[{"itemIdentifier":"a"}]}`, `{}`, `[]`, `null`, `"x"`, ``, `{`,
	} {
		f.Add(answer)
	}
	records := []any{map[string]any{"messageId": "a"}, map[string]any{"messageId": "b"}, map[string]any{"dynamodb": map[string]any{"SequenceNumber": "1"}}, "text"}
	f.Fuzz(func(t *testing.T, answer string) {
		got := itemFailures([]byte(answer), records)
		var whole map[string]any
		_ = json.Unmarshal([]byte(answer), &whole) // an answer of another form reports none
		var want []int
		switch list := whole["batchItemFailures"].(type) {
		case nil:
		case []any:
			for _, item := range list {
				object, _ := item.(map[string]any)
				id, _ := object["itemIdentifier"].(string)
				i := slices.Index([]string{"a", "b", "1"}, id)
				if i < 0 {
					want = []int{0, 1, 2, 3}
					break
				}
				want = append(want, i)
			}
		default:
			want = []int{0, 1, 2, 3}
		}
		slices.Sort(want)
		if want = slices.Compact(want); !slices.Equal(got, want) {
			t.Errorf("%s reports %v, not %v", answer, got, want)
		}
	})
}

// Whatever a batch operation answers, what it has not taken is among what it was
// given.
func FuzzNotTaken(f *testing.F) {
	for _, answer := range []string{
		`{"Failed":[{"Id":"1","Code":"x"}]}`, `{"Failed":[{"Id":"-1"}]}`, `{"Failed":[{"Id":"99"}]}`, `{"Entries":[{"EventId":"e"},{"ErrorCode":"x"}]}`,
		`{"Entries":[{},{},{},{},{"ErrorCode":"x"}]}`, `{"Failed":null}`, `{"Failed":{}}`, `{}`, `null`, `[]`, ``,
	} {
		f.Add(answer, uint8(3))
	}
	f.Fuzz(func(t *testing.T, answer string, n uint8) {
		for _, e := range []entries{{refused: "Failed"}, {results: "Entries"}} {
			failed, err := e.notTaken(json.RawMessage(answer), int(n))
			if err == nil && (slices.ContainsFunc(failed, func(i int) bool { return i < 0 || i >= int(n) }) || len(failed) > len(answer)) {
				t.Errorf("of %d entries %s has not taken %v", n, answer, failed)
			}
		}
	})
}

// What an enrichment answers, and what paths into it lead to, cannot lead a
// request elsewhere: its path has as many parts, and its query is read as given.
func FuzzEndpointRequest(f *testing.F) {
	for _, value := range []string{"a", "../b", "a/b?c#d", "*", "%2F", "a&b=c", "é\x00\r\nX: y", ""} {
		f.Add(`{"v":"x"}`, value)
		f.Add(value, "$.v")
	}
	f.Add(`{"v":{"w":[1,2]}}`, "$.v.w[1]")
	f.Add(`[[1],{}]`, "$")
	f.Fuzz(func(t *testing.T, answer, parameter string) {
		v, err := template.Decode([]byte(answer))
		if err != nil {
			v = answer
		}
		for _, event := range unpack(v) {
			req := task.Request{URL: "https://example.com/a/*/b/*?c=d", Header: map[string]string{}}
			e := item{event, event}
			value := dynamic(&parameter, e)
			err := parametrise(&req, &httpParameters{
				PathParameterValues: []string{parameter, "fixed"}, QueryStringParameters: map[string]string{"q": parameter}, HeaderParameters: map[string]string{"h": parameter},
			}, e)
			if err != nil {
				t.Fatal(err)
			}
			u, err := url.Parse(req.URL)
			if err != nil {
				t.Fatalf("%q makes %q: %v", parameter, req.URL, err)
			}
			if u.Host != "example.com" || strings.Count(u.EscapedPath(), "/") != 4 || u.Path != "/a/"+value+"/b/fixed" || u.Query().Get("q") != value || u.Query().Get("c") != "d" || req.Header["h"] != value {
				t.Errorf("%q makes %q", value, req.URL)
			}
			if !json.Valid([]byte(textOf(event))) && event != textOf(event) {
				t.Errorf("%v is sent as %q", event, textOf(event))
			}
		}
	})
}

// What an endpoint's parameters take from an event is bounded.
func TestParametersOfEndpointsAreBounded(t *testing.T) {
	t.Parallel()
	e := item{map[string]any{"v": strings.Repeat("x", 100_000)}, map[string]any{"v": strings.Repeat("x", 100_000)}}
	for n, want := range map[int]bool{3: true, 100: false, 100_000: false} {
		p := &httpParameters{PathParameterValues: slices.Repeat([]string{"$.v"}, n), QueryStringParameters: map[string]string{}}
		for i := range min(n, 1000) {
			p.QueryStringParameters[strconv.Itoa(i)] = "$.v"
		}
		req := task.Request{URL: "https://example.com/" + strings.Repeat("*/", 500), Header: map[string]string{}}
		err := parametrise(&req, p, e)
		if (err == nil) != want || len(req.URL) > 2<<20 {
			t.Errorf("%d parameters make %d bytes, %v", n, len(req.URL), err)
		}
	}
}
