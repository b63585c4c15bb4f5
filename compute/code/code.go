// Package code checks the archives that functions and layers are made of, and
// unpacks each of them once.
package code

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
)

const (
	// MaxUnzipped is how much an archive may hold, as AWS counts: bytes of all
	// files, layers included.
	MaxUnzipped = 262144000
	maxEntries  = 200_000
)

// Errors of archives that cannot be used. All are the uploader's fault.
var (
	// ErrArchive says that the bytes are no archive, or a dangerous one.
	ErrArchive = errors.New("Could not unzip uploaded file. Please check your file, then try to upload again.")
	// ErrEmpty says that the archive holds nothing.
	ErrEmpty = errors.New("Uploaded file must be a non-empty zip")
	// ErrTooLarge says that the archive holds too much.
	ErrTooLarge = fmt.Errorf("Unzipped size must be smaller than %d bytes", MaxUnzipped)
)

// Inspect checks an archive without unpacking it and returns the size of what
// it says it holds. Unpack holds the archive to it.
func Inspect(r io.ReaderAt, size int64) (int64, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return 0, ErrArchive
	}
	switch n := len(z.File); {
	case n == 0:
		return 0, ErrEmpty
	case n > maxEntries:
		return 0, ErrTooLarge
	}
	var total uint64
	for _, f := range z.File {
		if _, err := cleanName(f.Name); err != nil {
			return 0, err
		}
		if mode := f.Mode(); mode&(fs.ModeType&^(fs.ModeDir|fs.ModeSymlink)) != 0 {
			return 0, ErrArchive
		}
		total += f.UncompressedSize64
		if total > MaxUnzipped || f.UncompressedSize64 > MaxUnzipped {
			return 0, ErrTooLarge
		}
	}
	return int64(total), nil
}

// cleanName returns an entry's path below the root, or an error when it would
// lead out of it.
func cleanName(name string) (string, error) {
	slashed := strings.ReplaceAll(name, "\\", "/")
	if slashed == "" || strings.HasPrefix(slashed, "/") || strings.ContainsRune(slashed, 0) {
		return "", ErrArchive
	}
	clean := path.Clean(slashed)
	if !filepath.IsLocal(clean) && clean != "." {
		return "", ErrArchive
	}
	return clean, nil
}

// Cache keeps unpacked archives in a folder, each under its name. Nothing in it
// is the truth: what is missing is unpacked again.
type Cache struct {
	dir string

	mu      sync.Mutex
	running map[string]*unpacking
}

// unpacking is an archive that is being unpacked, which others wait for.
type unpacking struct {
	done chan struct{}
	err  error
}

// NewCache returns a Cache in dir.
func NewCache(dir string) *Cache {
	return &Cache{dir: dir, running: make(map[string]*unpacking)}
}

// Path returns the folder that holds the archive of a name, unpacking it from
// open when it is not there yet.
func (c *Cache) Path(name string, open func() (*os.File, error)) (string, error) {
	return c.once(name, func(tmp string) error {
		f, err := open()
		if err != nil {
			return fmt.Errorf("open archive: %w", err)
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			return fmt.Errorf("open archive: %w", err)
		}
		return Unpack(f, info.Size(), tmp)
	})
}

// Merge returns a folder with the contents of several folders, later ones over
// earlier ones: the layers of a function.
func (c *Cache) Merge(name string, folders []string) (string, error) {
	return c.once(name, func(tmp string) error {
		for _, from := range folders {
			if err := linkTree(from, tmp); err != nil {
				return err
			}
		}
		return nil
	})
}

// once makes the folder of a name by fill unless it exists. It is filled aside
// and renamed, so that a crash leaves no half of it.
func (c *Cache) once(name string, fill func(tmp string) error) (string, error) {
	final := filepath.Join(c.dir, name)
	if _, err := os.Stat(final); err == nil {
		return final, nil
	}
	c.mu.Lock()
	if u, ok := c.running[name]; ok {
		c.mu.Unlock()
		<-u.done
		return final, u.err
	}
	u := &unpacking{done: make(chan struct{})}
	c.running[name] = u
	c.mu.Unlock()

	u.err = c.fill(final, fill)
	c.mu.Lock()
	delete(c.running, name)
	c.mu.Unlock()
	close(u.done)
	return final, u.err
}

