package telemetry

import (
	"crypto/rand"
	"runtime"
	"strings"
	"testing"
	"time"
	"unsafe"
	"weak"

	"maru.dev/maru/ids"
)

// request is the text of one, of which an account, a region and a name are
// parts, and what tells whether it is still in memory.
func request() (account, region, name string, there func() bool) {
	text := strings.Repeat("0123456789ab", 1000)
	held := weak.Make(unsafe.StringData(text))
	return text[:12], text[12:24], text[24:59], func() bool {
		for range 10 {
			if runtime.GC(); held.Value() == nil {
				return false
			}
		}
		return true
	}
}

func TestAMeasuredResourceKeepsNoRequest(t *testing.T) {
	t.Parallel()
	tally, _, _ := newTally(t)
	f := NewFamily(tally, "N", []string{"Name"}, Kind{Name: "Calls"})
	account, region, name, there := request()
	f.Add(Of(account, region, name), Value{0, 1})
	if there() {
		t.Error("all of the request's text is kept")
	}
	runtime.KeepAlive(f)
}

func TestAKeptTraceKeepsNoRequest(t *testing.T) {
	t.Parallel()
	s := newSampler(true, ids.New(rand.Reader), func() {})
	account, region, root, there := request()
	s.begin(root, place{account, region}, Root{})
	if there() {
		t.Error("all of the request's text is kept")
	}
	runtime.KeepAlive(s)
}

func TestWhatIsNoLongerMeasuredKeepsNoValues(t *testing.T) {
	t.Parallel()
	tally, _, book := newTally(t)
	f := NewFamily(tally, "N", []string{"Name"}, Kind{Name: "Time"})
	of := Of("1", "r", "gone")
	measure := func() {
		for n := range 50 {
			f.Add(of, Value{0, float64(n)})
		}
		tally.Flush(t.Context())
	}
	measure()
	row := f.shards[f.shardOf(&of)].rows[of]
	for range restAfter {
		if row.cells[0].values == nil {
			t.Fatal("a pause takes the values' memory")
		}
		tally.Flush(t.Context())
	}
	if row.cells[0].values != nil {
		t.Error("memory for values is kept")
	}
	measure()
	if got := book.values["Time Name=gone 10:00"][7]; got != 2 {
		t.Errorf("7 was measured %v times, want 2", got)
	}
	if !f.Active(of, time.Minute) {
		t.Error("it is not active when it is measured again")
	}
}
