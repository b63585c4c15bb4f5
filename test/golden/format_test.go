package golden_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"maru.dev/maru/clock"
	"maru.dev/maru/kv"
)

// A format of which no folder is kept could be left behind unread by a later
// program, and no test would tell.
func TestAFolderOfTodaysFormatIsKept(t *testing.T) {
	t.Parallel()
	fresh := t.TempDir()
	st, err := kv.Open(t.Context(), kv.Options{Dir: fresh})
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	newest := 0
	for _, archive := range archives(t) {
		dir := t.TempDir()
		unpack(t, archive, dir)
		newest = max(newest, formatOf(t, filepath.Join(dir, "data", "kv")))
	}
	if today := formatOf(t, fresh); newest < today {
		t.Errorf("the program writes format %d, and the newest folder in testdata is of format %d: keep one with\n\tmake golden NAME=v%d-%s",
			today, newest, today, clock.System{}.Now().UTC().Format("2006-01-02"))
	}
}

// formatOf reads the format of a store's folder.
func formatOf(t *testing.T, dir string) int {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, "format.json"))
	if err != nil {
		t.Fatal(err)
	}
	var mark struct{ Format int }
	if err := json.Unmarshal(raw, &mark); err != nil || mark.Format < 1 {
		t.Fatalf("%s: %v", raw, err)
	}
	return mark.Format
}
