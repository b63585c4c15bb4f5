package cloudwatch

import (
	"encoding/base64"
	"errors"
	"testing"
	"time"

	api "maru.dev/maru/api/cloudwatch"
	"maru.dev/maru/service/cloudwatch/expression"
)

// A page's token is read as the place that it was written for, and nothing else is
// one.
func FuzzCursor(f *testing.F) {
	at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	in := func(token *string) *api.GetMetricDataInput {
		return &api.GetMetricDataInput{StartTime: at, EndTime: at.Add(time.Hour), NextToken: token}
	}
	of := requestMark(in(nil))
	for _, text := range []string{
		`{"Query":1,"Series":2,"Point":3,"Of":"` + of + `"}`, `{"Query":-1,"Series":0,"Point":0,"Of":"` + of + `"}`, `{"query":1,"Of":"` + of + `"}`,
		`{"Query":9223372036854775807,"Series":0,"Point":9223372036854775807,"Of":"` + of + `"}`, `{"Of":"other"}`, `null`, `[]`, ``,
	} {
		f.Add(base64.RawURLEncoding.EncodeToString([]byte(text)))
	}
	f.Add("")
	f.Add("%%%")
	f.Fuzz(func(t *testing.T, token string) {
		got, err := readCursor(in(&token))
		if err != nil {
			if _, ok := errors.AsType[*api.InvalidNextToken](err); !ok {
				t.Errorf("%q is refused with %v", token, err)
			}
			return
		}
		if got.Query < 0 || got.Series < 0 || got.Point < 0 || got.Of != of {
			t.Errorf("%q is taken for %+v", token, got)
		}
		if token != "" && got.token() != token {
			t.Errorf("%q is another way to write %+v", token, got)
		}
	})
}

// However small the pages are, they hold together what one page would, in its
// order, and none is fuller than it may be or leads nowhere.
func FuzzPages(f *testing.F) {
	f.Add([]byte{3, 0, 0x82, 5}, int32(2), true)
	f.Add([]byte{0x81, 1, 0, 0}, int32(1), false)
	f.Add([]byte{}, int32(1), false)
	at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, layout []byte, most int32, down bool) {
		if len(layout) > 50 || most < 1 {
			return
		}
		in := &api.GetMetricDataInput{StartTime: at, EndTime: at.Add(time.Hour), ScanBy: new(api.ScanByTimestampAscending)}
		if down {
			in.ScanBy = new(api.ScanByTimestampDescending)
		}
		e := &evaluator{done: make(map[string]expression.Value)}
		total, value := 0, 0.0
		for i, b := range layout { // each byte is a series, which begins a query where its first bit is not set
			if i == 0 || b < 0x80 {
				id := string(rune('a' + len(e.queries)))
				e.queries = append(e.queries, &query{MetricDataQuery: &api.MetricDataQuery{Id: id}})
				e.done[id] = expression.Value{Type: expression.Array}
			}
			id := e.queries[len(e.queries)-1].Id
			v, s := e.done[id], expression.Series{Label: string(rune('A' + i))}
			for k := range int(b & 0x0f) {
				value++
				s.Points = append(s.Points, expression.Point{At: at.Add(time.Duration(k) * time.Minute), Value: value})
			}
			total += len(s.Points)
			v.Series = append(v.Series, s)
			e.done[id] = v
		}
		page := func(token *string, most *int32) *api.GetMetricDataOutput {
			asked := *in
			asked.NextToken, asked.MaxDatapoints = token, most
			from, err := readCursor(&asked)
			if err != nil {
				t.Fatal(err)
			}
			p := &results{in: &asked, out: &api.GetMetricDataOutput{}, left: maxResultPoints}
			if most != nil {
				p.left = min(p.left, int(*most))
			}
			if err := p.fill(e, from); err != nil {
				t.Fatal(err)
			}
			return p.out
		}
		var want, got []float64
		for _, r := range page(nil, nil).MetricDataResults {
			want = append(want, r.Values...)
		}
		if len(want) != total {
			t.Fatalf("%d points of %d are on the one page", len(want), total)
		}
		pages := 0
		for token, more := (*string)(nil), true; more; {
			out, n := page(token, &most), 0
			for _, r := range out.MetricDataResults {
				got, n = append(got, r.Values...), n+len(r.Values)
			}
			if pages++; n > int(most) || n < int(most) && out.NextToken != nil || pages > total+1 {
				t.Fatalf("page %d has %d points of %d, and there is another: %v", pages, n, most, out.NextToken != nil)
			}
			token, more = out.NextToken, out.NextToken != nil
		}
		if len(got) != len(want) {
			t.Fatalf("%d points of %d are on the pages", len(got), len(want))
		}
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("point %d is %v, not %v", i, got[i], want[i])
			}
		}
	})
}
