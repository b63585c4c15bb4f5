package dynamodbstreams

import (
	"testing"
	"time"

	"maru.dev/maru/service/dynamodb/stream"
)

func TestIteratorsComeBack(t *testing.T) {
	t.Parallel()
	want := iterator{"arn:aws:dynamodb:us-east-1:000000000000:table/tab/stream/2026-01-01T00:00:00.000", 3, stream.Position{Version: 1 << 60, Index: 7}, time.UnixMilli(1_800_000_000_123)}
	got, err := parseIterator(want.String())
	if err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
}

func FuzzParseIterator(f *testing.F) {
	f.Add("arn:aws:dynamodb:us-east-1:000000000000:table/tab/stream/x|1|MyA0IDUgNg==")
	f.Add("|1|")
	f.Fuzz(func(t *testing.T, s string) {
		if i, err := parseIterator(s); err == nil {
			if again, err := parseIterator(i.String()); err != nil || again != i {
				t.Errorf("%q: %+v, then %+v, %v", s, i, again, err)
			}
		}
	})
}
