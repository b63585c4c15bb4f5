package testenv_test

import (
	"testing"

	"maru.dev/maru/internal/testenv"
)

func TestProcessComesBackAfterAKillOnTheSameAddress(t *testing.T) {
	t.Parallel()
	p := testenv.Process(t)
	if got := p.Health()["status"]; got != "ok" {
		t.Errorf("status %v, want ok", got)
	}
	p.Restart()
	if got := p.Health()["mode"]; got != "developer" {
		t.Errorf("mode %v, want developer", got)
	}
	p.Stop()
}
