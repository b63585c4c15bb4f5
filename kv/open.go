package kv

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/sstable/block"
	"github.com/cockroachdb/pebble/v2/vfs"

	"maru.dev/maru/kv/disk"
	"maru.dev/maru/kv/internal/fence"
	"maru.dev/maru/kv/internal/lock"
	"maru.dev/maru/kv/internal/space"
)

// Names in the data folder.
const (
	lockName   = "lock"        // held by the process that uses the folder; holds its number
	formatName = "format.json" // see format
	rowsName   = "rows"        // Pebble's folder
	asideName  = "rows.new"    // rows while it is being made
)

// Tuning. A memory table grows up to its size from a quarter of a MiB, and the
// cache as it is used, so an idle store is small. The cache decides what reads
// cost on a store that is larger: a row that is not there is read, checked and
// unpacked with its block, as long as the rest of the work takes. What is in memory tables is
// what a start has to read from the log after a crash: up to memTables of them,
// usually one or two.
const (
	memTableSize = 16 << 20
	memTables    = 6
	cacheSize    = 64 << 20
	bloomBits    = 10
	maxFiles     = 1000
)

// Open opens or creates the store in o.Dir.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Memory {
		o.Dir = "/memory"
		return OpenOn(ctx, vfs.NewMem(), o)
	}
	return OpenOn(ctx, vfs.Default, o)
}

// OpenOn is Open on another file system, for tests that make disks fail.
func OpenOn(ctx context.Context, fs vfs.FS, o Options) (*Store, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Cache == 0 {
		o.Cache = cacheSize
	}
	f := &folder{fs: fs, dir: o.Dir, cache: o.Cache, log: o.Log, hash: hasher()}
	if err := f.enter(); err != nil {
		return nil, fmt.Errorf("open store in %s: %w", o.Dir, err)
	}
	s := &Store{folder: f, hub: newHub(), hash: f.hash, closing: make(chan struct{})}
	e, err := f.open(s.failed)
	if err != nil {
		return nil, fmt.Errorf("open store in %s: %w", o.Dir, errors.Join(err, f.leave()))
	}
	s.engine = e
	return s, nil
}

// folder is a data folder in use by this process.
type folder struct {
	fs    vfs.FS
	dir   string
	cache int64
	log   *slog.Logger
	hash  func(key string) uint64
	lock  io.Closer
	from  int // the format of rows that wait for Upgrade; 0: none do
}

// enter locks the folder, which it makes when absent, and checks that this
// program can read it.
func (f *folder) enter() error {
	if err := disk.MakeFolder(f.fs, f.dir); err != nil {
		return err
	}
	if f.fs == vfs.Default {
		held, err := lock.File(f.path(lockName))
		if err != nil {
			return err
		}
		f.lock = held
	}
	if err := f.enterFormat(); err != nil {
		return errors.Join(err, f.leave())
	}
	return nil
}

// leave lets other processes use the folder.
func (f *folder) leave() error {
	if f.lock == nil {
		return nil
	}
	return f.lock.Close()
}

// path returns the path of a name in the folder.
func (f *folder) path(name string) string { return f.fs.PathJoin(f.dir, name) }

// open opens the database in the folder. What it is made on is out of reach
// for it once it has failed, so that it can be left behind and opened anew;
// failed is told then.
func (f *folder) open(failed func(error)) (*pebbleEngine, error) {
	if err := f.create(); err != nil {
		return nil, fmt.Errorf("create database: %w", err)
	}
	e := &pebbleEngine{space: space.New(f.fs, f.dir), cacheSize: f.cache, log: f.log, hash: f.hash, onFailure: failed}
	if missing := e.space.Start(); missing > 0 {
		return nil, fmt.Errorf("kv: open: %w; free %d MiB on the disk of %s", ErrFull, missing>>20+1, f.dir)
	}
	o := f.options(&fence.FS{FS: f.fs, Broken: &e.broken})
	o.Logger = engineLog{e}
	o.EventListener = e.events()
	db, err := pebble.Open(f.path(rowsName), o)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	e.db = db
	if err := e.start(); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return e, nil
}

// options returns how Pebble is to work on fs.
func (f *folder) options(fs vfs.FS) *pebble.Options {
	o := &pebble.Options{
		FS:                          fs,
		Merger:                      newMerger(),
		FormatMajorVersion:          pebble.FormatNewest,
		Logger:                      quietLog{f.log},
		CacheSize:                   f.cache,
		MaxOpenFiles:                maxFiles,
		MemTableSize:                memTableSize,
		MemTableStopWritesThreshold: memTables,
		L0CompactionThreshold:       4,
		L0StopWritesThreshold:       1000,
		LBaseMaxBytes:               64 << 20,
		BytesPerSync:                512 << 10,
		WALBytesPerSync:             512 << 10,
		CompactionConcurrencyRange:  func() (lower, upper int) { return 1, 2 },
	}
	for i := range o.Levels {
		o.Levels[i].FilterPolicy = bloom.FilterPolicy(bloomBits)
		o.Levels[i].FilterType = pebble.TableFilter
		o.Levels[i].BlockSize = 8 << 10
		// Most tables have one index, not an index of indexes as large as blocks; a
		// small cache still holds some.
		o.Levels[i].IndexBlockSize = 256 << 10
	}
	o.ApplyCompressionSettings(compressAtRest)
	return o
}

// compressAtRest compresses only the lowest level, where rows stay. What is
// above will soon be written again: compressing it was a tenth of a write's cost.
func compressAtRest() pebble.DBCompressionSettings {
	settings := pebble.DBCompressionNone
	settings.Name = "AtRest"
	settings.Levels[len(settings.Levels)-1] = block.FastestCompression
	return settings
}

// create makes an empty database if there is none. It is made aside and moved
// to its place when complete, since a power cut while Pebble makes one can
// leave what Pebble does not open.
func (f *folder) create() error {
	_, err := f.fs.Stat(f.path(rowsName))
	if err == nil || !errors.Is(err, os.ErrNotExist) {
		return err
	}
	aside := f.path(asideName)
	if err := f.fs.RemoveAll(aside); err != nil {
		return err
	}
	db, err := pebble.Open(aside, f.options(&fence.FS{FS: f.fs}))
	if err != nil {
		return err
	}
	if err := db.Close(); err != nil {
		return err
	}
	if err := disk.SyncFolder(f.fs, aside); err != nil {
		return err
	}
	if err := f.fs.Rename(aside, f.path(rowsName)); err != nil {
		return err
	}
	return disk.SyncFolder(f.fs, f.dir)
}

// quietLog is Pebble's log where nothing is at stake yet.
type quietLog struct{ log *slog.Logger }

// Infof implements pebble.Logger: Pebble's own doings are of no interest.
func (quietLog) Infof(string, ...any) {}

// Errorf implements pebble.Logger.
func (l quietLog) Errorf(format string, args ...any) {
	l.log.Error("storage engine", "error", fmt.Sprintf(format, args...))
}

// Fatalf implements pebble.Logger. The operation that failed returns an error,
// too.
func (l quietLog) Fatalf(format string, args ...any) { l.Errorf(format, args...) }
