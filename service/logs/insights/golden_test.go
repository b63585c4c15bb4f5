package insights

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// corpus reads the events of testdata/corpus.txt: group, stream, time, message.
func corpus(t testing.TB) (events []*Event) {
	t.Helper()
	f, err := os.Open("testdata/corpus.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		parts := strings.SplitN(lines.Text(), " ", 4)
		at, err := strconv.ParseInt(parts[2], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		n := int64(len(events))
		events = append(events, &Event{
			At: at, Index: n, Ingested: at + 1000, Message: parts[3], Stream: parts[1], Log: "123456789012:" + parts[0],
			Pointer: func(*Event) string { return fmt.Sprint("p", n) },
		})
	}
	return events
}

// ask runs a query over events with some workers, and shows what comes of it.
func ask(text string, events []*Event, workers int) string {
	q, err := Parse(text, time.Unix(1_700_000_400, 0))
	if err != nil {
		var e *SyntaxError
		if !errors.As(err, &e) {
			return "error without a place: " + err.Error()
		}
		return fmt.Sprintf("! %d-%d %s\n", e.Start, e.End, e.Message)
	}
	x := q.Begin(MaxResults, NewPool())
	var all []*Worker
	for range workers {
		all = append(all, x.Worker())
	}
	for i, e := range events {
		if x.Maybe(e.Message) {
			all[i%workers].Add(e)
		}
	}
	rows, matched := x.Results()
	var b strings.Builder
	fmt.Fprintf(&b, "= %d\n", matched)
	for _, row := range rows {
		for i, f := range row {
			if i > 0 {
				b.WriteString(" | ")
			}
			b.WriteString(f.Name + ": " + f.Value)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// TestQueries asks the queries of testdata/queries.txt, each of which begins
// with "> " and is followed by how many events match and the rows that come, or
// by "!" with the place and the words of a syntax error.
func TestQueries(t *testing.T) {
	t.Parallel()
	events := corpus(t)
	file, err := os.ReadFile("testdata/queries.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	n := 0
	for block := range strings.SplitSeq(strings.TrimSuffix(string(file), "\n"), "\n\n") {
		var query, want strings.Builder
		for line := range strings.SplitSeq(block, "\n") {
			if text, ok := strings.CutPrefix(line, "> "); ok {
				if query.Len() > 0 {
					query.WriteString("\n")
				}
				query.WriteString(text)
			} else {
				want.WriteString(line + "\n")
			}
		}
		n++
		for workers := 1; workers <= 3; workers++ {
			got := ask(query.String(), events, workers)
			if workers == 1 {
				fmt.Fprintf(&out, "> %s\n%s\n", strings.ReplaceAll(query.String(), "\n", "\n> "), got)
				if *update {
					want.Reset()
					want.WriteString(got)
				}
			}
			if diff := cmp.Diff(want.String(), got); diff != "" {
				t.Errorf("%s\nwith %d workers (-want +got):\n%s", query.String(), workers, diff)
			}
		}
	}
	if n < 100 {
		t.Errorf("only %d queries", n)
	}
	if *update {
		if err := os.WriteFile("testdata/queries.txt", []byte(strings.TrimSuffix(out.String(), "\n")), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
