package kept

import (
	"context"
	"fmt"
	"testing"
	"time"
)

func TestAnswersEnd(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	c := Answers[string, int]{Limit: 10}
	c.Put("a", 1, 4, now, now.Add(time.Second))
	if v, ok := c.Get("a", now); !ok || v != 1 {
		t.Errorf("kept: %d %v", v, ok)
	}
	if _, ok := c.Get("a", now.Add(time.Second)); ok {
		t.Error("an answer counts at its end")
	}
	if _, ok := c.Get("b", now); ok {
		t.Error("an answer that was never given")
	}
}

// However answers come and go, no more is held than the limit, and the last one
// is there.
func TestAnswersAreBounded(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	c := Answers[string, int]{Limit: 10}
	c.Put("big", 0, 11, now, now.Add(time.Hour))
	if _, ok := c.Get("big", now); ok {
		t.Error("what is larger than the limit is kept")
	}
	for i := range 100 {
		key := fmt.Sprint(i % 7)
		c.Put(key, i, i%5, now, now.Add(time.Duration(i%3)*time.Second+1))
		if v, ok := c.Get(key, now); !ok || v != i {
			t.Fatalf("answer %d: %d %v", i, v, ok)
		}
		sum := 0
		for _, a := range c.kept {
			sum += a.weight
		}
		if sum != c.holds || sum > c.Limit {
			t.Fatalf("answer %d: %d held, %d counted", i, sum, c.holds)
		}
		now = now.Add(100 * time.Millisecond)
	}
}

func TestPlansAreOfTheNewestVersion(t *testing.T) {
	t.Parallel()
	type made struct {
		version   uint64
		inherited uint64
	}
	version, loads := uint64(1), 0
	plans := Plans[uint64, made]{
		Version: func(_ context.Context, id string) (uint64, bool, error) { return version, id == "a", nil },
		Load:    func(context.Context, string) (uint64, bool, error) { loads++; return version, true, nil },
		Compile: func(v uint64) *made { return &made{version: v} },
		Inherit: func(next, before *made) { next.inherited = before.version },
		Of:      func(m *made) uint64 { return m.version },
	}
	for _, want := range []made{{1, 0}, {1, 0}, {2, 1}} {
		version = want.version
		got, err := plans.Get(t.Context(), "a")
		if err != nil || *got != want {
			t.Errorf("%v, %v; want %v", got, err, want)
		}
	}
	if loads != 2 {
		t.Errorf("loaded %d times", loads)
	}
	if got, err := plans.Get(t.Context(), "b"); got != nil || err != nil {
		t.Errorf("a plan of nothing: %v, %v", got, err)
	}
}
