package kv_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
)

// open opens a store in dir.
func open(t *testing.T, dir string) *kv.Store {
	t.Helper()
	st, err := kv.Open(t.Context(), kv.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	return st
}

// closeStore closes st.
func closeStore(t *testing.T, st *kv.Store) {
	t.Helper()
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestOpenTwiceNamesTheOtherProcess(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new", "data")
	st := open(t, dir)
	_, err := kv.Open(t.Context(), kv.Options{Dir: dir})
	if !errors.Is(err, kv.ErrInUse) || !strings.Contains(err.Error(), "process "+strconv.Itoa(os.Getpid())) {
		t.Errorf("got %v", err)
	}
	closeStore(t, st)
	closeStore(t, open(t, dir))
}

func TestOpenRefusesANewerFolderAndSaysWhy(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	closeStore(t, open(t, dir))
	for content, want := range map[string]string{
		`{"format":99,"writtenBy":"maru v9.9.9"}`: "format 99, written by maru v9.9.9",
		`{"format":`: "damaged",
		``:           "damaged",
	} {
		if err := os.WriteFile(filepath.Join(dir, "format.json"), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := kv.Open(t.Context(), kv.Options{Dir: dir})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", content, err)
		}
	}
}

func TestRowsAndVersionsSurviveRestartAndReset(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	log := kv.NewKey("log")
	var last uint64
	for round := range 4 {
		st := open(t, dir)
		if round == 2 {
			if err := st.Reset(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		for range 3 {
			update(t, st, func(tx *kv.Tx) error {
				return errors.Join(tx.PutAtCommit(log, nil, nil), tx.Add(kv.NewKey("sum"), 1))
			})
			var newest uint64
			view(t, st, func(tx *kv.Tx) error {
				for pair, err := range tx.Scan(kv.Range{From: log, To: kv.Prefix(log).To, Reverse: true, Limit: 1}) {
					if err = errors.Join(err, pair.Key.Scan(1, &newest)); err != nil {
						return err
					}
				}
				return nil
			})
			if newest <= last {
				t.Errorf("version %d after %d", newest, last)
			}
			last = newest
		}
		view(t, st, func(tx *kv.Tx) error {
			n, err := tx.Count(kv.NewKey("sum"))
			if want := int64(3*(round%2) + 3); n != want {
				t.Errorf("round %d: sum %d, want %d", round, n, want)
			}
			return err
		})
		closeStore(t, st)
	}
}

// Power may go at any moment of a store's creation, and of its first writes:
// afterwards it opens and holds what was acknowledged.
func TestCreationSurvivesPowerCuts(t *testing.T) {
	t.Parallel()
	disk := vfs.NewCrashableMem()
	type cut struct {
		disk  *vfs.MemFS
		acked bool
		op    string
	}
	var mu sync.Mutex // Pebble works in the background, too
	var cuts []cut
	acked := false
	fs := errorfs.Wrap(disk, errorfs.InjectorFunc(func(op errorfs.Op) error {
		mu.Lock()
		defer mu.Unlock()
		if op.Kind.ReadOrWrite() == errorfs.OpIsWrite {
			cuts = append(cuts, cut{disk.CrashClone(vfs.CrashCloneCfg{}), acked, fmt.Sprint(op)})
		}
		return nil
	}))
	st, err := kv.OpenOn(t.Context(), fs, kv.Options{Dir: "/a/b"})
	if err != nil {
		t.Fatal(err)
	}
	if err := putKey(st, kv.NewKey("k")); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	acked = true
	cuts = append(cuts, cut{disk.CrashClone(vfs.CrashCloneCfg{}), acked, "end"})
	mu.Unlock()
	closeStore(t, st)
	if len(cuts) < 20 {
		t.Errorf("only %d power cuts", len(cuts))
	}
	for _, c := range cuts {
		again, err := kv.OpenOn(context.Background(), c.disk, kv.Options{Dir: "/a/b"})
		if err != nil {
			t.Errorf("cut before %s: %v", c.op, err)
			continue
		}
		if c.acked && !hasKey(t, again, kv.NewKey("k")) {
			t.Errorf("cut before %s: an acknowledged row is gone", c.op)
		}
		if err := errors.Join(putKey(again, kv.NewKey("l")), again.Close()); err != nil {
			t.Errorf("cut before %s: %v", c.op, err)
		}
	}
}

func TestClosedStoreRefuses(t *testing.T) {
	t.Parallel()
	st := open(t, t.TempDir())
	closeStore(t, st)
	closeStore(t, st)
	nothing := func(*kv.Tx) error { return nil }
	for name, err := range map[string]error{
		"view": st.View(t.Context(), nothing), "update": st.Update(t.Context(), nothing), "reset": st.Reset(t.Context()),
	} {
		if !errors.Is(err, kv.ErrClosed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEndedContextEndsBeforeTheCommit(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := st.Update(ctx, func(*kv.Tx) error { t.Error("ran"); return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	ctx, stop = context.WithCancel(t.Context())
	err := st.Update(ctx, func(tx *kv.Tx) error {
		stop()
		return tx.Put(kv.NewKey("k"), nil)
	})
	if !errors.Is(err, context.Canceled) || hasKey(t, st, kv.NewKey("k")) {
		t.Errorf("got %v", err)
	}
}

func TestTransactionIsOverAfterItsClosure(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	var kept *kv.Tx
	update(t, st, func(tx *kv.Tx) error { kept = tx; return nil })
	_, _, err := kept.Get(kv.NewKey("k"))
	if err == nil || kept.Put(kv.NewKey("k"), nil) == nil || scanAll(kept, kv.Range{}) == nil {
		t.Error("a transaction works after its end")
	}
}

func TestRecordsKeepFieldsTimesAndUnknowns(t *testing.T) {
	t.Parallel()
	type before struct {
		ID   string         `json:"id"`
		Old  int            `json:"old"`
		At   time.Time      `json:"at"`
		Free map[string]any `json:"free"`
		Zero time.Time      `cbor:"zero,omitempty" json:"other"`
	}
	type after struct {
		ID  string    `json:"id"`
		At  time.Time `json:"at"`
		New []string  `json:"new"`
	}
	st := kvtest.Open(t)
	key := kv.NewKey("r", 1)
	at := time.Date(2026, 5, 6, 7, 8, 9, 123456789, time.UTC)
	want := before{ID: "x", Old: 1, At: at, Free: map[string]any{"a": map[string]any{"b": "c"}}}
	update(t, st, func(tx *kv.Tx) error { return kv.Put(tx, key, want) })
	view(t, st, func(tx *kv.Tx) error {
		got, ok, err := kv.Get[before](tx, key)
		if diff := cmp.Diff(want, got); diff != "" || !ok {
			t.Error(diff)
		}
		newer, _, err2 := kv.Get[after](tx, key)
		if diff := cmp.Diff(after{ID: "x", At: at}, newer); diff != "" {
			t.Error(diff)
		}
		for row, err := range kv.Scan[string](tx, kv.Prefix(kv.NewKey("r"))) {
			if err == nil {
				t.Errorf("decoded as %q", row.Value)
			}
		}
		return errors.Join(err, err2)
	})
}

// fullFS is a disk on which nothing is free.
type fullFS struct{ vfs.FS }

// GetDiskUsage implements vfs.FS.
func (fullFS) GetDiskUsage(string) (vfs.DiskUsage, error) {
	return vfs.DiskUsage{TotalBytes: 1 << 30, UsedBytes: 1 << 30}, nil
}

func TestAStartOnAFullDiskSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	_, err := kv.OpenOn(t.Context(), fullFS{vfs.NewMem()}, kv.Options{Dir: "/a"})
	if !errors.Is(err, kv.ErrFull) || !strings.Contains(err.Error(), "free ") {
		t.Errorf("opened on a full disk: %v", err)
	}
}
