package ids

import (
	"crypto/rand"
	"testing"
	"time"
)

func TestATimeIsReadFromItsUUID(t *testing.T) {
	t.Parallel()
	source := New(rand.Reader)
	before := ""
	for _, ms := range []int64{0, 1, 1_763_760_000_000, 1_763_760_000_001, 1<<47 - 1} {
		id := source.TimeUUID(time.UnixMilli(ms))
		if got, ok := TimeOf(id); !ok || got != ms {
			t.Errorf("%s: %d, %t, want %d", id, got, ok, ms)
		}
		if id < before {
			t.Errorf("%s comes before %s", id, before)
		}
		before = id
	}
}

func TestOtherTextsHaveNoTime(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "x", New(rand.Reader).UUID(), "-1234567-89ab-7def-8000-000000000000", "0123456789ab-7def-8000-000000000000--"} {
		if ms, ok := TimeOf(text); ok {
			t.Errorf("%q is of %d", text, ms)
		}
	}
}
