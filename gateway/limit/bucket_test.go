package limit

import (
	"testing"
	"time"
)

func TestABucketGivesItsBurstAndThenItsRate(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	b := NewBucket(10, 3)
	taken := func(tries int) (n int) {
		for range tries {
			if b.Take(now) {
				n++
			}
		}
		return n
	}
	if n := taken(5); n != 3 {
		t.Errorf("at first: %d", n)
	}
	now = now.Add(200 * time.Millisecond)
	if n := taken(5); n != 2 {
		t.Errorf("after a fifth of a second: %d", n)
	}
	now = now.Add(-time.Hour) // a clock that was set back
	if n := taken(5); n != 0 {
		t.Errorf("in the past: %d", n)
	}
	now = now.Add(2 * time.Hour)
	if n := taken(5); n != 3 {
		t.Errorf("after a long time: %d", n)
	}
	if NewBucket(0, 0).Take(now) {
		t.Error("a bucket without room gave a token")
	}
}
