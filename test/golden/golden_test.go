// Package golden_test opens data folders that earlier programs have written,
// with the program of today, and looks for everything that was acknowledged
// then. `make golden NAME=…` writes such a folder; each is written once, by the
// program that it is named after, and stays.
package golden_test

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"maru.dev/maru/clock"
	"maru.dev/maru/internal/testenv"
)

// write names the archive that TestWriteAFolder writes.
var write = flag.String("write", "", "write testdata/NAME.tar.gz with the program of today")

// chapter is one kind of data: what writes it, and what looks for it. What has
// been in an archive is not changed; what is new is a new chapter.
type chapter struct {
	name  string
	write func(t *testing.T, p *testenv.Proc)
	check func(t *testing.T, p *testenv.Proc)
}

// chapters are all kinds of data, in the order in which they are written.
func chapters() []chapter {
	return []chapter{
		{"queues", writeQueues, checkQueues},
		{"topics", writeTopics, checkTopics},
		{"tables", writeTables, checkTables},
		{"objects", writeObjects, checkObjects},
		{"functions", writeFunctions, checkFunctions},
		{"workflows", writeWorkflows, checkWorkflows},
		{"events", writeEvents, checkEvents},
		{"identities", writeIdentities, checkIdentities},
		{"signals", writeSignals, checkSignals},
		{"REST APIs", writeRESTAPIs, checkRESTAPIs},
		{"HTTP APIs", writeHTTPAPIs, checkHTTPAPIs},
		{"trails", writeTrails, checkTrails},
		{"pipes", writePipes, checkPipes},
		{"mail", writeMail, checkMail},
		{"devices", writeDevices, checkDevices},
		{"repositories", writeRepositories, checkRepositories},
		{"schemas", writeSchemas, checkSchemas},
		{"schedules", writeSchedules, checkSchedules}, // moves the clock
	}
}

// contents stands in an archive beside the data.
type contents struct {
	Written  time.Time // the clock is set there, so that nothing has expired
	Chapters []string
}

// contentsName is the file of the contents.
const contentsName = "contents.json"

// interruptions are when starts on a folder of an earlier program are killed,
// before one is not: what such a start does to the folder goes on with the next.
var interruptions = []time.Duration{30 * time.Millisecond, 10 * time.Millisecond, 60 * time.Millisecond, 20 * time.Millisecond, 100 * time.Millisecond}

func TestFoldersOfEarlierProgramsOpen(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds and starts whole programs")
	}
	for _, archive := range archives(t) {
		t.Run(strings.TrimSuffix(filepath.Base(archive), ".tar.gz"), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			in := unpack(t, archive, dir)
			p := testenv.IdleProcessOn(t, filepath.Join(dir, "data"), "--time", in.Written.Format(time.RFC3339))
			for _, after := range interruptions {
				p.Stillborn(after)
			}
			p.Start()
			known := make(map[string]chapter)
			for _, c := range chapters() {
				known[c.name] = c
			}
			t.Run("calls", func(t *testing.T) { checkCalls(t, p, in) })
			for _, name := range in.Chapters {
				c, ok := known[name]
				if !ok {
					t.Errorf("nobody checks chapter %q any more", name)
					continue
				}
				t.Run(name, func(t *testing.T) { c.check(t, p) })
			}
		})
	}
}

// archives lists the folders that are kept.
func archives(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob("testdata/*.tar.gz")
	if err != nil || len(found) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	return found
}

// fill writes all chapters and kills the program, after a restart in the middle,
// so that there are tables of the engine and a log.
func fill(t *testing.T, p *testenv.Proc) contents {
	t.Helper()
	in := contents{Written: clock.System{}.Now().UTC()}
	for i, c := range chapters() {
		c.write(t, p)
		in.Chapters = append(in.Chapters, c.name)
		if i == len(chapters())/2 {
			p.Stop()
			p.Start()
		}
	}
	if t.Failed() {
		t.FailNow()
	}
	p.Kill()
	return in
}

// What an archive would be made of today opens, too: each chapter finds what it
// has written.
func TestAFolderOfTodayOpens(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds and starts whole programs")
	}
	p := testenv.Process(t)
	in := fill(t, p)
	p.Start("--time", in.Written.Format(time.RFC3339))
	t.Run("calls", func(t *testing.T) { checkCalls(t, p, in) })
	for _, c := range chapters() {
		t.Run(c.name, func(t *testing.T) { c.check(t, p) })
	}
}

// TestWriteAFolder makes an archive of what a killed program leaves.
func TestWriteAFolder(t *testing.T) {
	t.Parallel()
	if *write == "" {
		t.Skip("no -write NAME: nothing is to be written")
	}
	name := filepath.Join("testdata", *write+".tar.gz")
	if _, err := os.Stat(name); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("%s is there already, or cannot be: %v", name, err)
	}
	dir := t.TempDir()
	p := testenv.ProcessOn(t, filepath.Join(dir, "data"))
	in := fill(t, p)
	raw, err := json.MarshalIndent(in, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, contentsName), raw, 0o600); err != nil {
		t.Fatal(err)
	}
	pack(t, dir, name)
}

// pack writes a folder as an archive. What is no truth (caches, the log for
// people) is left out.
func pack(t *testing.T, dir, name string) {
	t.Helper()
	out, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	zipped, err := gzip.NewWriterLevel(out, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	files := tar.NewWriter(zipped)
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && d.Name() == "cache" || d.Name() == "maru.log" {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() {
			return nil
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		inside, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		header := &tar.Header{Name: filepath.ToSlash(inside), Mode: 0o600, Size: int64(len(raw))}
		if err := files.WriteHeader(header); err != nil {
			return err
		}
		_, err = files.Write(raw)
		return err
	})
	if err := errors.Join(err, files.Close(), zipped.Close(), out.Close()); err != nil {
		t.Fatal(err)
	}
}

// unpack writes an archive's files below dir and reads its contents.
func unpack(t *testing.T, archive, dir string) contents {
	t.Helper()
	file, err := os.Open(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	zipped, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	files := tar.NewReader(zipped)
	for {
		header, err := files.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(files)
		if err != nil {
			t.Fatal(err)
		}
		if !filepath.IsLocal(header.Name) {
			t.Fatalf("%s leads out of the folder", header.Name)
		}
		name := filepath.Join(dir, filepath.FromSlash(header.Name))
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	raw, err := os.ReadFile(filepath.Join(dir, contentsName))
	if err != nil {
		t.Fatal(err)
	}
	var in contents
	if err := json.Unmarshal(raw, &in); err != nil {
		t.Fatal(err)
	}
	return in
}
