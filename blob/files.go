package blob

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// files is where objects' bytes are. A name that has been removed is not used
// again.
type files interface {
	// create starts a file aside.
	create(aside string) (draft, error)
	// open returns the bytes of a file, even of one that is removed meanwhile.
	open(at name) (io.ReadSeekCloser, error)
	// path returns the path of a file.
	path(at name) (string, error)
	// remove removes a file, which need not exist.
	remove(at name) error
	// each calls fn for the files that are older than before.
	each(before time.Time, fn func(name) error) error
	// clear removes all files.
	clear() error
	// close drops what is only for this process.
	close()
}

// draft is a file aside.
type draft interface {
	io.Writer
	// place moves the file to its place, durably, and ends the draft.
	place(at name) error
	// drop removes the file and ends the draft.
	drop()
}

// tmpName is the folder of drafts.
const tmpName = "tmp"

// folder keeps files on disk.
type folder struct {
	dir  string
	step func(what string) error // asked before each change of the disk; for tests
}

// newFolder opens or creates the folder dir.
func newFolder(dir string) (*folder, error) {
	f := &folder{dir: dir, step: func(string) error { return nil }}
	if err := os.MkdirAll(filepath.Join(dir, tmpName), 0o700); err != nil {
		return nil, err
	}
	return f, errors.Join(syncDir(filepath.Dir(dir)), syncDir(dir))
}

// at returns the path of a file. Its parts are hexadecimal digits only.
func (f *folder) at(n name) string {
	return filepath.Join(f.dir, string(n.ref[:2]), string(n.ref[2:])+"."+n.nonce)
}

// create implements files.
func (f *folder) create(aside string) (draft, error) {
	if err := f.step("create"); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(filepath.Join(f.dir, tmpName, aside), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	return &fileDraft{File: file, folder: f}, nil
}

// open implements files.
func (f *folder) open(at name) (io.ReadSeekCloser, error) { return os.Open(f.at(at)) }

// path implements files.
func (f *folder) path(at name) (string, error) {
	path := f.at(at)
	_, err := os.Stat(path)
	return path, err
}

// remove implements files.
func (f *folder) remove(at name) error {
	if err := f.step("remove"); err != nil {
		return err
	}
	return ignoreMissing(os.Remove(f.at(at)))
}

// ignoreMissing returns err, unless it says that something does not exist.
func ignoreMissing(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// each implements files. Old drafts are removed on the way.
func (f *folder) each(before time.Time, fn func(name) error) error {
	top, err := os.ReadDir(f.dir)
	if err != nil {
		return err
	}
	for _, sub := range top {
		if !sub.IsDir() {
			continue
		}
		entries, err := os.ReadDir(filepath.Join(f.dir, sub.Name()))
		if err != nil {
			return ignoreMissing(err)
		}
		for _, entry := range entries {
			info, err := entry.Info()
			if err != nil || info.ModTime().After(before) {
				continue // gone already, or young
			}
			if err := f.visit(sub.Name(), entry.Name(), fn); err != nil {
				return err
			}
		}
	}
	return nil
}

// visit is each for one old file.
func (f *folder) visit(sub, file string, fn func(name) error) error {
	if sub == tmpName {
		return ignoreMissing(os.Remove(filepath.Join(f.dir, sub, file)))
	}
	rest, nonce, ok := strings.Cut(file, ".")
	if n := (name{Ref(sub + rest), nonce}); ok && n.ref.Valid() {
		return fn(n)
	}
	return nil // not ours
}

// clear implements files.
func (f *folder) clear() error {
	top, err := os.ReadDir(f.dir)
	if err != nil {
		return err
	}
	for _, sub := range top {
		if sub.Name() != tmpName && sub.IsDir() && len(sub.Name()) == 2 {
			err = errors.Join(err, os.RemoveAll(filepath.Join(f.dir, sub.Name())))
		}
	}
	return err
}

// close implements files.
func (f *folder) close() {}

// fileDraft is a draft on disk.
type fileDraft struct {
	*os.File
	folder *folder
}

// Write implements io.Writer.
func (d *fileDraft) Write(p []byte) (int, error) {
	if err := d.folder.step("write"); err != nil {
		return 0, err
	}
	return d.File.Write(p)
}

// place implements draft: first the bytes are made durable, then the name.
func (d *fileDraft) place(at name) error {
	path := d.folder.at(at)
	if err := d.rename(path); err != nil {
		d.drop()
		return err
	}
	if err := d.folder.step("sync folder"); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// rename syncs and closes the draft and gives it its name.
func (d *fileDraft) rename(path string) error {
	if err := d.folder.step("sync"); err != nil {
		return err
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return err
	}
	if err := d.folder.step("make folder"); err != nil {
		return err
	}
	switch err := os.Mkdir(filepath.Dir(path), 0o700); {
	case err == nil || errors.Is(err, os.ErrExist):
		// Who made it may not have synced it yet.
		if err := syncDir(d.folder.dir); err != nil {
			return err
		}
	default:
		return err
	}
	if err := d.folder.step("rename"); err != nil {
		return err
	}
	return os.Rename(d.Name(), path)
}

// drop implements draft. What it cannot remove is removed when it is old.
func (d *fileDraft) drop() {
	_ = d.Close()
	if d.folder.step("drop") == nil {
		_ = os.Remove(d.Name())
	}
}

// syncDir makes the names in dir durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
