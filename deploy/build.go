package deploy

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// code returns the zip of a function's or layer's local code, built first
// where it is Go source for a runtime that wants a program.
func (d *deployment) code(ctx context.Context, tree map[string]any, name string, res map[string]any, path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("code: %w", err)
	}
	if !info.IsDir() {
		if strings.HasSuffix(path, ".zip") || strings.HasSuffix(path, ".jar") {
			return os.ReadFile(path)
		}
		return zipFiles(filepath.Dir(path), []string{filepath.Base(path)})
	}
	built, cleanup, err := d.build(ctx, tree, name, res, path)
	if err != nil {
		return nil, err
	}
	defer cleanup()
	files, err := filesOf(built)
	if err != nil {
		return nil, err
	}
	return zipFiles(built, files)
}

// build makes what is to be zipped of a folder: the folder itself, or another
// with what was built of it.
func (d *deployment) build(ctx context.Context, tree map[string]any, name string, res map[string]any, folder string) (out string, cleanup func(), err error) {
	none := func() {}
	method := text(member(res, "Metadata", "BuildMethod"))
	goSource := isGo(folder) && !exists(filepath.Join(folder, "bootstrap")) && strings.HasPrefix(runtimeOf(tree, res), "provided")
	if method != "makefile" && method != "go1.x" && !goSource {
		return folder, none, nil
	}
	out, err = os.MkdirTemp("", "maru-build-")
	if err != nil {
		return "", none, fmt.Errorf("make build folder: %w", err)
	}
	cleanup = func() { _ = os.RemoveAll(out) } // the system's temporary folder is cleaned anyway
	if method == "makefile" {
		err = d.make(ctx, name, folder, out)
	} else {
		err = d.goBuild(ctx, name, folder, out)
	}
	if err != nil {
		cleanup()
		return "", none, err
	}
	return out, cleanup, nil
}

// goBuild builds a Go function for the machine that runs it.
func (d *deployment) goBuild(ctx context.Context, name, folder, out string) error {
	if _, err := exec.LookPath("go"); err != nil {
		return errors.New("its code is Go source, and there is no go command to build it; install Go from https://go.dev/dl, or put a bootstrap program into the folder")
	}
	if d.Built != nil {
		d.Built(name, "go build")
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-tags=lambda.norpc", "-o", filepath.Join(out, "bootstrap"), ".")
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+runtime.GOOS, "GOARCH="+runtime.GOARCH)
	return runTool(cmd)
}

// make builds a function by its Makefile, as SAM does.
func (d *deployment) make(ctx context.Context, name, folder, out string) error {
	if d.Built != nil {
		d.Built(name, "make build-"+name)
	}
	cmd := exec.CommandContext(ctx, "make", "build-"+name)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "ARTIFACTS_DIR="+out)
	return runTool(cmd)
}

// runTool runs a build tool, whose words are the error when it fails.
func runTool(cmd *exec.Cmd) error {
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args[:min(2, len(cmd.Args))], " "), err, bytes.TrimSpace(out))
	}
	return nil
}

// member follows names into maps.
func member(v any, names ...string) any {
	for _, n := range names {
		m, _ := v.(map[string]any)
		v = m[n]
	}
	return v
}

// runtimeOf is a function's runtime, from its properties or the globals.
func runtimeOf(tree, res map[string]any) string {
	if r := text(member(res, "Properties", "Runtime")); r != "" {
		return r
	}
	return text(member(tree, "Globals", "Function", "Runtime"))
}

// exists tells whether there is a file.
func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// isGo tells whether a folder holds Go source.
func isGo(folder string) bool {
	files, _ := filepath.Glob(filepath.Join(folder, "*.go"))
	return slices.ContainsFunc(files, func(f string) bool { return !strings.HasSuffix(f, "_test.go") })
}

// left out of every zip: what version control, editors and interpreters leave.
var ignored = []string{".git", ".DS_Store", "__pycache__", ".aws-sam", ".pytest_cache", ".venv"}

// filesOf lists the files below a folder, sorted.
func filesOf(folder string) ([]string, error) {
	var out []string
	err := filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case slices.Contains(ignored, e.Name()) && path != folder:
			if e.IsDir() {
				return filepath.SkipDir
			}
			return nil
		case e.IsDir():
			return nil
		}
		rel, err := filepath.Rel(folder, path)
		out = append(out, rel)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list code: %w", err)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("there is no code in %s", folder)
	}
	slices.Sort(out)
	return out, nil
}

// zipFiles zips files of a folder. The same files give the same bytes, so that
// code that did not change is not deployed again.
func zipFiles(folder string, files []string) ([]byte, error) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range files {
		if err := zipFile(w, filepath.Join(folder, name), filepath.ToSlash(name)); err != nil {
			return nil, fmt.Errorf("zip %s: %w", name, err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("zip: %w", err)
	}
	return b.Bytes(), nil
}

// zipFile adds one file, without its time; of its mode only whether it may be
// executed.
func zipFile(w *zip.Writer, path, name string) error {
	info, err := os.Stat(path) // what a link points to is what is needed
	if err != nil {
		return err
	}
	h := &zip.FileHeader{Name: name, Method: zip.Deflate}
	h.SetMode(0o644)
	if info.Mode()&0o111 != 0 {
		h.SetMode(0o755)
	}
	entry, err := w.CreateHeader(h)
	if err != nil {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(entry, f)
	return err
}
