package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"maru.dev/maru/internal/c2j"
)

// sdkModule is the Go module that ships the models.
const sdkModule = "github.com/aws/aws-sdk-go"

// service is one block of services.txt.
type service struct {
	Package    string
	Folder     string   // of the models
	Operations []string // to generate in full; "*" means all
}

// source is a service with its model read.
type source struct {
	service
	Path  string // of the model, below the folder of models
	Sum   string // its SHA-256
	Model *c2j.Model
}

// readServices reads a list of services: a line "package folder" each, then
// indented lines of operation names.
func readServices(path string) ([]service, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var list []service
	for i, line := range strings.Split(string(data), "\n") {
		text, _, _ := strings.Cut(line, "#")
		words := strings.Fields(text)
		switch {
		case len(words) == 0:
		case text[0] == ' ' || text[0] == '\t':
			if len(list) == 0 {
				return nil, fmt.Errorf("%s:%d: operations before any service", path, i+1)
			}
			last := &list[len(list)-1]
			last.Operations = append(last.Operations, words...)
		case len(words) != 2:
			return nil, fmt.Errorf("%s:%d: want a package and a model's folder, got %q", path, i+1, line)
		default:
			list = append(list, service{Package: words[0], Folder: words[1]})
		}
	}
	return list, nil
}

// load reads the newest model of the service and the overlays that correct it.
func (s service) load(overlays, models string) (*source, error) {
	found, err := filepath.Glob(filepath.Join(models, s.Folder, "*", "*-2.json"))
	if err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(found, func(path string) bool {
		name := filepath.Base(path)
		return name != "api-2.json" && name != "service-2.json"
	})
	if len(found) == 0 {
		return nil, fmt.Errorf("%s: no model below %s", s.Package, filepath.Join(models, s.Folder))
	}
	path := slices.Max(found) // dates sort as they follow
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	patches, err := readOverlays(filepath.Join(overlays, s.Package+".json"))
	if err != nil {
		return nil, err
	}
	model, err := c2j.Parse(data, patches...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if slices.Equal(s.Operations, []string{"*"}) {
		s.Operations = model.Operations.Keys
	}
	sum := sha256.Sum256(data)
	rel, err := filepath.Rel(models, path)
	if err != nil {
		return nil, err
	}
	return &source{service: s, Path: filepath.ToSlash(rel), Sum: hex.EncodeToString(sum[:]), Model: model}, nil
}

// readOverlays reads a service's corrections; most have none.
func readOverlays(path string) ([]c2j.Overlay, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	list, err := c2j.ParseOverlays(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return list, nil
}

// moduleModels asks the Go command where the pinned module's models are, and
// downloads the module if it must.
func moduleModels(ctx context.Context, tools string) (string, error) {
	dir, err := moduleDir(ctx, tools, "list", "-m", "-json", sdkModule)
	if err == nil && dir == "" {
		dir, err = moduleDir(ctx, tools, "mod", "download", "-json", sdkModule)
	}
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "models", "apis"), nil
}

// moduleDir runs the Go command and takes Dir from the JSON that it prints.
func moduleDir(ctx context.Context, tools string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = tools
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	data, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w: %s", strings.Join(args, " "), err, stderr.Bytes())
	}
	var module struct{ Dir string }
	if err := json.Unmarshal(data, &module); err != nil {
		return "", fmt.Errorf("go %s: %w", strings.Join(args, " "), err)
	}
	return module.Dir, nil
}
