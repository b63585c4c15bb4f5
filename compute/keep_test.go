package compute

import (
	"testing"
)

// What is kept is not ended to make room, nor for want of work; what is more
// than that, is.
func TestKeptEnvironmentsStay(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(o *Options) { o.MaxIdle = 1 })
	kept, other := goFunction(t), goFunction(t)
	kept.Key, other.Key = "kept", "other"
	f.Keep(map[string]int{"kept": 2})
	if err := f.Warm(t.Context(), kept, 2); err != nil {
		t.Fatal(err)
	}
	f.invoke(t, other, `{}`)
	if got := f.Ready("kept"); got != 2 {
		t.Errorf("%d are kept, want 2", got)
	}
	if got := f.Ready("other"); got != 0 {
		t.Errorf("%d of what is not kept stay beside them", got)
	}
	f.Keep(nil)
	f.invoke(t, other, `{}`)
	if got := f.Ready("kept") + f.Ready("other"); got != 1 {
		t.Errorf("%d are idle, want 1", got)
	}
}
