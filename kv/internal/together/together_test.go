package together

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestADeedServesAllWhoCameBeforeItBegan has three rounds: one alone, those who
// came while it lasted, and none.
func TestADeedServesAllWhoCameBeforeItBegan(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var line Line
		deeds := 0
		deed := func() error {
			deeds++
			time.Sleep(time.Second)
			return nil
		}
		start := time.Now()
		took := make([]time.Duration, 20)
		var group sync.WaitGroup
		for i := range took {
			group.Go(func() {
				if i > 0 {
					time.Sleep(time.Second / 2)
				}
				if err := line.Do(deed); err != nil {
					t.Error(err)
				}
				took[i] = time.Since(start)
			})
		}
		group.Wait()
		if took[0] != time.Second {
			t.Errorf("who was alone waited for %v", took[0])
		}
		for _, d := range took[1:] {
			if d != 2*time.Second {
				t.Errorf("who came during the first deed waited until %v", d)
			}
		}
		if deeds != 2 {
			t.Errorf("%d deeds", deeds)
		}
		if err := line.Do(deed); err != nil || deeds != 3 {
			t.Errorf("%d deeds, %v", deeds, err)
		}
	})
}

// TestADeedThatFailsFailsForAllOfItsGroup checks each outcome against the deed
// that it is of.
func TestADeedThatFailsFailsForAllOfItsGroup(t *testing.T) {
	t.Parallel()
	failure := errors.New("failure")
	var line Line
	var begun, ended atomic.Int64 // deeds; the odd ones fail
	deed := func() error {
		n := begun.Add(1)
		defer ended.Add(1)
		if n%2 == 1 {
			return failure
		}
		return nil
	}
	var failed, done atomic.Int64
	var group sync.WaitGroup
	for range 16 {
		group.Go(func() {
			for range 2_000 {
				before := begun.Load()
				err := line.Do(deed)
				if ended.Load() <= before {
					t.Error("the deed had begun before it was asked for")
				}
				if errors.Is(err, failure) {
					failed.Add(1)
				}
				done.Add(1)
			}
		})
	}
	group.Wait()
	if done.Load() != 32_000 || failed.Load() == 0 || failed.Load() == done.Load() {
		t.Errorf("%d of %d failed", failed.Load(), done.Load())
	}
	if line.busy || len(line.waiting) > 0 {
		t.Error("somebody was left behind")
	}
}
