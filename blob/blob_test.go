package blob

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"maru.dev/maru/clock"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/disk"
	"maru.dev/maru/kv/kvtest"
)

// started is when the tests' clocks begin.
var started = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// fixture is a store with a clock of its own.
type fixture struct {
	*Store
	clock  *clock.Fake
	folder *folder // nil in memory
}

// onDisk returns a store in a temporary folder.
func onDisk(t testing.TB) *fixture {
	t.Helper()
	f, err := newFolder(disk.System(), filepath.Join(t.TempDir(), "objects"))
	if err != nil {
		t.Fatal(err)
	}
	c := clock.NewFake(started)
	return &fixture{newStore(kvtest.Open(t), f, c), c, f}
}

// inMemory returns a store in memory.
func inMemory(t testing.TB) *fixture {
	t.Helper()
	c := clock.NewFake(started)
	return &fixture{newStore(kvtest.Open(t), newMemory(), c), c, nil}
}

// put stores content.
func put(t *testing.T, s *Store, content string) Ref {
	t.Helper()
	ref, n, err := s.Put(context.Background(), strings.NewReader(content))
	if err != nil || n != int64(len(content)) {
		t.Fatalf("put: %d bytes, %v", n, err)
	}
	return ref
}

// change links or unlinks in a transaction of its own.
func change(s *Store, ref Ref, how func(*kv.Tx, Ref) error) error {
	return s.kv.Update(context.Background(), func(tx *kv.Tx) error { return how(tx, ref) })
}

// read returns an object's content.
func read(s *Store, ref Ref) (string, error) {
	r, err := s.Open(ref)
	if err != nil {
		return "", err
	}
	content, err := io.ReadAll(r)
	return string(content), errors.Join(err, r.Close())
}

// must fails the test on an error.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// files counts the files of a folder.
func (f *folder) files(t *testing.T) (n int) {
	t.Helper()
	subs, err := f.subfolders()
	must(t, err)
	for _, sub := range subs {
		entries, err := f.fs.List(f.fs.PathJoin(f.dir, sub))
		must(t, err)
		n += len(entries)
	}
	return n
}

// both runs a test on disk and in memory.
func both(t *testing.T, test func(t *testing.T, f *fixture)) {
	t.Helper()
	for kind, open := range map[string]func(testing.TB) *fixture{"disk": onDisk, "memory": inMemory} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

func TestPutThenOpenReturnsTheBytes(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, f *fixture) {
		for _, size := range []int{0, 1, bufferSize - 1, bufferSize, 1 << 20} {
			want := strings.Repeat("x", size)
			ref := put(t, f.Store, want)
			if got, err := read(f.Store, ref); got != want || err != nil {
				t.Errorf("size %d: got %d bytes, %v", size, len(got), err)
			}
			path, err := f.Path(ref)
			must(t, err)
			if got, err := os.ReadFile(path); string(got) != want || err != nil {
				t.Errorf("size %d: file has %d bytes, %v", size, len(got), err)
			}
		}
	})
}

func TestPutOfTheSameBytesKeepsOneFile(t *testing.T) {
	t.Parallel()
	f := onDisk(t)
	if a, b := put(t, f.Store, "same"), put(t, f.Store, "same"); a != b {
		t.Errorf("names %s and %s", a, b)
	}
	if n := f.folder.files(t); n != 1 {
		t.Errorf("%d files", n)
	}
}

func TestMalformedNamesAreRefused(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, f *fixture) {
		for _, ref := range []Ref{"", "abc", "../../etc/passwd", Ref(strings.Repeat("../", 21) + "x"), Ref(strings.Repeat("A", 64))} {
			if _, err := f.Open(ref); !errors.Is(err, errRef) {
				t.Errorf("open %q: %v", ref, err)
			}
			if _, err := f.Path(ref); !errors.Is(err, errRef) {
				t.Errorf("path %q: %v", ref, err)
			}
			if err := change(f.Store, ref, f.Link); !errors.Is(err, errRef) {
				t.Errorf("link %q: %v", ref, err)
			}
			if err := change(f.Store, ref, f.Unlink); !errors.Is(err, errRef) {
				t.Errorf("unlink %q: %v", ref, err)
			}
		}
	})
}

func TestUnlinkedObjectIsSweptAndItsReadersKeepIt(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, f *fixture) {
		ref := put(t, f.Store, "content")
		must(t, change(f.Store, ref, f.Link))
		must(t, change(f.Store, ref, f.Link))
		f.clock.Advance(2 * unlinkedFor)
		must(t, change(f.Store, ref, f.Unlink))
		must(t, f.sweep(t.Context()))
		r, err := f.Open(ref)
		if err != nil {
			t.Fatalf("a linked object is gone: %v", err)
		}
		must(t, change(f.Store, ref, f.Unlink))
		must(t, f.sweep(t.Context()))
		if _, err := f.Open(ref); !errors.Is(err, ErrNotFound) {
			t.Errorf("open after the sweep: %v", err)
		}
		if err := change(f.Store, ref, f.Link); !errors.Is(err, ErrNotFound) {
			t.Errorf("link after the sweep: %v", err)
		}
		got, err := io.ReadAll(r)
		if string(got) != "content" || err != nil {
			t.Errorf("reader got %q, %v", got, err)
		}
		must(t, r.Close())
	})
}

