package main

import (
	"bufio"
	"errors"
	"net"
	"strings"
	"testing"
	"time"
)

// listener accepts connections and says nothing.
func listener(t *testing.T) *server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return &server{name: "silent", address: l.Addr().String()}
}

// A closed loop would have one slow operation; whoever came meanwhile waited,
// too.
func TestOpenLoopCountsWhatAStallHoldsUp(t *testing.T) {
	t.Parallel()
	const stall = 200 * time.Millisecond
	n := 0
	var first time.Time
	r, _ := open(listener(t), 1, 100, 500*time.Millisecond, func(c *conn) error {
		n++
		if first.IsZero() && n > 60 { // past the warm-up of fifty
			first = c.began
			time.Sleep(stall)
		}
		return nil
	})
	slow := int64(0)
	for _, bar := range r.latency.Distribution() {
		if bar.From >= int64(stall/4) {
			slow += bar.Count
		}
	}
	if want := int64(10); slow < want {
		t.Errorf("%d operations waited for the stall, want %d or more", slow, want)
	}
	if r.errors > 0 {
		t.Errorf("%d errors", r.errors)
	}
}

func TestRefusalsAreCountedAndTold(t *testing.T) {
	t.Parallel()
	n := 0
	r := closed(listener(t), 1, 50*time.Millisecond, func(*conn) error {
		if n++; n%2 == 0 {
			return &refusal{"400 Bad Request", "no"}
		}
		return nil
	})
	if r.errors == 0 || r.done() == 0 || r.fault == nil || !strings.Contains(r.fault.Error(), "400") {
		t.Errorf("%d errors, %d done, the first: %v", r.errors, r.done(), r.fault)
	}
}

func TestRatioIsThatOfTheMiddleRound(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		a, b []float64
		want float64
	}{
		"same":                           {[]float64{5, 5, 5}, []float64{5, 5, 5}, 1},
		"half":                           {[]float64{5}, []float64{10}, 0.5},
		"a slow moment in both":          {[]float64{8, 1, 8}, []float64{10, 1.25, 10}, 0.8},
		"a slow moment in one":           {[]float64{8, 1, 8}, []float64{10, 10, 10}, 0.8},
		"a round that the other has not": {[]float64{8, 8}, []float64{10}, 0.8},
		"nothing to compare with":        {[]float64{8}, []float64{0}, 0},
		"nothing":                        {nil, nil, 0},
	}
	for name, tt := range tests {
		if got := ratio(tt.a, tt.b); got != tt.want {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}

func TestRoundsAddUp(t *testing.T) {
	t.Parallel()
	var sum result
	for i, d := range []time.Duration{time.Millisecond, 2 * time.Millisecond, time.Hour} {
		r := result{latency: newLatency(), errors: 1, fault: errors.New("first"), cpu: time.Second, rates: []float64{float64(i)}}
		record(r.latency, d)
		sum.add(r)
	}
	if sum.done() != 3 || sum.errors != 3 || sum.cpu != 3*time.Second || sum.rate() != 1 {
		t.Errorf("%+v", sum)
	}
	if got := sum.at(50).Round(100 * time.Microsecond); got != 2*time.Millisecond {
		t.Errorf("median %v", got)
	}
	if got := sum.at(100).Round(time.Second); got != time.Minute { // what is longer counts as a minute
		t.Errorf("longest %v", got)
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		answer, want, wantErr string
	}{
		"with a length":   {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", "{}", ""},
		"created":         {"HTTP/1.1 201 Created\r\ncontent-length:2\r\n\r\n{}", "{}", ""},
		"chunked":         {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", "{}", ""},
		"without content": {"HTTP/1.1 204 No Content\r\n\r\n", "", ""},
		"refused":         {"HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\nno", "", "400 Bad Request no"},
		"cut off":         {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{}", "", "unexpected EOF"},
	}
	for name, tt := range tests {
		c := &conn{r: bufio.NewReader(strings.NewReader(tt.answer))}
		got, err := c.read()
		if string(got) != tt.want || (err == nil) != (tt.wantErr == "") || err != nil && err.Error() != tt.wantErr {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func TestFlags(t *testing.T) {
	t.Parallel()
	o, err := parse([]string{"-endpoint", "a=self", "-endpoint", "http://127.0.0.1:1#2", "-connections", "1,8", "-open", "25,50"})
	if err != nil {
		t.Fatal(err)
	}
	if len(o.endpoints) != 2 || len(o.connections) != 2 || o.connections[1] != 8 || o.loads[0] != 25 {
		t.Errorf("%+v", o)
	}
	for _, bad := range [][]string{{"-connections", "0"}, {"-open", "x"}, {"-rounds", "0"}, {"-large", "1"}} {
		if _, err := parse(bad); err == nil {
			t.Errorf("%v: no error", bad)
		}
	}
}
