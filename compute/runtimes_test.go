package compute

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// An interpreter that did not answer once, as on a machine too busy for it, is
// there when it is asked again: functions do not fail for as long as maru runs.
func TestAnInterpreterThatDidNotAnswerIsAskedAgain(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir+":/usr/bin:/bin")
	asked := filepath.Join(dir, "asked")
	picker := "#!/bin/sh\nif [ ! -e " + asked + " ]; then touch " + asked + "; exit 1; fi\necho /there/python\necho /there\n"
	if err := os.WriteFile(filepath.Join(dir, "python3.0"), []byte(picker), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "python3"), []byte("#!/bin/sh\nexit 1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	hosts := &interpreters{}
	if _, err := hosts.command("python3.0"); !errors.Is(err, errNoRuntime) {
		t.Fatalf("the first time: %v, want that it is not available", err)
	}
	found, err := hosts.command("python3.0")
	if err != nil || found.interpreter != "/there/python" || found.prefix != "/there" {
		t.Fatalf("the second time: %+v, %v", found, err)
	}
	if err := os.Remove(filepath.Join(dir, "python3.0")); err != nil {
		t.Fatal(err)
	}
	if again, err := hosts.command("python3.0"); err != nil || again != found {
		t.Errorf("what was found is remembered: %+v, %v", again, err)
	}
}
