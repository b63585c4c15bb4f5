package compat_test

import (
	"os/exec"
	"path/filepath"
	"testing"

	"maru.dev/maru/internal/testenv"
)

func TestLogsWorkWithBoto3(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts Python and the whole program")
	}
	if err := exec.CommandContext(t.Context(), "python3", "-c", "import boto3").Run(); err != nil {
		t.Skipf("there is no boto3 for python3 here: %v", err)
	}
	script, err := filepath.Abs("logs_tour.py")
	if err != nil {
		t.Fatal(err)
	}
	p := testenv.Process(t)
	dir := folder(t)
	tour := exec.CommandContext(t.Context(), "python3", script)
	tour.Dir, tour.Env = dir, environment(p, dir)
	out, err := tour.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Error(err)
	}
}
