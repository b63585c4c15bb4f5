package kv_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAnUpgradeIsBegunAnewUntilItIsDone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	upgrade := func(fail error) (from []int) {
		st := open(t, dir)
		defer closeStore(t, st)
		err := st.Upgrade(t.Context(), func(_ context.Context, format int) error {
			from = append(from, format)
			return fail
		})
		if !errors.Is(err, fail) {
			t.Errorf("upgrade: %v, want %v", err, fail)
		}
		return from
	}
	if from := upgrade(nil); from != nil {
		t.Errorf("a new folder was upgraded from %v", from)
	}
	name := filepath.Join(dir, "format.json")
	if err := os.WriteFile(name, []byte(`{"format":1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, fail := range []error{errors.New("power cut"), nil} {
		if from := upgrade(fail); len(from) != 1 || from[0] != 1 {
			t.Errorf("upgraded from %v, want 1", from)
		}
		raw, err := os.ReadFile(name)
		if err != nil || strings.Contains(string(raw), `"format":1`) {
			t.Errorf("an older program would still open it: %s, %v", raw, err)
		}
	}
	if from := upgrade(nil); from != nil {
		t.Errorf("upgraded again, from %v", from)
	}
}
