// Package lint holds the rules of the house that no linter knows, as tests.
package lint

import (
	"bufio"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "maru.dev/maru"

// The size of things, in lines. What is larger stands in exceptions.txt, with
// its reason: a visible debt.
const (
	maxFunc    = 100
	maxFile    = 800
	maxPackage = 3000
)

// mayImport says which packages of ours a package may import: the longest
// prefix that matches the importer decides. Tests and main packages are free.
var mayImport = []struct {
	pkg     string
	allowed []string
}{
	{"arn", nil},
	{"clock", nil},
	{"ids", nil},
	{"wire", []string{"wire", "ids"}},
	{"kv", []string{"kv", "clock"}},
	{"blob", []string{"kv", "clock", "ids"}},
	{"outbox", []string{"kv", "clock", "ids"}},
	{"outbox/relay", []string{"outbox", "task", "kv", "clock", "ids"}},
	{"call", []string{"call", "wire", "kv", "clock", "ids", "arn", "auth", "telemetry"}},
	{"auth", []string{"auth", "call", "wire", "kv", "pattern/glob", "clock", "ids", "arn"}},
	{"telemetry", []string{"call", "kv", "pattern/glob", "clock", "ids"}},
	{"pattern", []string{"pattern"}},
	{"api", []string{"wire"}},
	{"task", []string{"task", "call", "kv", "api", "arn", "clock", "ids", "wire", "telemetry"}},
	{"compute", []string{"compute", "clock", "ids", "arn"}},
	{"gateway", []string{"gateway", "call", "api", "wire", "kv", "clock", "ids", "arn", "pattern", "telemetry", "task"}},
	{"gateway/cfnsignal", []string{"edge"}}, // a mount, and nothing else
	// A REST API may have a policy of its own.
	{"gateway/rest", []string{"gateway", "auth/policy", "call", "api", "wire", "clock", "ids", "arn", "pattern", "telemetry"}},
	{"schedule", nil},
	{"source", []string{"service", "task", "call", "api", "kv", "pattern", "clock", "ids", "arn", "telemetry"}},
	{"service", []string{"service", "source", "task", "call", "api", "wire", "kv", "blob", "outbox", "pattern", "schedule", "clock", "ids", "arn", "telemetry"}},
	// What a bucket's policy lets in is public; a stack's policy protects from updates.
	{"service/s3", []string{"service", "auth/policy", "task", "call", "api", "wire", "kv", "blob", "pattern", "clock", "ids", "arn", "telemetry"}},
	{"service/cloudformation", []string{"service", "auth/policy", "task", "call", "api", "wire", "kv", "blob", "outbox", "pattern", "clock", "ids", "arn", "telemetry"}},
	// Whether a bucket's or topic's policy lets a trail deliver is asked before it is made.
	{"service/ecr", []string{"service", "auth/policy", "call", "api", "wire", "kv", "arn"}},
	{"service/cloudtrail", []string{"service", "auth/policy", "task", "call", "api", "wire", "kv", "blob", "clock", "ids", "arn", "telemetry"}},
	// What is taken for a resource's policy can be read by who judges.
	{"service/logs", []string{"service", "auth/policy", "task", "call", "api", "wire", "kv", "blob", "pattern", "clock", "ids", "arn", "telemetry"}},
	{"service/xray", []string{"service", "auth/policy", "task", "call", "api", "wire", "kv", "pattern", "clock", "ids", "arn", "telemetry"}},
	{"service/iam", []string{"service", "auth", "call", "api", "wire", "kv", "clock", "ids", "arn", "telemetry"}},
	{"service/sts", []string{"service", "auth", "call", "api", "wire", "kv", "clock", "ids", "arn", "telemetry"}},
	// The control plane of APIs checks what the data plane runs: the same parsers.
	{"service/apigateway", []string{"service", "auth/policy", "gateway/plan", "gateway/rest/plan", "gateway/rest/schema", "gateway/vtl", "task", "call", "api", "wire", "kv", "blob", "pattern", "clock", "ids", "arn", "telemetry"}},
	{"service/apigatewayv2", []string{"service", "gateway/plan", "task", "call", "api", "wire", "kv", "blob", "pattern", "clock", "ids", "arn", "telemetry"}},
	{"service/lambda", []string{"service", "source", "compute", "task", "call", "api", "wire", "kv", "blob", "pattern", "clock", "ids", "arn", "telemetry"}},
	{"console", []string{"auth", "call", "api", "wire", "kv", "clock", "ids", "arn", "telemetry", "outbox"}},
	{"edge", []string{"edge", "auth", "call", "wire", "kv", "clock", "ids", "arn", "telemetry", "outbox"}},
}

// sourceFile is one Go file of ours.
type sourceFile struct {
	path      string // from the project's root, with slashes
	pkg       string // folder
	test      bool
	generated bool
	syntax    *ast.File
	lines     int
}

// load parses every Go file of the module.
func load(t *testing.T) (files []sourceFile, fset *token.FileSet) {
	t.Helper()
	root := filepath.Join("..", "..")
	fset = token.NewFileSet()
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if n := d.Name(); n == "testdata" || n == "tools" || n == "examples" || n == "node_modules" || len(n) > 2 && n[0] == '.' {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(p, ".go") {
			return nil
		}
		syntax, err := parser.ParseFile(fset, p, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		files = append(files, sourceFile{
			path: rel, pkg: path.Dir(rel), syntax: syntax,
			test:      strings.HasSuffix(rel, "_test.go"),
			generated: ast.IsGenerated(syntax),
			lines:     fset.File(syntax.FileStart).LineCount(),
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files, fset
}

// exceptions reads exceptions.txt: "what: reason" lines.
func exceptions(t *testing.T) map[string]bool {
	t.Helper()
	f, err := os.Open("exceptions.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	known := make(map[string]bool)
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		what, reason, ok := strings.Cut(line, ": ")
		if !ok || reason == "" {
			t.Errorf("exceptions.txt: %q has no reason", line)
		}
		known[what] = false
	}
	return known
}

// within says whether pkg is folder or below it.
func within(pkg, folder string) bool { return pkg == folder || strings.HasPrefix(pkg, folder+"/") }

// importsOf returns the packages of ours that f imports, from the root.
func importsOf(f sourceFile) []string {
	var ours []string
	for _, i := range f.syntax.Imports {
		if name, ok := strings.CutPrefix(strings.Trim(i.Path.Value, `"`), module+"/"); ok {
			ours = append(ours, name)
		}
	}
	return ours
}

func TestImportsFollowTheArchitecture(t *testing.T) {
	t.Parallel()
	files, _ := load(t)
	for _, f := range files {
		if f.test {
			continue
		}
		best := -1
		for i, rule := range mayImport {
			if within(f.pkg, rule.pkg) && (best < 0 || len(rule.pkg) > len(mayImport[best].pkg)) {
				best = i
			}
		}
		if best < 0 {
			continue
		}
		for _, imported := range importsOf(f) {
			if !slices.ContainsFunc(mayImport[best].allowed, func(a string) bool { return within(imported, a) }) {
				t.Errorf("%s imports %s, which %s may not", f.path, imported, mayImport[best].pkg)
			}
		}
	}
}

// deploy reads templates, to find the folders in them, with the package that
// CloudFormation reads them with. It is pure.
const sharedTemplate = "service/cloudformation/template"

// sharedRows are the packages that two services share, being two APIs to one
// state: service/dynamodbstreams reads the rows that service/dynamodb writes,
// service/sesv2 keeps those of service/ses, and who calls HTTP endpoints signs with
// the connections of service/events. Tables of records (service/rows), the text of
// OpenAPI documents (service/openapi) and shares of memory (service/share) are no
// service's own.
var sharedRows = []string{"service/dynamodb/stream", "service/ses/mail", "service/events/connection", "service/rows", "service/openapi", "service/share"}

func TestServicesDoNotKnowEachOtherNorHTTP(t *testing.T) {
	t.Parallel()
	files, _ := load(t)
	for _, f := range files {
		parts := strings.Split(f.pkg, "/")
		if f.test || parts[0] != "service" || len(parts) < 2 {
			continue
		}
		own := "service/" + parts[1]
		for _, imported := range importsOf(f) {
			if imported != "service" && within(imported, "service") && !within(imported, own) && !slices.Contains(sharedRows, imported) {
				t.Errorf("%s imports another service: %s", f.path, imported)
			}
		}
		for _, i := range f.syntax.Imports {
			if i.Path.Value == `"net/http"` {
				t.Errorf("%s imports net/http: services know no HTTP", f.path)
			}
		}
	}
}

func TestOnlyWiringImportsServices(t *testing.T) {
	t.Parallel()
	files, _ := load(t)
	for _, f := range files {
		if f.test || within(f.pkg, "service") || within(f.pkg, "cmd") || within(f.pkg, "internal") || within(f.pkg, "test") {
			continue
		}
		for _, imported := range importsOf(f) {
			if within(imported, "service") && imported != "service" && imported != sharedTemplate {
				t.Errorf("%s imports %s: only cmd/maru/services.go wires services", f.path, imported)
			}
		}
	}
}

func TestOnlyKVKnowsTheEngine(t *testing.T) {
	t.Parallel()
	files, _ := load(t)
	for _, f := range files {
		for _, i := range f.syntax.Imports {
			if strings.Contains(i.Path.Value, "cockroachdb/pebble") && !within(f.pkg, "kv") && !within(f.pkg, "test") {
				t.Errorf("%s imports the engine", f.path)
			}
		}
	}
}

func TestGeneratedFoldersArePure(t *testing.T) {
	t.Parallel()
	files, _ := load(t)
	for _, f := range files {
		if within(f.pkg, "api") != f.generated && !f.test {
			t.Errorf("%s: api/ is wholly generated, and nothing else is", f.path)
		}
	}
}

func TestSizesStayReadable(t *testing.T) {
	t.Parallel()
	files, fset := load(t)
	allowed := exceptions(t)
	check := func(what string, lines, limit int) {
		if lines <= limit {
			return
		}
		if _, ok := allowed[what]; ok {
			allowed[what] = true
			return
		}
		t.Errorf("%s has %d lines, over %d: cut it, or give the reason in exceptions.txt", what, lines, limit)
	}
	packages := make(map[string]int)
	for _, f := range files {
		if f.generated {
			continue
		}
		if !f.test {
			packages[f.pkg] += f.lines
			check(f.path, f.lines, maxFile)
		}
		for _, d := range f.syntax.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil && !f.test {
				lines := fset.Position(fn.End()).Line - fset.Position(fn.Pos()).Line + 1
				check(fmt.Sprintf("%s#%s", f.path, fn.Name.Name), lines, maxFunc)
			}
		}
	}
	for pkg, lines := range packages {
		check(pkg, lines, maxPackage)
	}
	for what, used := range allowed {
		if !used {
			t.Errorf("exceptions.txt: %s is no longer too large: take the line out", what)
		}
	}
}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	t.Parallel()
	files, _ := load(t)
	documented := make(map[string]bool)
	for _, f := range files {
		documented[f.pkg] = documented[f.pkg] || f.syntax.Doc != nil
	}
	for pkg, ok := range documented {
		if !ok {
			t.Errorf("%s has no package comment", pkg)
		}
	}
}

func TestNothingRunsBeforeMain(t *testing.T) {
	t.Parallel()
	files, _ := load(t)
	for _, f := range files {
		if f.test {
			continue
		}
		for _, d := range f.syntax.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				t.Errorf("%s has an init function", f.path)
			}
		}
	}
}
