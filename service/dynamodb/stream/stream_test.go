package stream

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
	"maru.dev/maru/service/dynamodb/attr"
)

func TestRecordsSurviveTheirEncoding(t *testing.T) {
	t.Parallel()
	keys := attr.Item{{Name: "pk", Value: attr.Str("a")}}
	old := attr.Item{keys[0], {Name: "v", Value: attr.Num("1")}}
	tests := map[string]Record{
		"insert":  {Event: Insert, At: time.UnixMilli(1).UTC(), Keys: keys, New: old},
		"modify":  {Event: Modify, At: time.UnixMilli(1_800_000_000_123).UTC(), Keys: keys, Old: old, New: keys},
		"expired": {Event: Remove, At: time.UnixMilli(0).UTC(), Keys: keys, Old: old, Expired: true},
		"keys":    {Event: Remove, At: time.UnixMilli(0).UTC(), Keys: keys},
	}
	for name, want := range tests {
		got, err := decode(want.encode())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

func TestSequenceNumbersSortAsPositionsDo(t *testing.T) {
	t.Parallel()
	positions := []Position{{}, {0, 1}, {0, 99999}, {1, 0}, {9, 9}, {10, 0}, {1 << 60, 3}, {^uint64(0), 0}}
	for i, p := range positions {
		s := p.Sequence()
		if got, err := ParseSequence(s); err != nil || got != p {
			t.Errorf("%s: %v, %v", s, got, err)
		}
		if i > 0 && positions[i-1].Sequence() >= s {
			t.Errorf("%v is not before %v", positions[i-1], p)
		}
	}
	if First != (Position{}).Sequence() {
		t.Error("First is not the first")
	}
	for _, bad := range []string{"", "1", "x" + First[1:], First + "0", "2" + First[1:]} {
		if _, err := ParseSequence(bad); err == nil {
			t.Errorf("%q passes", bad)
		}
	}
}

func TestShardsShareThePartitions(t *testing.T) {
	t.Parallel()
	s := Stream{Shards: 4}
	for hash, want := range map[uint32]int{0: 0, 1 << 30: 1, 1 << 31: 2, 3 << 30: 3, ^uint32(0): 3} {
		if got := s.Shard(hash); got != want {
			t.Errorf("hash %x is in shard %d, want %d", hash, got, want)
		}
	}
}

func TestTrimRemovesWhatIsOldInBatches(t *testing.T) {
	t.Parallel()
	st, space := kvtest.Open(t), In("0", "r")
	start := time.Unix(1_800_000_000, 0)
	update := func(fn func(tx *kv.Tx) error) {
		t.Helper()
		if err := st.Update(t.Context(), fn); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 10 {
		update(func(tx *kv.Tx) error {
			return space.Write(tx, "s", 0, 0, Record{Event: Insert, At: start.Add(time.Duration(i) * time.Hour), Keys: attr.Item{}})
		})
	}
	left := func() (n int, ended bool) {
		t.Helper()
		err := st.View(t.Context(), func(tx *kv.Tx) error {
			page, err := space.Read(tx, "s", 0, Position{}, 100, 1<<20)
			n, ended = len(page.Entries), page.Ended
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return n, ended
	}
	for _, want := range []struct {
		left int
		more bool
	}{{7, true}, {5, false}, {5, false}} {
		update(func(tx *kv.Tx) error {
			oldest, more, err := space.Trim(tx, "s", 0, start.Add(5*time.Hour), 3)
			if err == nil && (more != want.more || oldest.IsZero()) {
				t.Errorf("more %v, oldest %v", more, oldest)
			}
			return err
		})
		if n, _ := left(); n != want.left {
			t.Errorf("%d left, want %d", n, want.left)
		}
	}
	update(func(tx *kv.Tx) error {
		return space.Close(tx, Stream{ID: "s", Table: "t", Label: "l", Shards: 1}, start)
	})
	if n, ended := left(); n != 5 || !ended {
		t.Errorf("%d left, ended %v", n, ended)
	}
}

func FuzzDecodeRecord(f *testing.F) {
	f.Add(Record{Event: Modify, Keys: attr.Item{{Name: "pk", Value: attr.Str("a")}}, Old: attr.Item{}, New: attr.Item{}}.encode())
	f.Fuzz(func(_ *testing.T, b []byte) { _, _ = decode(b) })
}
