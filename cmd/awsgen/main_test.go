package main

import (
	"bytes"
	"flag"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite testdata/golden")

// toys generates the toy services of testdata.
func toys(t *testing.T) map[string][]byte {
	t.Helper()
	files, err := generateAll("testdata/config", "testdata/models")
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// The toys' output is reviewed as code.
func TestGenerateMatchesGolden(t *testing.T) {
	t.Parallel()
	golden := "testdata/golden"
	if *update {
		if err := writeAll(golden, toys(t), io.Discard); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if err := checkAll(golden, toys(t), &out); err != nil {
		t.Errorf("%v (go test ./cmd/awsgen -update)\n%s", err, &out)
	}
}

func TestGoldenCompiles(t *testing.T) {
	t.Parallel()
	if out, err := exec.CommandContext(t.Context(), "go", "vet", "./testdata/golden/...").CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestGenerateIsIdempotent(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(toys(t), toys(t)); diff != "" {
		t.Error(diff)
	}
}

// Models' prose is not ours to copy.
func TestGenerateCopiesNoProse(t *testing.T) {
	t.Parallel()
	for name, text := range toys(t) {
		if bytes.Contains(text, []byte("Prose")) {
			t.Errorf("%s has documentation of its model", name)
		}
	}
}

func TestCheckTellsWhatIsNotCurrent(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	if err := os.CopyFS(filepath.Join(root, "models"), os.DirFS("testdata/config")); err != nil {
		t.Fatal(err)
	}
	awsgen := func(args ...string) (string, error) {
		var out bytes.Buffer
		err := run(t.Context(), append([]string{"-root", root, "-models", "testdata/models"}, args...), &out)
		return out.String(), err
	}
	if out, err := awsgen("-check"); err == nil || !strings.Contains(out, "jot/schema_gen.go: missing") {
		t.Fatalf("nothing generated yet: %v\n%s", err, out)
	}
	if out, err := awsgen(); err != nil || !strings.Contains(out, "wrote parcel/shapes_gen.go") {
		t.Fatalf("first generation: %v\n%s", err, out)
	}
	if out, err := awsgen("-check"); err != nil || out != "" {
		t.Fatalf("just generated: %v\n%s", err, out)
	}
	if out, err := awsgen(); err != nil || out != "" {
		t.Fatalf("nothing to write: %v\n%s", err, out)
	}

	changed := filepath.Join(root, "api", "jot", "enums_gen.go")
	text, err := os.ReadFile(changed)
	if err != nil {
		t.Fatal(err)
	}
	text = bytes.Replace(text, []byte(`"RED"`), []byte(`"PINK"`), 1)
	if err := os.WriteFile(changed, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "api", "jot", "more_gen.go"), []byte("package jot\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := awsgen("-check")
	if err == nil {
		t.Fatal("accepts changed files")
	}
	for _, want := range []string{"jot/enums_gen.go:7:", `- ColourRed`, `= "PINK"`, `= "RED"`, "jot/more_gen.go: no model makes this file"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if out, err := awsgen(); err != nil || out != "removed jot/more_gen.go\nwrote jot/enums_gen.go\n" {
		t.Errorf("second generation: %v\n%s", err, out)
	}
}

func TestGenerateRefuses(t *testing.T) {
	t.Parallel()
	const head = `{"metadata":{"serviceId":"X"},"operations":{"Op":{"name":"Op","http":{"method":"POST","requestUri":"/"},"input":{"shape":"In"}`
	tests := map[string]struct{ services, model, overlay, want string }{
		"operations first":   {services: "\tOp\n", want: "operations before any service"},
		"no folder":          {services: "x\n", want: "want a package and a model's folder"},
		"no model":           {services: "x y\n", want: "no model below"},
		"unknown operation":  {services: "x x\n\tNope\n", model: head + `}},"shapes":{"In":{"type":"structure"}}}`, want: "no operation Nope"},
		"twin members":       {services: "x x\n\t*\n", model: head + `}},"shapes":{"In":{"type":"structure","members":{"a":{"shape":"S"},"A":{"shape":"S"}}},"S":{"type":"string"}}}`, want: "two members"},
		"member is a method": {services: "x x\n\t*\n", model: head + `,"errors":[{"shape":"E"}]}},"shapes":{"In":{"type":"structure"},"E":{"type":"structure","exception":true,"members":{"error":{"shape":"S"}}},"S":{"type":"string"}}}`, want: "also a method"},
		"odd message":        {services: "x x\n\t*\n", model: head + `,"errors":[{"shape":"E"}]}},"shapes":{"In":{"type":"structure"},"E":{"type":"structure","exception":true,"members":{"message":{"shape":"S"}}},"S":{"type":"long"}}}`, want: "no string"},
		"overlay":            {services: "x x\n\t*\n", model: head + `}},"shapes":{}}`, overlay: `[{"patch":{}}]`, want: "has no reason"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config, models := t.TempDir(), t.TempDir()
			write := func(path, text string) {
				t.Helper()
				if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			write(filepath.Join(config, "services.txt"), tt.services)
			if tt.model != "" {
				write(filepath.Join(models, "x", "2020-01-01", "api-2.json"), tt.model)
			}
			if tt.overlay != "" {
				write(filepath.Join(config, "overlays", "x.json"), tt.overlay)
			}
			if _, err := generateAll(config, models); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

// Each overlay belongs to a service that is generated.
func TestOverlaysHaveServices(t *testing.T) {
	t.Parallel()
	services, err := readServices("../../models/services.txt")
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, s := range services {
		if names[s.Package] {
			t.Errorf("service %s is listed twice", s.Package)
		}
		names[s.Package] = true
		if sorted := slices.Sorted(slices.Values(s.Operations)); len(slices.Compact(sorted)) != len(s.Operations) {
			t.Errorf("service %s lists an operation twice", s.Package)
		}
	}
	overlays, err := filepath.Glob("../../models/overlays/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range overlays {
		if name := strings.TrimSuffix(filepath.Base(path), ".json"); !names[name] {
			t.Errorf("%s corrects none of %v", path, slices.Sorted(maps.Keys(names)))
		}
	}
}

// A hundred generated lines an operation, on average, is what a reader of diffs
// and a cold build can bear.
func TestGeneratedLinesStayInBudget(t *testing.T) {
	t.Parallel()
	const budget = 100
	lines, operations := 0, 0
	files, err := filepath.Glob("../../api/*/*_gen.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		lines += bytes.Count(text, []byte("\n"))
		operations += bytes.Count(text, []byte("Invoke: func"))
	}
	if operations == 0 || lines > budget*operations {
		t.Errorf("%d lines for %d operations, budget %d each", lines, operations, budget)
	}
	t.Logf("%d lines for %d operations", lines, operations)
}