// fill makes final by way of a temporary folder.
func (c *Cache) fill(final string, fill func(tmp string) error) error {
	if _, err := os.Stat(final); err == nil {
		return nil // another did it just now
	}
	if err := os.MkdirAll(c.dir, 0o755); err != nil {
		return fmt.Errorf("make code folder: %w", err)
	}
	tmp, err := os.MkdirTemp(c.dir, ".new-")
	if err != nil {
		return fmt.Errorf("make code folder: %w", err)
	}
	defer func() { _ = os.RemoveAll(tmp) }() // gone after the rename
	if err := os.Chmod(tmp, 0o755); err != nil {
		return fmt.Errorf("make code folder: %w", err)
	}
	if err := fill(tmp); err != nil {
		return err
	}
	if err := os.Rename(tmp, final); err != nil {
		if _, there := os.Stat(final); there == nil {
			return nil
		}
		return fmt.Errorf("place code folder: %w", err)
	}
	return nil
}

// Clear removes everything unpacked.
func (c *Cache) Clear() error { return os.RemoveAll(c.dir) }

// Unpack writes an archive's files below dir, which exists. Nothing is written
// outside of dir, symbolic links that lead out of it are refused, and an
// archive that holds more than it says is.
func Unpack(r io.ReaderAt, size int64, dir string) error {
	if _, err := Inspect(r, size); err != nil {
		return err
	}
	z, err := zip.NewReader(r, size)
	if err != nil {
		return ErrArchive
	}
	root, err := os.OpenRoot(dir) // the kernel holds every path below dir
	if err != nil {
		return fmt.Errorf("open code folder: %w", err)
	}
	defer func() { _ = root.Close() }()
	left := int64(MaxUnzipped)
	for _, f := range z.File {
		n, err := unpackEntry(root, f, left)
		if err != nil {
			return err
		}
		left -= n
	}
	return nil
}

// unpackEntry writes one entry of at most left bytes.
func unpackEntry(root *os.Root, f *zip.File, left int64) (int64, error) {
	name, err := cleanName(f.Name)
	if err != nil {
		return 0, err
	}
	if f.FileInfo().IsDir() || name == "." {
		return 0, archiveError(root.MkdirAll(name, 0o755))
	}
	if parent := path.Dir(name); parent != "." {
		if err := root.MkdirAll(parent, 0o755); err != nil {
			return 0, archiveError(err)
		}
	}
	in, err := f.Open()
	if err != nil {
		return 0, ErrArchive
	}
	defer in.Close()
	if f.Mode()&fs.ModeSymlink != 0 {
		return 0, unpackLink(root, name, in)
	}
	mode := f.Mode().Perm() | 0o444
	if mode&0o111 != 0 {
		mode |= 0o111
	}
	_ = root.Remove(name) // an entry that comes twice: the last one counts
	out, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode&0o755|0o600)
	if err != nil {
		return 0, archiveError(err)
	}
	n, err := io.Copy(out, io.LimitReader(in, left+1))
	closed := out.Close()
	switch {
	case n > left:
		return 0, ErrTooLarge
	case errors.Is(err, zip.ErrChecksum), errors.Is(err, zip.ErrFormat), errors.Is(err, io.ErrUnexpectedEOF):
		return 0, ErrArchive
	case err != nil:
		return 0, archiveError(err)
	case closed != nil:
		return 0, fmt.Errorf("write code: %w", closed)
	}
	return n, nil
}

// unpackLink makes a symbolic link that stays inside.
func unpackLink(root *os.Root, name string, in io.Reader) error {
	target, err := io.ReadAll(io.LimitReader(in, 4096))
	if err != nil {
		return ErrArchive
	}
	to := string(target)
	if path.IsAbs(to) || !filepath.IsLocal(path.Join(path.Dir(name), to)) {
		return ErrArchive
	}
	_ = root.Remove(name)
	return archiveError(root.Symlink(to, name))
}

// archiveError tells an archive that contradicts itself (a file below a file,
// a name that is too long) from a disk that fails.
func archiveError(err error) error {
	var p *fs.PathError
	var l *os.LinkError
	if err == nil {
		return nil
	}
	if errors.As(err, &p) || errors.As(err, &l) {
		if errors.Is(err, fs.ErrPermission) || isDiskFull(err) {
			return fmt.Errorf("write code: %w", err)
		}
		return ErrArchive
	}
	return ErrArchive
}

// linkTree puts the tree below from into to: folders are made, files are hard
// links, which cost nothing.
func linkTree(from, to string) error {
	return filepath.WalkDir(from, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, p)
		if err != nil {
			return err
		}
		dst := filepath.Join(to, rel)
		if d.IsDir() {
			return os.MkdirAll(dst, 0o755)
		}
		_ = os.Remove(dst) // a later layer wins
		if d.Type()&fs.ModeSymlink != 0 {
			target, err := os.Readlink(p)
			if err != nil {
				return err
			}
			return os.Symlink(target, dst)
		}
		return os.Link(p, dst)
	})
}
