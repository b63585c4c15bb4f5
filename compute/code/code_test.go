package code

import (
	"archive/zip"
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// entry is one file of an archive to make.
type entry struct {
	name, text string
	mode       fs.FileMode
}

// archive makes a zip.
func archive(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, e := range entries {
		h := &zip.FileHeader{Name: e.name, Method: zip.Deflate}
		if e.mode != 0 {
			h.SetMode(e.mode)
		}
		f, err := w.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(e.text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestHostileArchivesAreRefused(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		zip  []byte
		want error
	}{
		"no zip":            {[]byte("hello"), ErrArchive},
		"empty":             {nil, ErrArchive},
		"traversal":         {archive(t, entry{name: "../x"}), ErrArchive},
		"inner traversal":   {archive(t, entry{name: "a/../../x"}), ErrArchive},
		"absolute":          {archive(t, entry{name: "/etc/x"}), ErrArchive},
		"backslashes":       {archive(t, entry{name: `..\x`}), ErrArchive},
		"link outside":      {archive(t, entry{"l", "../../etc", fs.ModeSymlink | 0o777}), ErrArchive},
		"absolute link":     {archive(t, entry{"l", "/etc", fs.ModeSymlink | 0o777}), ErrArchive},
		"file below a file": {archive(t, entry{name: "a"}, entry{name: "a/b"}), ErrArchive},
		"device":            {archive(t, entry{"d", "", fs.ModeDevice | 0o777}), ErrArchive},
		"bomb":              {archive(t, entry{name: "b", text: strings.Repeat("\x00", MaxUnzipped+1)}), ErrTooLarge},
		"nothing in it":     {archive(t), ErrEmpty},
		"truncated":         {archive(t, entry{name: "a", text: "x"})[:20], ErrArchive},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			inside := filepath.Join(dir, "in")
			if err := os.Mkdir(inside, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := Unpack(bytes.NewReader(tt.zip), int64(len(tt.zip)), inside); !errors.Is(err, tt.want) {
				t.Errorf("error %v, want %v", err, tt.want)
			}
			entries, err := os.ReadDir(dir)
			if err != nil || len(entries) != 1 {
				t.Errorf("something lies outside: %v %v", entries, err)
			}
		})
	}
}

func TestUnpackKeepsModesAndLinks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	z := archive(t, entry{"bin/run", "#!", 0o755}, entry{"data", "hello", 0o600}, entry{"link", "data", fs.ModeSymlink | 0o777}, entry{name: "data", text: "later"})
	if err := Unpack(bytes.NewReader(z), int64(len(z)), dir); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, "bin/run"))
	if err != nil || info.Mode().Perm()&0o111 != 0o111 {
		t.Errorf("%v %v", info, err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "link"))
	if err != nil || string(text) != "later" {
		t.Errorf("%s %v", text, err)
	}
}

func TestCacheUnpacksOnceAndMerges(t *testing.T) {
	t.Parallel()
	cache := NewCache(filepath.Join(t.TempDir(), "code"))
	opens := 0
	open := func(z []byte) func() (*os.File, error) {
		return func() (*os.File, error) {
			opens++
			path := filepath.Join(t.TempDir(), "z")
			if err := os.WriteFile(path, z, 0o600); err != nil {
				return nil, err
			}
			return os.Open(path)
		}
	}
	var dirs []string
	for _, name := range []string{"a", "b", "a"} {
		dir, err := cache.Path(name, open(archive(t, entry{name: "both", text: name}, entry{name: name, text: name})))
		if err != nil {
			t.Fatal(err)
		}
		dirs = append(dirs, dir)
	}
	if opens != 2 || dirs[0] != dirs[2] {
		t.Errorf("%d opens, %v", opens, dirs)
	}
	merged, err := cache.Merge("m", dirs[:2])
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"both": "b", "a": "a", "b": "b"} {
		text, err := os.ReadFile(filepath.Join(merged, name))
		if err != nil || string(text) != want {
			t.Errorf("%s: %q %v", name, text, err)
		}
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add(archive(f, entry{name: "a/b", text: "x"}, entry{"l", "a", fs.ModeSymlink | 0o777}))
	f.Add([]byte("PK\x05\x06"))
	f.Fuzz(func(t *testing.T, z []byte) {
		dir := t.TempDir()
		inside := filepath.Join(dir, "in")
		if err := os.Mkdir(inside, 0o755); err != nil {
			t.Fatal(err)
		}
		_ = Unpack(bytes.NewReader(z), int64(len(z)), inside)
		if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
			t.Fatalf("something lies outside: %v %v", entries, err)
		}
	})
}
