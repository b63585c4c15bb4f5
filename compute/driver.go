package compute

import (
	"fmt"
	"path/filepath"
)

// layout is where a process finds things.
type layout struct{ taskRoot, opt, tmp, runtimeDir string }

// processSpec is what a process is started from.
type processSpec struct {
	prepared Prepared
	dir      string // the environment's own folder
	marker   string
	memoryMB int
	tmpMB    int
	files    bootstrapFiles
	hosts    runtimeCommand
	argv     []string
	env      []string
}

// driver confines a process.
type driver interface {
	// layout says where the process will find its code.
	layout(spec processSpec) layout
	// command makes the command that starts the process.
	command(spec processSpec) (*startCommand, error)
}

// newDriver returns the driver of a name.
func newDriver(name, helper string) (driver, error) {
	switch name {
	case "process":
		return plainDriver{}, nil
	case "sandbox":
		return newSandbox(helper)
	}
	return nil, fmt.Errorf("compute driver %q: want process or sandbox", name)
}

// plainDriver runs a process as a child like any other.
type plainDriver struct{}

// layout points to the real folders.
func (plainDriver) layout(spec processSpec) layout {
	opt := spec.prepared.Opt
	if opt == "" {
		opt = filepath.Join(spec.dir, "opt") // which is not there
	}
	return layout{
		taskRoot:   spec.prepared.TaskRoot,
		opt:        opt,
		tmp:        filepath.Join(spec.dir, "tmp"),
		runtimeDir: spec.files.dir,
	}
}

// command starts argv as it is.
func (plainDriver) command(spec processSpec) (*startCommand, error) {
	return &startCommand{argv: spec.argv, env: spec.env, dir: spec.prepared.TaskRoot}, nil
}
