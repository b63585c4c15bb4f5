package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"maru.dev/maru/clock"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/disk"
	"maru.dev/maru/kv/kvtest"
)

// errKilled is what a dead process's disk says.
var errKilled = errors.New("killed")

// content is of several blocks of a disk, of which a power cut may leave some.
func content(of string) string { return strings.Repeat(of+" ", 3000) }

// scenario puts, links, unlinks and sweeps, and notes in linked what must be
// there. It calls ack whenever that is so until the next call.
func scenario(s *Store, c *clock.Fake, linked map[Ref]string, ack func()) error {
	for i, text := range []string{content("one"), content("two"), content("one"), content("three")} {
		ref, _, err := s.Put(context.Background(), strings.NewReader(text))
		if err != nil {
			return err
		}
		if err := change(s, ref, s.Link); err != nil {
			return err
		}
		linked[ref] = text
		ack()
		if i%2 == 1 {
			delete(linked, ref)
			ack()
			if err := change(s, ref, s.Unlink); err != nil {
				return err
			}
			c.Advance(2 * unlinkedFor)
			if err := s.sweep(context.Background()); err != nil {
				return err
			}
		}
	}
	return nil
}

func TestKillAtEachStepLosesNoLinkedObjectAndLeavesNoFile(t *testing.T) {
	t.Parallel()
	for kill := 0; ; kill++ {
		f := onDisk(t)
		steps := 0
		f.folder.fs = kvtest.Before(f.folder.fs, func(string) error {
			steps++
			if steps > kill {
				return errKilled
			}
			return nil
		})
		linked := make(map[Ref]string)
		err := scenario(f.Store, f.clock, linked, func() {})
		if err != nil && !errors.Is(err, errKilled) {
			t.Fatal(err)
		}
		again, openErr := newFolder(disk.System(), f.folder.dir)
		must(t, openErr)
		survives(t, f.kv, again, linked)
		if t.Failed() {
			t.Fatalf("killed at %d", kill)
		}
		if err == nil {
			if kill < 20 {
				t.Errorf("only %d steps", kill)
			}
			return
		}
	}
}

// What Put and Link have returned for is on disk: the bytes, the file's name,
// and the names of the folders above it, all before the row that says so.
func TestAPowerCutLosesNoLinkedObjectAndLeavesNoFile(t *testing.T) {
	t.Parallel()
	const dir = "/objects"
	acked := []map[Ref]string{nil}
	work := func(fs disk.FS, st *kv.Store, ack func()) {
		f, err := newFolder(fs, dir)
		must(t, err)
		c := clock.NewFake(started)
		linked := make(map[Ref]string)
		must(t, scenario(newStore(st, f, c), c, linked, func() {
			acked = append(acked, maps.Clone(linked))
			ack()
		}))
	}
	kvtest.CrashBeside(t, work, func(fs disk.FS, st *kv.Store, n int) {
		f, err := newFolder(fs, dir)
		must(t, err)
		survives(t, st, f, acked[n])
	})
}

// survives checks what a crash has left: all that is linked, nothing but whole
// objects, and once the process has run for a while no file too many.
func survives(t *testing.T, st *kv.Store, f *folder, linked map[Ref]string) {
	t.Helper()
	s := newStore(st, f, clock.NewFake(time.Now().Add(48*time.Hour)))
	for _, ref := range objectsOf(t, s) {
		got, err := read(s, ref)
		if sum := sha256.Sum256([]byte(got)); err != nil || hex.EncodeToString(sum[:]) != string(ref) {
			t.Errorf("object %s has %d bytes that are not its own, %v", ref, len(got), err)
		}
	}
	must(t, s.removeOrphans(t.Context()))
	must(t, s.sweep(t.Context()))
	for ref, want := range linked {
		if got, err := read(s, ref); got != want || err != nil {
			t.Errorf("%.8q… has %d bytes of %d, %v", want, len(got), len(want), err)
		}
	}
	if n, objects := f.files(t), objectsOf(t, s); n != len(objects) {
		t.Errorf("%d files for %d objects", n, len(objects))
	}
}

// objectsOf lists the objects that kv says are there.
func objectsOf(t *testing.T, s *Store) (refs []Ref) {
	t.Helper()
	must(t, s.kv.View(t.Context(), func(tx *kv.Tx) error {
		refs = nil
		for row, err := range kv.Scan[object](tx, kv.Prefix(root().With("object"))) {
			if err != nil {
				return err
			}
			var ref string
			if err := row.Key.Scan(4, &ref); err != nil {
				return err
			}
			refs = append(refs, Ref(ref))
		}
		return nil
	}))
	return refs
}
