// Command fuzzall runs every fuzz target of the module for a time each, one
// after another, and ends with those that found something. What they find is
// kept by go test under the package's testdata, to be committed with its mend.
//
// With -some it runs a few of them, which the day chooses: in so many days as
// there are such choices each has had its turn. -within ends a run, builds and
// all, before it begins a target that may not be through in time.
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
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

func main() {
	each := flag.Duration("time", 20*time.Second, "how long each target runs")
	only := flag.String("only", "", "only targets whose folder.name contains this")
	parallel := flag.Int("parallel", runtime.GOMAXPROCS(0), "processes that a target runs in")
	list := flag.Bool("list", false, "list the targets and run none")
	some := flag.Int("some", 0, "run only so many of the targets, those of -turn")
	turn := flag.Int64("turn", time.Now().Unix()/(24*60*60), "which of the targets -some runs: by itself the day's number")
	within := flag.Duration("within", 0, "how long all of it may take; 0 is without limit")
	flag.Parse()
	targets, err := find(".", *only)
	if err == nil && *some > 0 {
		targets = choose(targets, *some, *turn)
		fmt.Printf("turn %d: %d targets; -some %d -turn %d runs them again\n", *turn, len(targets), *some, *turn)
	}
	if err == nil && !*list {
		err = run(targets, *each, *within, *parallel)
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

// choose returns the n targets whose turn it is. They are shuffled once, and the
// same way each time, so that a turn has targets of many packages; the turns
// follow one another through all of them.
func choose(targets []target, n int, turn int64) []target {
	if n >= len(targets) {
		return targets
	}
	shuffled := slices.Clone(targets)
	rand.New(rand.NewPCG(0, 0)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	turns := int64((len(shuffled) + n - 1) / n)
	from := int((turn%turns+turns)%turns) * n
	return slices.Concat(shuffled, shuffled)[from : from+n]
}

// run runs the targets. One that finds something does not keep the others from
// running: a long night shall tell of all. Those for which there is no time left
// are named.
func run(targets []target, each, within time.Duration, parallel int) error {
	var found []string
	began, longest := time.Now(), each
	for i, t := range targets {
		start := time.Now()
		if within > 0 && start.Add(longest).Sub(began) > within {
			fmt.Printf("%s is nearly over: not run are %v\n", within, targets[i:])
			break
		}
		fmt.Printf("%d of %d: %s\n", i+1, len(targets), t)
		cmd := exec.Command("go", "test", "-run", "^$", "-fuzz", "^"+t.name+"$", //nolint:noctx // our own tests, until they end
			"-fuzztime", each.String(), "-fuzzminimizetime", (each / minimizing).String(), "-parallel", strconv.Itoa(parallel), "./"+t.folder)
		var told bytes.Buffer
		cmd.Stdout, cmd.Stderr = io.MultiWriter(os.Stdout, &told), os.Stderr
		if err := cmd.Run(); err != nil && !late(told.String()) {
			found = append(found, t.String())
		}
		longest = max(longest, time.Since(start))
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
