package compute

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// What an earlier maru left running may write until it is killed: that keeps no
// pool from opening.
func TestAPoolOpensWhileWhatWasLeftBehindWrites(t *testing.T) {
	t.Parallel()
	for range 20 {
		dir := t.TempDir()
		own := filepath.Join(environmentsDir(dir), "left")
		if err := os.MkdirAll(own, 0o755); err != nil {
			t.Fatal(err)
		}
		for range 4 {
			writer := exec.CommandContext(t.Context(), "/bin/sh", "-c", "i=0; while :; do i=$((i+1)); mkdir -p "+own+"/$$/$i; done")
			writer.Env = []string{markerName + "=" + own, "PATH=/usr/bin:/bin"}
			if err := writer.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = writer.Wait() })
		}
		for {
			if made, _ := filepath.Glob(filepath.Join(own, "*", "*")); len(made) > 8 {
				break
			}
		}
		p, err := New(Options{Dir: dir, Driver: "process"})
		if err != nil {
			t.Fatal(err)
		}
		p.Close()
	}
}
