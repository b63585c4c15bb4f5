package kv

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	"github.com/cockroachdb/pebble/v2/vfs"

	"maru.dev/maru/kv/disk"
)

// formatVersion is the layout of the data folder that this program writes, and
// the newest that it reads. It grows when older programs could no longer read
// the folder.
//
//	1  the first
//	2  log events in chunks (service/logs)
//	3  counters of two numbers (Tx.AddPair), which earlier programs read as zero
//	4  CloudTrail's event history in blocks (service/cloudtrail/history)
const formatVersion = 4

// format is the content of the folder's format file. It is apart from the
// database, which an older program may not even be able to open.
type format struct {
	Format  int    `json:"format"`
	Written string `json:"writtenBy"`      // the program that brought the folder to this format
	From    int    `json:"from,omitempty"` // the format of rows that are still to be brought to it
}

// enterFormat refuses a folder that is newer than this program, and marks a new
// one.
func (f *folder) enterFormat() error {
	raw, err := readFile(f.fs, f.path(formatName))
	if errors.Is(err, os.ErrNotExist) {
		return f.writeFormat(0)
	}
	if err != nil {
		return err
	}
	var found format
	if err := json.Unmarshal(raw, &found); err != nil || found.Format < 1 {
		return fmt.Errorf("%s is damaged; its content should be like {\"format\":%d}", f.path(formatName), formatVersion)
	}
	if found.Format > formatVersion {
		return fmt.Errorf("the data folder has format %d, written by %s; this is %s, which reads formats up to %d: "+
			"use the newer program again, or another data folder", found.Format, found.Written, program(), formatVersion)
	}
	f.from = found.From
	if f.from == 0 && found.Format < formatVersion {
		f.from = found.Format
	}
	return nil
}

// writeFormat marks the folder with the format of this program. from, unless 0,
// is that of rows which are still to be brought to it.
func (f *folder) writeFormat(from int) error {
	raw, err := json.Marshal(format{Format: formatVersion, Written: program(), From: from})
	if err != nil {
		return err
	}
	return writeFile(f.fs, f.dir, formatName, raw)
}

// Upgrade has do bring rows that an earlier program has written, in format
// from, to the form of this one. It does nothing where there are none. do is
// begun anew at the next start if it fails or is cut off, so it has to go on
// with what is half done. An older program refuses the folder from its
// beginning.
func (s *Store) Upgrade(ctx context.Context, do func(ctx context.Context, from int) error) error {
	from := s.folder.from
	if from == 0 {
		return nil
	}
	if err := s.folder.writeFormat(from); err != nil {
		return err
	}
	if err := do(ctx, from); err != nil {
		return err
	}
	s.folder.from = 0
	return s.folder.writeFormat(0)
}

// program names this program and its version, for people.
func program() string {
	version := "unknown version"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		version = info.Main.Version
	}
	return "maru " + version
}

// readFile returns the content of a small file.
func readFile(fs vfs.FS, name string) (content []byte, err error) {
	file, err := fs.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return io.ReadAll(file)
}

// writeFile durably replaces the file name in dir by content, in one step.
func writeFile(fs vfs.FS, dir, name string, content []byte) error {
	aside := fs.PathJoin(dir, name+".new")
	file, err := fs.Create(aside, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := fs.Rename(aside, fs.PathJoin(dir, name)); err != nil {
		return err
	}
	return disk.SyncFolder(fs, dir)
}
