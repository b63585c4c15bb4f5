// Command fuzzall runs every fuzz target of the module for a time each, one
// after another, and ends with those that found something. What they find is
// kept by go test under the package's testdata, to be committed with its mend.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

func main() {
	each := flag.Duration("time", 20*time.Second, "how long each target runs")
	only := flag.String("only", "", "only targets whose folder.name contains this")
	parallel := flag.Int("parallel", runtime.GOMAXPROCS(0), "processes that a target runs in")
	list := flag.Bool("list", false, "list the targets and run none")
	flag.Parse()
	targets, err := find(".", *only)
	if err == nil && !*list {
		err = run(targets, *each, *parallel)
	}
	if *list {
		for _, t := range targets {
			fmt.Println(t)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "fuzzall:", err)
		os.Exit(1)
	}
}

// target is one fuzz function.
type target struct{ folder, name string }

// String is how -only names it.
func (t target) String() string { return t.folder + "." + t.name }

// minimizing is the part of a target's time that may go into making one input
// smaller: by itself go test would take a minute, and look for nothing meanwhile.
const minimizing = 10

// run runs the targets. One that finds something does not keep the others from
// running: a long night shall tell of all.
func run(targets []target, each time.Duration, parallel int) error {
	var found []string
	for i, t := range targets {
		fmt.Printf("%d of %d: %s\n", i+1, len(targets), t)
		cmd := exec.Command("go", "test", "-run", "^$", "-fuzz", "^"+t.name+"$", //nolint:noctx // our own tests, until they end
			"-fuzztime", each.String(), "-fuzzminimizetime", (each / minimizing).String(), "-parallel", strconv.Itoa(parallel), "./"+t.folder)
		var told bytes.Buffer
		cmd.Stdout, cmd.Stderr = io.MultiWriter(os.Stdout, &told), os.Stderr
		if err := cmd.Run(); err != nil && !late(told.String()) {
			found = append(found, t.String())
		}
	}
	if len(found) > 0 {
		return fmt.Errorf("%d of %d targets found something: %s", len(found), len(targets), strings.Join(found, ", "))
	}
	return nil
}

// late tells whether a target has failed only because its time was up while an
// input was on its way to a worker, as go test does now and then.
func late(told string) bool {
	return strings.Contains(told, "    context deadline exceeded\n") && !strings.Contains(told, "Failing input written to ")
}

// find returns the fuzz functions of all packages below root whose names
// contain only.
func find(root, only string) (targets []target, err error) {
	fset := token.NewFileSet()
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, decl := range file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Recv != nil || !strings.HasPrefix(fn.Name.Name, "Fuzz") {
				continue
			}
			if t := (target{filepath.ToSlash(filepath.Dir(path)), fn.Name.Name}); strings.Contains(t.String(), only) {
				targets = append(targets, t)
			}
		}
		return nil
	})
	return targets, err
}
