package chunk

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestChunksComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	long := make([]Event, 500)
	for i := range long {
		long[i] = Event{int64(1_700_000_000_000 + i*7), fmt.Sprintf("line %d of a log that repeats itself", i)}
	}
	tests := map[string][]Event{
		"one":            {{5, "hello"}},
		"empty message":  {{0, ""}, {0, ""}, {1, "x"}},
		"before 1970":    {{-7, "a"}, {-3, "b"}},
		"packed":         long,
		"does not pack":  {{1, strings.Repeat("x", packFrom-1)}},
		"one large line": {{1, strings.Repeat("abc ", 1<<18)}},
	}
	for name, events := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := Open(Encode("id", "name", 99, events))
			if err != nil {
				t.Fatal(err)
			}
			var text int64
			for _, e := range events {
				text += int64(len(e.Message))
			}
			want := Head{"id", "name", events[0].At, events[len(events)-1].At, 99, len(events), text}
			if diff := cmp.Diff(want, c.Head); diff != "" {
				t.Error(diff)
			}
			b, err := c.Unpack(make([]byte, 10))
			if err != nil {
				t.Fatal(err)
			}
			var got []Event
			if err := b.All(func(_ int, e Event) bool { got = append(got, e); return true }); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(events, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCutKeepsChunksSmall(t *testing.T) {
	t.Parallel()
	big := strings.Repeat("x", maxText)
	tests := map[string]struct {
		events []Event
		want   int
	}{
		"all":               {[]Event{{1, "a"}, {2, "b"}}, 2},
		"too long a time":   {[]Event{{1, "a"}, {1 + Span, "b"}, {2 + Span, "c"}}, 2},
		"too much text":     {[]Event{{1, "a"}, {1, big}, {1, "c"}}, 1},
		"one that is large": {[]Event{{1, big + big}, {1, "b"}}, 1},
	}
	for name, tt := range tests {
		if got := Cut(tt.events); got != tt.want {
			t.Errorf("%s: %d, want %d", name, got, tt.want)
		}
	}
}

func FuzzOpen(f *testing.F) {
	f.Add(Encode("id", "name", 99, []Event{{1, "a"}, {2, strings.Repeat("b", 1000)}}))
	f.Add([]byte{version})
	f.Fuzz(func(_ *testing.T, value []byte) {
		c, err := Open(value)
		if err != nil {
			return
		}
		b, err := c.Unpack(nil)
		if err != nil {
			return
		}
		_ = b.All(func(int, Event) bool { return true })
	})
}
