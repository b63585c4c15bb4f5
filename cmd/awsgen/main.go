// Command awsgen writes api/<svc> from the API models that models/services.txt
// names.
//
//	go run ./cmd/awsgen            # write what is not current
//	go run ./cmd/awsgen -check     # only say what is not current, and exit 1
//	go run ./cmd/awsgen -models D  # models from a folder D/<service>/<date>/
//
// The models come with a Go module that tools/go.mod pins, so a fresh machine
// needs nothing but the Go command.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "awsgen:", err)
		os.Exit(1)
	}
}

// run is main without the process around it.
func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("awsgen", flag.ContinueOnError)
	root := flags.String("root", ".", "folder of the repository")
	models := flags.String("models", "", "folder of models, instead of the pinned module's")
	check := flags.Bool("check", false, "write nothing; fail if something is not current")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *models == "" {
		dir, err := moduleModels(ctx, filepath.Join(*root, "tools"))
		if err != nil {
			return err
		}
		*models = dir
	}
	files, err := generateAll(filepath.Join(*root, "models"), *models)
	if err != nil {
		return err
	}
	api := filepath.Join(*root, "api")
	if *check {
		return checkAll(api, files, out)
	}
	return writeAll(api, files, out)
}

// generateAll returns every generated file by its path below api/.
func generateAll(config, models string) (map[string][]byte, error) {
	services, err := readServices(filepath.Join(config, "services.txt"))
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, s := range services {
		src, err := s.load(filepath.Join(config, "overlays"), models)
		if err != nil {
			return nil, err
		}
		generated, err := generate(src)
		if err != nil {
			return nil, err
		}
		for name, data := range generated {
			files[filepath.Join(s.Package, name)] = data
		}
	}
	return files, nil
}

// stale lists the files below api that differ from what was generated, and the
// generated files there that no model makes any more.
func stale(api string, files map[string][]byte) (changed, surplus []string, err error) {
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join(api, name))
		if err != nil && !os.IsNotExist(err) {
			return nil, nil, err
		}
		if !bytes.Equal(got, want) {
			changed = append(changed, name)
		}
	}
	present, err := filepath.Glob(filepath.Join(api, "*", "*_gen.go"))
	if err != nil {
		return nil, nil, err
	}
	for _, path := range present {
		name, err := filepath.Rel(api, path)
		if err != nil {
			return nil, nil, err
		}
		if _, ok := files[name]; !ok {
			surplus = append(surplus, name)
		}
	}
	slices.Sort(changed)
	slices.Sort(surplus)
	return changed, surplus, nil
}

// writeAll brings api up to date and leaves current files untouched, so that
// the build cache keeps them.
func writeAll(api string, files map[string][]byte, out io.Writer) error {
	changed, surplus, err := stale(api, files)
	if err != nil {
		return err
	}
	for _, name := range surplus {
		if err := os.Remove(filepath.Join(api, name)); err != nil {
			return err
		}
		fmt.Fprintln(out, "removed", name)
	}
	for _, name := range changed {
		path := filepath.Join(api, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, files[name], 0o644); err != nil {
			return err
		}
		fmt.Fprintln(out, "wrote", name)
	}
	return nil
}

// checkAll fails, and says where each file first differs, if api is not what
// the models make.
func checkAll(api string, files map[string][]byte, out io.Writer) error {
	changed, surplus, err := stale(api, files)
	if err != nil {
		return err
	}
	for _, name := range surplus {
		fmt.Fprintf(out, "%s: no model makes this file\n", name)
	}
	for _, name := range changed {
		got, err := os.ReadFile(filepath.Join(api, name))
		if os.IsNotExist(err) {
			fmt.Fprintf(out, "%s: missing\n", name)
			continue
		} else if err != nil {
			return err
		}
		fmt.Fprintln(out, firstDifference(name, string(got), string(files[name])))
	}
	if n := len(changed) + len(surplus); n > 0 {
		return fmt.Errorf("%d generated files are not current; run make gen", n)
	}
	return nil
}

// firstDifference names the first line in which two texts differ.
func firstDifference(name, got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	i := 0
	for i < len(g) && i < len(w) && g[i] == w[i] {
		i++
	}
	line := func(lines []string) string {
		if i < len(lines) {
			return strings.TrimSpace(lines[i])
		}
		return "(end of file)"
	}
	return fmt.Sprintf("%s:%d:\n\t- %s\n\t+ %s", name, i+1, line(g), line(w))
}
