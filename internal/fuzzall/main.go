// Command fuzzall runs every fuzz target of the module for a time each, one
// after another, and stops at the first that finds something. What it finds is
// kept by go test under the package's testdata, to be committed with its mend.
package main

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

func main() {
	each := flag.Duration("time", 20*time.Second, "how long each target runs")
	only := flag.String("only", "", "only targets whose names contain this")
	flag.Parse()
	if err := run(*each, *only); err != nil {
		fmt.Fprintln(os.Stderr, "fuzzall:", err)
		os.Exit(1)
	}
}

// target is one fuzz function.
type target struct{ folder, name string }

// run runs the targets.
func run(each time.Duration, only string) error {
	targets, err := find(".")
	if err != nil {
		return err
	}
	for i, t := range targets {
		if !strings.Contains(t.folder+"."+t.name, only) {
			continue
		}
		fmt.Printf("%d of %d: %s %s\n", i+1, len(targets), t.folder, t.name)
		cmd := exec.Command("go", "test", "-run", "^$", "-fuzz", "^"+t.name+"$", "-fuzztime", each.String(), "./"+t.folder) //nolint:noctx // our own tests, until they end
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("%s in %s: %w", t.name, t.folder, err)
		}
	}
	return nil
}

// find returns the fuzz functions of all packages below root.
func find(root string) (targets []target, err error) {
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
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && strings.HasPrefix(fn.Name.Name, "Fuzz") {
				targets = append(targets, target{filepath.ToSlash(filepath.Dir(path)), fn.Name.Name})
			}
		}
		return nil
	})
	return targets, err
}
