package fence_test

import (
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"maru.dev/maru/kv/internal/fence"
)

// TestABrokenEngineChangesNothing tries every change, before and after.
func TestABrokenEngineChangesNothing(t *testing.T) {
	t.Parallel()
	var broken atomic.Bool
	fs := &fence.FS{FS: vfs.NewMem(), Broken: &broken}
	open, err := fs.Create("open", vfs.WriteCategoryUnspecified)
	if err != nil {
		t.Fatal(err)
	}
	changes := map[string]func() error{
		"create":   func() error { _, err := fs.Create("new", vfs.WriteCategoryUnspecified); return err },
		"reopen":   func() error { _, err := fs.OpenReadWrite("open", vfs.WriteCategoryUnspecified); return err },
		"write":    func() error { _, err := open.Write([]byte("x")); return err },
		"sync":     open.Sync,
		"syncData": open.SyncData,
		"syncTo":   func() error { _, err := open.SyncTo(1); return err },
		"mkdir":    func() error { return fs.MkdirAll("dir", 0o700) },
	}
	for name, change := range changes {
		if err := change(); err != nil {
			t.Errorf("%s before: %v", name, err)
		}
	}
	broken.Store(true)
	changes["link"] = func() error { return fs.Link("open", "other") }
	changes["rename"] = func() error { return fs.Rename("open", "other") }
	changes["remove"] = func() error { return fs.Remove("open") }
	changes["removeAll"] = func() error { return fs.RemoveAll("dir") }
	changes["reuse"] = func() error { _, err := fs.ReuseForWrite("open", "other", vfs.WriteCategoryUnspecified); return err }
	changes["writeAt"] = func() error { _, err := open.WriteAt([]byte("x"), 0); return err }
	for name, change := range changes {
		if err := change(); err == nil {
			t.Errorf("%s went through", name)
		}
	}
	if info, err := fs.Stat("open"); err != nil || info.Size() != 1 {
		t.Errorf("the file has changed: %v, %v", info, err)
	}
}
