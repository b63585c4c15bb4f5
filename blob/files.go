package blob

import (
	"errors"
	"io"
	"os"
	"strings"
	"time"

	"maru.dev/maru/kv/disk"
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
	fs  disk.FS
	dir string
}

// newFolder opens or creates the folder dir.
func newFolder(fs disk.FS, dir string) (*folder, error) {
	f := &folder{fs: fs, dir: dir}
	if err := fs.MkdirAll(f.aside(), 0o700); err != nil {
		return nil, err
	}
	return f, disk.SyncFolder(fs, fs.PathDir(dir))
}

// aside returns the path of the folder of drafts.
func (f *folder) aside() string { return f.fs.PathJoin(f.dir, tmpName) }

// at returns the path of a file. Its parts are hexadecimal digits only.
func (f *folder) at(n name) string {
	return f.fs.PathJoin(f.dir, string(n.ref[:2]), string(n.ref[2:])+"."+n.nonce)
}

// create implements files.
func (f *folder) create(aside string) (draft, error) {
	path := f.fs.PathJoin(f.aside(), aside)
	file, err := f.fs.Create(path, "blob")
	if err != nil {
		return nil, err
	}
	return &fileDraft{File: file, folder: f, path: path}, nil
}

// open implements files.
func (f *folder) open(at name) (io.ReadSeekCloser, error) {
	file, err := f.fs.Open(f.at(at))
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return fileReader{io.NewSectionReader(file, 0, info.Size()), file}, nil
}

// fileReader reads a file on disk.
type fileReader struct {
	*io.SectionReader
	io.Closer
}

// path implements files.
func (f *folder) path(at name) (string, error) {
	path := f.at(at)
	_, err := f.fs.Stat(path)
	return path, err
}

// remove implements files.
func (f *folder) remove(at name) error { return ignoreMissing(f.fs.Remove(f.at(at))) }

// ignoreMissing returns err, unless it says that something does not exist.
func ignoreMissing(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// each implements files. Old drafts are removed on the way.
func (f *folder) each(before time.Time, fn func(name) error) error {
	subs, err := f.subfolders()
	if err != nil {
		return err
	}
	for _, sub := range subs {
		entries, err := f.fs.List(f.fs.PathJoin(f.dir, sub))
		if err != nil {
			return ignoreMissing(err)
		}
		for _, entry := range entries {
			info, err := f.fs.Stat(f.fs.PathJoin(f.dir, sub, entry))
			if err != nil || info.ModTime().After(before) {
				continue // gone already, or young
			}
			if err := f.visit(sub, entry, fn); err != nil {
				return err
			}
		}
	}
	return nil
}

// subfolders lists the folders of objects, and that of drafts.
func (f *folder) subfolders() (subs []string, err error) {
	top, err := f.fs.List(f.dir)
	if err != nil {
		return nil, err
	}
	for _, sub := range top {
		switch info, err := f.fs.Stat(f.fs.PathJoin(f.dir, sub)); {
		case err == nil && info.IsDir():
			subs = append(subs, sub)
		case ignoreMissing(err) != nil:
			return nil, err
		}
	}
	return subs, nil
}

// visit is each for one old file.
func (f *folder) visit(sub, file string, fn func(name) error) error {
	if sub == tmpName {
		return ignoreMissing(f.fs.Remove(f.fs.PathJoin(f.dir, sub, file)))
	}
	rest, nonce, ok := strings.Cut(file, ".")
	if n := (name{Ref(sub + rest), nonce}); ok && n.ref.Valid() {
		return fn(n)
	}
	return nil // not ours
}

// clear implements files.
func (f *folder) clear() error {
	subs, err := f.subfolders()
	for _, sub := range subs {
		if sub != tmpName && len(sub) == 2 {
			err = errors.Join(err, f.fs.RemoveAll(f.fs.PathJoin(f.dir, sub)))
		}
	}
	return err
}

// close implements files.
func (f *folder) close() {}

// fileDraft is a draft on disk.
type fileDraft struct {
	disk.File
	folder *folder
	path   string
}

// place implements draft: first the bytes are made durable, then the name.
func (d *fileDraft) place(at name) error {
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		d.remove()
		return err
	}
	path := d.folder.at(at)
	if err := d.rename(path); err != nil {
		d.remove()
		return err
	}
	return disk.SyncFolder(d.folder.fs, d.folder.fs.PathDir(path))
}

// rename gives the draft its name, in a folder that it makes if it is the first.
func (d *fileDraft) rename(path string) error {
	f := d.folder
	if err := f.fs.MkdirAll(f.fs.PathDir(path), 0o700); err != nil {
		return err
	}
	// Who made it may not have synced it yet.
	if err := disk.SyncFolder(f.fs, f.dir); err != nil {
		return err
	}
	return f.fs.Rename(d.path, path)
}

// drop implements draft.
func (d *fileDraft) drop() {
	_ = d.Close()
	d.remove()
}

// remove removes the file. What it cannot remove is removed when it is old.
func (d *fileDraft) remove() { _ = d.folder.fs.Remove(d.path) }
