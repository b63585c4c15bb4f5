package crash_test

import (
	"os"
	"path/filepath"
	"testing"

	"maru.dev/maru/internal/testenv"
)

// process starts the program on a data folder that is kept when the test fails,
// with the program's log in it. The test's output then tells where it is and what
// the program was doing.
func process(t *testing.T) *testenv.Proc {
	t.Helper()
	dir, err := os.MkdirTemp("", "maru-crash-") //nolint:usetesting // it outlives a test that fails
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // after the one that ends the program
		if !t.Failed() {
			_ = os.RemoveAll(dir)
		}
	})
	proc := testenv.ProcessOn(t, dir)
	t.Cleanup(func() {
		if !t.Failed() {
			return
		}
		if proc.Running() {
			proc.Quit()
		}
		t.Logf("kept: %s, with its log %s", dir, filepath.Join(dir, "maru.log"))
	})
	return proc
}
