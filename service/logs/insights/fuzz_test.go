package insights

import (
	"strings"
	"testing"
	"time"
)

// FuzzQuery reads queries, and runs those that can be read: neither may panic,
// and what Maybe leaves out may not be among the results.
func FuzzQuery(f *testing.F) {
	for _, seed := range []string{
		`fields @timestamp, a.b[0] as x | filter x like /y/ and not (z in ["1", 2]) | sort x desc | limit 5`,
		`stats count(*), pct(latency, 95) by bin(5m), level | sort level`,
		`parse @message "[*] *" as a, b | display a`, `pattern @message | diff`, `dedup level | limit 1`,
		"parse @message /(?<n>\\d+)/ | stats sum(n) by `a-b`", `fields jsonParse(@message) as m | unnest m.tags into t`,
	} {
		f.Add(seed, `{"level":"ERROR","a":{"b":[1]},"tags":["x"],"latency":3} [x] y 12`)
	}
	f.Fuzz(func(t *testing.T, text, message string) {
		q, err := Parse(text, time.Unix(0, 0))
		if err != nil {
			return
		}
		e := &Event{At: 1, Message: message, Log: "1:/aws/lambda/x", Pointer: func(*Event) string { return "p" }}
		x := q.Begin(10, NewPool())
		w := x.Worker()
		w.Add(e)
		rows, matched := x.Results()
		if matched > 0 && len(rows) > 0 && !x.Maybe(message) {
			t.Errorf("%q matches %q, but may not", text, message)
		}
	})
}

// FuzzGlob holds what a glob takes apart against putting it together again.
func FuzzGlob(f *testing.F) {
	f.Add("user=*, method:*", "user=ann, method:get")
	f.Add("[*] *", "x [INFO] hello")
	f.Add("*", "all")
	f.Fuzz(func(t *testing.T, pattern, text string) {
		g := newGlob(pattern)
		parts := g.match(text)
		if parts == nil {
			return
		}
		if len(parts) != g.stars() {
			t.Fatalf("%q on %q: %q", pattern, text, parts)
		}
		var b strings.Builder
		b.WriteString(g[0])
		for i, p := range parts {
			b.WriteString(p + g[i+1])
		}
		if !strings.Contains(text, b.String()) {
			t.Errorf("%q on %q: %q", pattern, text, parts)
		}
	})
}
