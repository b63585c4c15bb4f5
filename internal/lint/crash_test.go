package lint

import (
	"bufio"
	"go/ast"
	"os"
	"slices"
	"strings"
	"testing"
)

// readOnly begin the names of operations that change nothing.
var readOnly = []string{"Get", "List", "Describe", "Head", "BatchGet", "TransactGet", "Query", "Scan", "Filter", "Validate", "Lookup", "Search", "Check", "Estimate", "Test"}

// operation is one that a service implements.
type operation struct{ service, name string }

// String is "service.Name".
func (o operation) String() string { return o.service + "." + o.name }

// mutating finds the operations that services implement and that change
// something: methods of a Service that take their own input.
func mutating(files []sourceFile) (found []operation) {
	for _, f := range files {
		if f.test || !strings.HasPrefix(f.pkg, "service/") {
			continue
		}
		service := strings.Split(f.pkg, "/")[1]
		for _, d := range f.syntax.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Recv == nil || !takesOwnInput(fn) {
				continue
			}
			name := fn.Name.Name
			if !slices.ContainsFunc(readOnly, func(prefix string) bool { return strings.HasPrefix(name, prefix) }) {
				found = append(found, operation{service, name})
			}
		}
	}
	return found
}

// takesOwnInput says whether a method's last parameter is *pkg.<Name>Input.
func takesOwnInput(fn *ast.FuncDecl) bool {
	params := fn.Type.Params.List
	if len(params) < 2 {
		return false
	}
	star, ok := params[len(params)-1].Type.(*ast.StarExpr)
	if !ok {
		return false
	}
	of, ok := star.X.(*ast.SelectorExpr)
	return ok && of.Sel.Name == fn.Name.Name+"Input"
}

// crashed finds the operations that a service's crash tests call: what is
// called in its files named *crash_test.go.
func crashed(files []sourceFile) map[operation]bool {
	called := make(map[operation]bool)
	for _, f := range files {
		if !strings.HasSuffix(f.path, "crash_test.go") || !strings.HasPrefix(f.pkg, "service/") {
			continue
		}
		service := strings.Split(f.pkg, "/")[1]
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			if c, ok := n.(*ast.CallExpr); ok {
				if s, ok := c.Fun.(*ast.SelectorExpr); ok {
					called[operation{service, s.Sel.Name}] = true
				}
			}
			return true
		})
	}
	return called
}

// uncrashed reads uncrashed.txt: "service.Operation: reason" lines.
func uncrashed(t *testing.T) map[string]bool {
	t.Helper()
	f, err := os.Open("uncrashed.txt")
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
		name, reason, ok := strings.Cut(line, ": ")
		if !ok || reason == "" {
			t.Errorf("uncrashed.txt: %q has no reason", line)
		}
		known[name] = true
	}
	return known
}

// Every operation that changes something loses power in a test.
func TestEveryMutatingOperationHasACrashTest(t *testing.T) {
	t.Parallel()
	files, _ := load(t)
	called, excused := crashed(files), uncrashed(t)
	for _, o := range mutating(files) {
		name := o.String()
		if !called[o] && !excused[name] {
			t.Errorf("%s is called in no crash_test.go of service/%s (see kvtest.History), nor excused in uncrashed.txt", name, o.service)
		}
		if called[o] && excused[name] {
			t.Errorf("uncrashed.txt: %s has a crash test: take the line out", name)
		}
		delete(excused, name)
	}
	for name := range excused {
		t.Errorf("uncrashed.txt: %s is no operation that changes something", name)
	}
}