// What is written over and over would otherwise have an hour's worth on disk.
func TestAnObjectGoesWithItsLastLinkHoweverYoungItIs(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, f *fixture) {
		for range 2 { // a second life is like the first
			ref := put(t, f.Store, "content")
			must(t, change(f.Store, ref, f.Link))
			must(t, change(f.Store, ref, f.Link)) // a copy
			must(t, change(f.Store, ref, f.Unlink))
			must(t, f.sweep(t.Context()))
			if _, err := read(f.Store, ref); err != nil {
				t.Errorf("a linked object is gone: %v", err)
			}
			must(t, change(f.Store, ref, f.Unlink))
			must(t, f.sweep(t.Context()))
			if _, err := read(f.Store, ref); !errors.Is(err, ErrNotFound) {
				t.Errorf("not swept: %v", err)
			}
		}
	})
}

func TestAPutThatIsNotLinkedYetProtectsFromAnothersUnlink(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, f *fixture) {
		ref := put(t, f.Store, "content")
		put(t, f.Store, "content") // by somebody else, who links it later
		must(t, change(f.Store, ref, f.Link))
		must(t, change(f.Store, ref, f.Unlink))
		must(t, f.sweep(t.Context()))
		must(t, change(f.Store, ref, f.Link))
		must(t, f.sweep(t.Context()))
		if _, err := read(f.Store, ref); err != nil {
			t.Errorf("a linked object is gone: %v", err)
		}
	})
}

func TestNeverLinkedObjectIsSweptAfterAnHour(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, f *fixture) {
		ref := put(t, f.Store, "content")
		f.clock.Advance(unlinkedFor / 2)
		put(t, f.Store, "content") // begins the hour anew
		f.clock.Advance(unlinkedFor * 3 / 4)
		must(t, f.sweep(t.Context()))
		if _, err := read(f.Store, ref); err != nil {
			t.Errorf("swept too early: %v", err)
		}
		f.clock.Advance(unlinkedFor / 2)
		must(t, f.sweep(t.Context()))
		if _, err := read(f.Store, ref); !errors.Is(err, ErrNotFound) {
			t.Errorf("not swept: %v", err)
		}
	})
}

func TestSweepsGoOnWhereTheLastOneEnded(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, f *fixture) {
		// A long transaction: it unlinks as of before a sweep, and ends after it.
		late := put(t, f.Store, "late")
		must(t, change(f.Store, late, f.Link))
		f.clock.Advance(2 * unlinkedFor)
		must(t, f.sweep(t.Context()))
		began := f.clock.Now()
		f.clock.Advance(lateBy / 2)
		must(t, f.sweep(t.Context()))
		must(t, f.kv.Update(t.Context(), func(tx *kv.Tx) error {
			return errors.Join(tx.Add(linksKey(late), -1), tx.Put(dueKey(began, late), nil))
		}))
		for i := range 3 { // and those that come after sweeps
			ref := put(t, f.Store, fmt.Sprint("content", i))
			must(t, change(f.Store, ref, f.Link))
			f.clock.Advance(2 * unlinkedFor)
			must(t, change(f.Store, ref, f.Unlink))
			f.clock.Advance(time.Second)
			must(t, f.sweep(t.Context()))
			if _, err := f.Open(ref); !errors.Is(err, ErrNotFound) {
				t.Errorf("object %d after the sweep: %v", i, err)
			}
			if i == 0 {
				if _, err := f.Open(late); !errors.Is(err, ErrNotFound) {
					t.Errorf("the late one: %v", err)
				}
			}
		}
	})
}

func TestPutProtectsFromAnEarlierUnlink(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, f *fixture) {
		ref := put(t, f.Store, "content")
		must(t, change(f.Store, ref, f.Link))
		f.clock.Advance(2 * unlinkedFor)
		must(t, change(f.Store, ref, f.Unlink))
		put(t, f.Store, "content")
		must(t, f.sweep(t.Context()))
		must(t, change(f.Store, ref, f.Link))
		f.clock.Advance(2 * unlinkedFor)
		must(t, f.sweep(t.Context()))
		if got, err := read(f.Store, ref); got != "content" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
	})
}

func TestAbortLeavesNothing(t *testing.T) {
	t.Parallel()
	f := onDisk(t)
	w, err := f.Create(t.Context())
	must(t, err)
	_, err = w.Write(bytes.Repeat([]byte("x"), 3*bufferSize))
	must(t, err)
	w.Abort()
	if n := f.folder.files(t); n != 0 {
		t.Errorf("%d files", n)
	}
	if _, err := w.Write(nil); !errors.Is(err, errWriterDone) {
		t.Errorf("write: %v", err)
	}
	if _, err := w.Commit(); !errors.Is(err, errWriterDone) {
		t.Errorf("commit: %v", err)
	}
}

