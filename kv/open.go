package kv

import (
	"fmt"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// openPebble opens the engine that o describes.
func openPebble(o Options) (engine, error) {
	var fs vfs.FS = vfs.Default
	dir := o.Dir
	if o.Memory {
		fs, dir = vfs.NewMem(), "store"
	}
	return openPebbleIn(o, fs, dir)
}

// openPebbleIn opens the engine in a folder of fs.
func openPebbleIn(o Options, fs vfs.FS, dir string) (*pebbleEngine, error) {
	db, err := pebble.Open(dir, &pebble.Options{FS: fs, Merger: newMerger(), FormatMajorVersion: pebble.FormatNewest, Logger: quiet{}})
	if err != nil {
		return nil, err
	}
	e := &pebbleEngine{db: db}
	if err := e.start(); err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	return e, nil
}

type quiet struct{}

func (quiet) Infof(format string, args ...interface{})  {}
func (quiet) Errorf(format string, args ...interface{}) {}
func (quiet) Fatalf(format string, args ...interface{}) { panic(fmt.Sprintf(format, args...)) }
