package compute

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What a function writes is bounded in all, and not each file by itself. The pieces
// are more than its /tmp holds, and no more: where nothing ends it, its time does.
func TestWhatAFunctionWritesIsBoundedInAll(t *testing.T) {
	t.Parallel()
	for way, pieces := range map[string]int{
		"files": 64, "removed files": 64, "closed folders": 64, "empty files": 16_000, "deep folders": 6000,
	} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			fn := goFunction(t)
			fn.EphemeralMB = 16
			r := f.invoke(t, fn, fmt.Sprintf(`{"do":"fill","text":%q,"n":%d}`, way, pieces))
			if r.ErrorType != "Runtime.ExitError" || !strings.Contains(string(r.Payload), "RequestId: req-1 Error: No space left on device: /tmp and files without a name hold more than 16 MB") {
				t.Errorf("%s %s", r.ErrorType, r.Payload)
			}
			if left, err := os.ReadDir(environmentsDir(f.dir)); err != nil || len(left) > 0 {
				t.Errorf("%v, %v are left on the disk", left, err)
			}
			if r := f.invoke(t, fn, `{}`); string(r.Payload) != `"ok"` {
				t.Errorf("afterwards: %s", r.Payload)
			}
		})
	}
}

// What a function leaves running may not fill the disk between invocations.
func TestWhatAFunctionLeavesRunningIsBounded(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	fn := goFunction(t)
	fn.EphemeralMB = 16
	var tmp string
	if err := json.Unmarshal(f.invoke(t, fn, `{"do":"fillafter","n":64}`).Payload, &tmp); err != nil {
		t.Fatal(err)
	}
	waitFor(t, func() bool {
		_, err := os.Stat(filepath.Dir(tmp))
		return os.IsNotExist(err)
	})
	if n := f.count(fn.Key); n != 0 {
		t.Errorf("%d environments are left", n)
	}
}