func TestResetRemovesEveryObject(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, f *fixture) {
		ref := put(t, f.Store, "content")
		must(t, change(f.Store, ref, f.Link))
		must(t, f.Reset(t.Context()))
		if _, err := f.Open(ref); !errors.Is(err, ErrNotFound) {
			t.Errorf("open: %v", err)
		}
		if again := put(t, f.Store, "content"); again != ref {
			t.Errorf("named %s", again)
		}
		if got, err := read(f.Store, ref); got != "content" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
	})
}

func TestRunSweepsWhenWoken(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, f *fixture) {
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- f.Run(ctx) }()
		ref := put(t, f.Store, "content")
		must(t, change(f.Store, ref, f.Link))
		f.clock.Advance(2 * unlinkedFor)
		w := f.kv.Watch(kv.NewKey("swept"))
		defer w.Stop()
		must(t, change(f.Store, ref, f.Unlink))
		for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(time.Millisecond) {
			if _, err := f.Open(ref); errors.Is(err, ErrNotFound) {
				break
			}
			if time.Now().After(deadline) {
				t.Fatal("not swept")
			}
		}
		stop()
		must(t, <-ended)
	})
}

// Writers, linkers and sweepers of a few contents meet: whatever was linked can
// be read until it is unlinked.
func TestConcurrentPutLinkUnlinkSweepLosesNothing(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, f *fixture) {
		ctx, stop := context.WithCancel(t.Context())
		var sweeper, workers sync.WaitGroup
		sweeper.Go(func() {
			for ctx.Err() == nil {
				f.clock.Advance(unlinkedFor / 4)
				if err := f.sweep(ctx); err != nil && ctx.Err() == nil {
					t.Error(err)
				}
			}
		})
		for worker := range 4 {
			workers.Go(func() {
				rng := rand.New(rand.NewPCG(uint64(worker), 1))
				for range 40 {
					useObject(t, f.Store, fmt.Sprint("content ", rng.IntN(3)))
				}
			})
		}
		workers.Wait()
		stop()
		sweeper.Wait()
		f.clock.Advance(3 * unlinkedFor)
		// As at a start, from the front: while a put was made the clock may have run
		// ahead by more than lateBy.
		f.swept.Store(nil)
		must(t, f.sweep(t.Context()))
		if f.folder != nil {
			if n := f.folder.files(t); n != 0 {
				t.Errorf("%d files are left", n)
			}
		}
	})
}

// useObject puts, links, reads and unlinks content. The sweeper's clock runs
// fast, so the hour may be over before the link; then the object is put again.
func useObject(t *testing.T, s *Store, content string) {
	for {
		ref, _, err := s.Put(context.Background(), strings.NewReader(content))
		if err != nil {
			t.Error(err)
			return
		}
		err = change(s, ref, s.Link)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			t.Error(err)
			return
		}
		if got, err := read(s, ref); got != content || err != nil {
			t.Errorf("linked object: %q, %v", got, err)
		}
		if err := change(s, ref, s.Unlink); err != nil {
			t.Error(err)
		}
		return
	}
}

// A disk that has no room, knows that it has none or not, or fails, refuses large
// objects as the store refuses its own, and keeps nothing of them.
func TestADiskThatFailsRefusesObjects(t *testing.T) {
	t.Parallel()
	content := strings.Repeat("x", 1<<20)
	for name, fault := range map[string]struct {
		begin func(*kvtest.Disk)
		want  error
	}{
		"full":          {(*kvtest.Disk).Fill, kv.ErrFull},
		"full at once":  {(*kvtest.Disk).FillUnseen, kv.ErrFull},
		"failing syncs": {(*kvtest.Disk).FailSyncs, kv.ErrUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st, d := kvtest.Faulty(t)
			files, err := newFolder(d.FS(), "objects")
			if err != nil {
				t.Fatal(err)
			}
			s := newStore(st, files, clock.NewFake(started))
			before := put(t, s, "before")
			fault.begin(d)
			if _, _, err := s.Put(t.Context(), strings.NewReader(content)); !errors.Is(err, fault.want) {
				t.Errorf("refused with %v", err)
			}
			if got, err := read(s, before); got != "before" {
				t.Errorf("what was there before is %q, %v", got, err)
			}
			d.Heal()
			if drafts, err := d.FS().List(files.aside()); err != nil || len(drafts) > 0 {
				t.Errorf("%v are left, %v", drafts, err)
			}
			for {
				_, _, err := s.Put(t.Context(), strings.NewReader(content))
				if err == nil {
					break
				}
				if !errors.Is(err, fault.want) {
					t.Fatalf("healed, it refuses with %v", err)
				}
				<-clock.System{}.NewTimer(time.Millisecond).C() // the store opens itself anew
			}
		})
	}
}
