package compute

import (
	"context"
	"embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// family is what the versions of one language have in common.
type family uint8

const (
	provided family = iota
	python
	node
)

// runtimeCommand is how a runtime's functions are run on this host.
type runtimeCommand struct {
	family      family
	interpreter string // full path; "" for provided
	dir         string // the interpreter's folder
	prefix      string // the interpreter's installation, which a sandbox must show
}

// interpreters finds what the host has and remembers it. What could not be found is
// looked for again each time: an interpreter can be installed, and one that did not
// answer may only have had no turn on a busy machine.
type interpreters struct {
	found   sync.Map // runtime → runtimeCommand
	looking singleflight.Group
}

// command returns how to run a runtime, or why it cannot be run.
func (i *interpreters) command(runtime string) (runtimeCommand, error) {
	if c, ok := i.found.Load(runtime); ok {
		return c.(runtimeCommand), nil
	}
	c, err, _ := i.looking.Do(runtime, func() (any, error) {
		c, err := findCommand(runtime)
		if err == nil {
			i.found.Store(runtime, c)
		}
		return c, err
	})
	return c.(runtimeCommand), err
}

// findCommand looks for an interpreter of runtime: the very version first, then
// the host's usual one.
func findCommand(runtime string) (runtimeCommand, error) {
	switch {
	case strings.HasPrefix(runtime, "provided"):
		return runtimeCommand{family: provided}, nil
	case strings.HasPrefix(runtime, "python3."):
		const show = "import sys; print(sys.executable); print(sys.base_prefix)"
		return findInterpreter(python, runtime, []string{runtime, "python3"}, "-c", show)
	case strings.HasPrefix(runtime, "nodejs"):
		const show = "console.log(process.execPath + '\\n' + require('path').dirname(require('path').dirname(process.execPath)))"
		return findInterpreter(node, runtime, []string{"node", "nodejs"}, "-e", show)
	}
	return runtimeCommand{}, fmt.Errorf("%w: maru runs provided.*, python3.* and nodejs*, not %s", errNoRuntime, runtime)
}

// hostLimit is how long the host's programs may take to say what they are. A script
// that picks a version starts dozens of processes, which takes half a minute on a
// machine that has fifty others to run.
const hostLimit = time.Minute

// findInterpreter asks the first of names that runs where it really is: what
// stands on the search path may be a script that picks a version.
func findInterpreter(fam family, runtime string, names []string, flag, show string) (runtimeCommand, error) {
	for _, name := range names {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		ctx, cancel := context.WithTimeout(context.Background(), hostLimit)
		out, err := exec.CommandContext(ctx, path, flag, show).Output()
		cancel()
		lines := strings.Fields(string(out))
		if err != nil || len(lines) != 2 || !filepath.IsAbs(lines[0]) {
			continue
		}
		return runtimeCommand{family: fam, interpreter: lines[0], dir: filepath.Dir(lines[0]), prefix: lines[1]}, nil
	}
	return runtimeCommand{}, fmt.Errorf("%w: %s needs %s on the PATH of maru's host", errNoRuntime, runtime, strings.Join(names, " or "))
}

// argv is the command line of a function's process.
func (c runtimeCommand) argv(f *Function, files bootstrapFiles, at layout) []string {
	switch c.family {
	case python:
		return []string{c.interpreter, "-u", "-W", "ignore::DeprecationWarning:importlib", filepath.Join(at.runtimeDir, filepath.Base(files.python))}
	case node:
		old := strconv.Itoa(max(32, f.MemoryMB*90/100))
		return []string{
			c.interpreter, "--max-old-space-size=" + old,
			filepath.Join(at.runtimeDir, filepath.Base(files.node)),
		}
	default:
		return []string{filepath.Join(at.taskRoot, "bootstrap")}
	}
}

// variables sets the search paths of a language.
func (f family) variables(env map[string]string, at layout) {
	switch f {
	case python:
		site := at.opt + "/python"
		env["PYTHONPATH"] = joinPath(at.taskRoot, site, at.opt+"/python/lib/python3/site-packages", env["PYTHONPATH"])
		env["PYTHONUNBUFFERED"] = "1"
		env["PYTHONDONTWRITEBYTECODE"] = "1"
	case node:
		env["NODE_PATH"] = joinPath(at.opt+"/nodejs/node_modules", at.taskRoot+"/node_modules", at.taskRoot, env["NODE_PATH"])
	case provided:
	}
}

// joinPath joins the parts that are not empty.
func joinPath(parts ...string) string {
	kept := parts[:0:0]
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, ":")
}

//go:embed bootstrap/bootstrap.py bootstrap/bootstrap.cjs
var bootstraps embed.FS

// bootstrapFiles are the bootstraps where interpreters can read them.
type bootstrapFiles struct{ dir, python, node string }

// writeBootstraps puts the bootstraps into dir.
func writeBootstraps(dir string) (bootstrapFiles, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return bootstrapFiles{}, fmt.Errorf("make runtime folder: %w", err)
	}
	files := bootstrapFiles{dir: dir, python: filepath.Join(dir, "bootstrap.py"), node: filepath.Join(dir, "bootstrap.cjs")}
	for _, path := range []string{files.python, files.node} {
		text, err := bootstraps.ReadFile("bootstrap/" + filepath.Base(path))
		if err != nil {
			return bootstrapFiles{}, fmt.Errorf("read embedded bootstrap: %w", err)
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			return bootstrapFiles{}, fmt.Errorf("write bootstrap: %w", err)
		}
	}
	return files, nil
}
