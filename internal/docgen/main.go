// Command docgen writes docs/services: for each service what works, what is a
// known gap and what is not implemented, read off the code itself. An operation
// works when the service's own type implements it; what it still inherits from
// Unimplemented, or what is not generated at all, answers 501.
//
// What stands in a page above the marker is written by hand, and kept.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"maru.dev/maru/wire"
)

func main() {
	check := flag.Bool("check", false, "fail when the pages are not current")
	root := flag.String("root", ".", "the project's folder")
	flag.Parse()
	if err := run(*root, *check); err != nil {
		fmt.Fprintln(os.Stderr, "docgen:", err)
		os.Exit(1)
	}
}

// run writes or checks all pages.
func run(root string, check bool) error {
	var table bytes.Buffer
	table.WriteString("| service | operations | of the model |\n|---|---|---|\n")
	if err := complete(root); err != nil {
		return err
	}
	for _, model := range models() {
		done, err := implemented(filepath.Join(root, "service", model.ID))
		if err != nil {
			return err
		}
		name := filepath.Join(root, "docs", "services", model.ID+".md")
		body, works := page(model, done, byHand(name, model))
		if works == 0 {
			continue
		}
		fmt.Fprintf(&table, "| [%s](%s.md) | %d | %d |\n", model.ServiceID, model.ID, works, len(model.Operations))
		if err := put(name, body, check); err != nil {
			return err
		}
	}
	index := intro + table.String()
	if err := put(filepath.Join(root, "docs", "services", "README.md"), []byte(index), check); err != nil {
		return err
	}
	return readme(filepath.Join(root, "README.md"), strings.ReplaceAll(table.String(), "](", "](docs/services/"), check)
}

// intro heads the list of services.
const intro = "# What works\n\nWritten by `make docs` from the code. An operation that is not there answers 501 (`NotImplemented`) with its name.\n\n"

// The lines in the README between which the table stands.
const tableBegin, tableEnd = "<!-- written by make docs -->\n", "<!-- end -->"

// readme writes the table into the README, or checks it.
func readme(name, table string, check bool) error {
	have, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	before, rest, ok := strings.Cut(string(have), tableBegin)
	_, after, closed := strings.Cut(rest, tableEnd)
	if !ok || !closed {
		return fmt.Errorf("%s has no place for the table", name)
	}
	return put(name, []byte(before+tableBegin+table+tableEnd+after), check)
}

// put writes a page, or checks it.
func put(name string, body []byte, check bool) error {
	if check {
		have, err := os.ReadFile(name)
		if err != nil || !bytes.Equal(have, body) {
			return fmt.Errorf("%s is not current: run make docs", name)
		}
		return nil
	}
	return os.WriteFile(name, body, 0o644)
}

// complete fails for a generated API that models leaves out.
func complete(root string) error {
	known := make(map[string]bool)
	for _, model := range models() {
		known[model.ID] = true
	}
	folders, err := os.ReadDir(filepath.Join(root, "api"))
	if err != nil {
		return err
	}
	for _, f := range folders {
		if f.IsDir() && !known[f.Name()] {
			return fmt.Errorf("api/%s is missing from internal/docgen/models.go", f.Name())
		}
	}
	return nil
}

// byHand is what stands above the marker in a service's page: its title, at
// least.
func byHand(name string, model *wire.Service) string {
	have, err := os.ReadFile(name)
	if before, _, ok := strings.Cut(string(have), tableBegin); err == nil && ok {
		return before
	}
	return "# " + model.ServiceID + "\n\n"
}

// page renders one service and counts what works. Differences that are told by
// hand are not told again.
func page(model *wire.Service, done operations, above string) (body []byte, works int) {
	var b bytes.Buffer
	b.WriteString(above + tableBegin)
	if done.gaps != "" && !strings.Contains(above, "## Differences") {
		fmt.Fprintf(&b, "\n%s\n\n", done.gaps)
	}
	b.WriteString("| operation | |\n|---|---|\n")
	for i := range model.Operations {
		name := model.Operations[i].Name
		state := "not implemented"
		if done.methods[name] && model.Operations[i].Invoke != nil {
			state = "works"
			works++
		}
		fmt.Fprintf(&b, "| %s | %s |\n", name, state)
	}
	b.WriteString(tableEnd + "\n")
	return b.Bytes(), works
}

// operations is what a service's folder says of itself.
type operations struct {
	methods map[string]bool // of its Service type
	gaps    string          // the part of its package comment about differences
}

// implemented reads a service's folder and those below it, where a part of a
// large service may be. One that does not exist has nothing.
func implemented(dir string) (operations, error) {
	done := operations{methods: make(map[string]bool)}
	fset := token.NewFileSet()
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			if os.IsNotExist(err) {
				err = nil
			}
			return err
		}
		file, err := parser.ParseFile(fset, name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		if file.Doc != nil && filepath.Dir(name) == dir {
			done.gaps += differences(file.Doc.Text())
		}
		for _, d := range file.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv != nil && receiver(fn) == "Service" && fn.Name.IsExported() {
				done.methods[fn.Name.Name] = true
			}
		}
		return nil
	})
	return done, err
}

// receiver returns the name of a method's type.
func receiver(fn *ast.FuncDecl) string {
	t := fn.Recv.List[0].Type
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	if name, ok := t.(*ast.Ident); ok {
		return name.Name
	}
	return ""
}

// differences returns the sections of a package comment that tell how the
// service differs from AWS, as Markdown.
func differences(doc string) string {
	var out []string
	keep := false
	for _, line := range strings.Split(doc, "\n") {
		if title, ok := strings.CutPrefix(line, "# "); ok {
			lower := strings.ToLower(title)
			if keep = strings.Contains(lower, "differ") || strings.Contains(lower, "gap"); keep {
				line = "## " + title
			}
		}
		if keep {
			out = append(out, strings.TrimRight(strings.TrimPrefix(line, "  "), " "))
		}
	}
	return strings.TrimSpace(strings.Join(out, "\n"))
}
