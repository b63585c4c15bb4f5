package compute

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// sandboxName is the program name by which SandboxMain knows that it is asked
// to set a sandbox up.
const sandboxName = "maru-sandbox"

// sandboxVariable tells SandboxMain what to set up. It holds credentials: unlike
// a command line, a process's environment is shown to its owner alone.
const sandboxVariable = "MARU_SANDBOX"

// Where things are in a sandbox, as on AWS.
const (
	taskFolder    = "/var/task"
	runtimeFolder = "/var/runtime"
	optFolder     = "/opt"
)

// hostPaths are what a sandbox sees of the host, read-only, as far as the host
// has it: programs and libraries, and the few files that these cannot do
// without.
func hostPaths() []string {
	return []string{
		"/usr", "/bin", "/sbin", "/lib", "/lib64", "/lib32",
		"/etc/ssl", "/etc/pki", "/etc/ca-certificates", "/etc/alternatives", "/etc/ld.so.cache", "/etc/ld.so.conf",
		"/etc/ld.so.conf.d", "/etc/localtime", "/etc/nsswitch.conf", "/etc/resolv.conf", "/etc/hosts", "/etc/protocols", "/etc/services",
	}
}

// sandbox starts processes in namespaces of their own.
type sandbox struct{ helper string }

// sandboxSpec tells SandboxMain what to set up. It is JSON.
type sandboxSpec struct {
	Root     string // an empty folder to build the file system in
	TaskRoot string
	Opt      string
	Runtime  string
	Prefix   string // the interpreter's installation
	TmpMB    int
	MemoryMB int // as much of System V's shared memory, which outlives who asked for it
	Argv     []string
	Env      []string
}

// newSandbox returns the driver, after a try whether this host allows it.
// helper is a program whose main calls SandboxMain.
func newSandbox(helper string) (driver, error) {
	if helper == "" {
		return nil, errors.New("compute driver sandbox: no program that sets sandboxes up is named")
	}
	s := sandbox{helper: helper}
	dir, err := os.MkdirTemp("", "maru-sandbox-")
	if err != nil {
		return nil, fmt.Errorf("compute driver sandbox: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	sc, err := s.setUp(sandboxSpec{Root: dir, TaskRoot: dir, Runtime: dir, TmpMB: 1, Argv: []string{"/bin/true"}})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), hostLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, sc.argv[0])
	cmd.Args, cmd.Env, cmd.SysProcAttr = sc.args, sc.env, &sc.attr
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("compute driver sandbox: this host does not allow it: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return s, nil
}

// layout is AWS's own.
func (sandbox) layout(processSpec) layout {
	return layout{taskRoot: taskFolder, opt: optFolder, tmp: "/tmp", runtimeDir: runtimeFolder}
}

// command starts the helper in new namespaces; it becomes the process.
func (s sandbox) command(spec processSpec) (*startCommand, error) {
	root := filepath.Join(spec.dir, "root")
	if err := os.MkdirAll(root, 0o755); err != nil {
		return nil, fmt.Errorf("make sandbox's root: %w", err)
	}
	if spec.hosts.family == provided {
		path := filepath.Join(spec.prepared.TaskRoot, "bootstrap")
		if err := unix.Access(path, unix.X_OK); err != nil {
			return nil, &os.PathError{Op: "start", Path: path, Err: err}
		}
	}
	return s.setUp(sandboxSpec{
		Root: root, TaskRoot: spec.prepared.TaskRoot, Opt: spec.prepared.Opt, Runtime: spec.files.dir,
		Prefix: spec.hosts.prefix, TmpMB: max(spec.tmpMB, 1), MemoryMB: spec.memoryMB, Argv: spec.argv, Env: spec.env,
	})
}

// setUp makes the command that sets up and enters a sandbox.
func (s sandbox) setUp(spec sandboxSpec) (*startCommand, error) {
	text, err := json.Marshal(spec)
	if err != nil {
		return nil, fmt.Errorf("encode sandbox: %w", err)
	}
	return &startCommand{
		argv: []string{s.helper},
		args: []string{sandboxName},
		env:  append(markerOf(spec.Env), sandboxVariable+"="+string(text)),
		dir:  "/",
		attr: syscall.SysProcAttr{
			Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWIPC | syscall.CLONE_NEWUTS,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
		},
	}, nil
}

// markerOf keeps the one variable by which a process is known as ours.
func markerOf(env []string) []string {
	for _, v := range env {
		if strings.HasPrefix(v, markerName+"=") {
			return []string{v}
		}
	}
	return nil
}

// SandboxMain sets a sandbox up and becomes the process in it, when the program
// was started for that; otherwise it returns at once. A program that offers the
// sandbox driver calls it first in main.
func SandboxMain() {
	if len(os.Args) != 1 || os.Args[0] != sandboxName {
		return
	}
	runtime.LockOSThread() // capabilities are a thread's
	err := enterSandbox([]byte(os.Getenv(sandboxVariable)))
	_, _ = os.Stderr.WriteString("maru: set up sandbox: " + err.Error() + "\n")
	os.Exit(127)
}

// enterSandbox does what SandboxMain promises. It returns only when it fails.
func enterSandbox(text []byte) error {
	var spec sandboxSpec
	if err := json.Unmarshal(text, &spec); err != nil {
		return fmt.Errorf("read what to do: %w", err)
	}
	if err := spec.build(); err != nil {
		return err
	}
	if err := spec.enter(); err != nil {
		return err
	}
	if err := dropPrivileges(); err != nil {
		return err
	}
	if err := unix.Exec(spec.Argv[0], spec.Argv, spec.Env); err != nil {
		return fmt.Errorf("execute %s: %w", spec.Argv[0], err)
	}
	return nil
}

// build puts the sandbox's file system together below Root.
func (s sandboxSpec) build() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("keep mounts private: %w", err)
	}
	if err := unix.Mount("tmpfs", s.Root, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "size=1m,mode=755"); err != nil {
		return fmt.Errorf("mount root: %w", err)
	}
	for _, path := range hostPaths() {
		if err := s.show(path, path); err != nil {
			return err
		}
	}
	shown := map[string]string{taskFolder: s.TaskRoot, runtimeFolder: s.Runtime}
	if s.Opt != "" {
		shown[optFolder] = s.Opt
	}
	if s.Prefix != "" && s.Prefix != "/" && !strings.HasPrefix(s.Prefix, "/usr") {
		shown[s.Prefix] = s.Prefix
	}
	for at, path := range shown {
		if err := s.show(path, at); err != nil {
			return err
		}
	}
	for at, options := range map[string]string{"/tmp": "size=" + strconv.Itoa(s.TmpMB) + "m,mode=1777", "/dev": "size=64k,mode=755"} {
		if err := s.mount("tmpfs", at, options); err != nil {
			return err
		}
	}
	if err := s.mount("proc", "/proc", ""); err != nil {
		return err
	}
	// Kernels before 5.19 keep this for the machine's root.
	_ = os.WriteFile(s.Root+"/proc/sys/kernel/shmall", []byte(strconv.Itoa(s.MemoryMB<<20/os.Getpagesize())), 0)
	return s.devices()
}

// mount mounts a file system without devices and set-user-id programs.
func (s sandboxSpec) mount(kind, at, options string) error {
	to := s.Root + at
	if err := os.MkdirAll(to, 0o755); err != nil {
		return fmt.Errorf("make %s: %w", at, err)
	}
	if err := unix.Mount(kind, to, kind, unix.MS_NOSUID|unix.MS_NODEV, options); err != nil {
		return fmt.Errorf("mount %s: %w", at, err)
	}
	return nil
}

// devices puts the harmless devices into /dev.
func (s sandboxSpec) devices() error {
	for _, name := range []string{"null", "zero", "full", "random", "urandom"} {
		if err := s.bind("/dev/"+name, s.Root+"/dev/"+name, false); err != nil {
			return err
		}
	}
	if err := s.mount("tmpfs", "/dev/shm", "size=64m,mode=1777"); err != nil {
		return err
	}
	for name, to := range map[string]string{"fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2"} {
		if err := os.Symlink(to, s.Root+"/dev/"+name); err != nil {
			return fmt.Errorf("link /dev/%s: %w", name, err)
		}
	}
	return nil
}

// show makes a path of the host visible, read-only, if the host has it.
func (s sandboxSpec) show(path, at string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look at %s: %w", path, err)
	}
	to := s.Root + at
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return fmt.Errorf("make room for %s: %w", at, err)
	}
	if info.Mode()&os.ModeSymlink != 0 {
		target, err := os.Readlink(path)
		if err != nil {
			return fmt.Errorf("read link %s: %w", path, err)
		}
		if !strings.HasPrefix(path, "/etc") { // /bin → usr/bin
			return os.Symlink(target, to)
		}
		path, err = filepath.EvalSymlinks(path)
		if errors.Is(err, os.ErrNotExist) {
			return nil // it leads nowhere
		}
		if err != nil {
			return fmt.Errorf("follow %s: %w", at, err)
		}
	}
	return s.bind(path, to, true)
}

// bind mounts a path of the host.
func (s sandboxSpec) bind(path, to string, readOnly bool) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("look at %s: %w", path, err)
	}
	if info.IsDir() {
		err = os.MkdirAll(to, 0o755)
	} else {
		err = os.WriteFile(to, nil, 0o644)
	}
	if err != nil {
		return fmt.Errorf("make room for %s: %w", path, err)
	}
	if err := unix.Mount(path, to, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("show %s: %w", path, err)
	}
	attr := unix.MountAttr{Attr_set: unix.MOUNT_ATTR_NOSUID}
	if readOnly {
		attr.Attr_set |= unix.MOUNT_ATTR_RDONLY | unix.MOUNT_ATTR_NODEV
	}
	if err := unix.MountSetattr(unix.AT_FDCWD, to, unix.AT_RECURSIVE, &attr); err != nil {
		return fmt.Errorf("protect %s: %w", path, err)
	}
	return nil
}

// enter makes Root the process's whole world.
func (s sandboxSpec) enter() error {
	const old = "/.old"
	if err := os.Mkdir(s.Root+old, 0o700); err != nil {
		return fmt.Errorf("make room for the old root: %w", err)
	}
	if err := unix.PivotRoot(s.Root, s.Root+old); err != nil {
		return fmt.Errorf("change root: %w", err)
	}
	if err := unix.Chdir("/"); err != nil {
		return fmt.Errorf("change folder: %w", err)
	}
	if err := unix.Unmount(old, unix.MNT_DETACH); err != nil {
		return fmt.Errorf("leave the old root: %w", err)
	}
	if err := os.Remove(old); err != nil {
		return fmt.Errorf("leave the old root: %w", err)
	}
	attr := unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}
	if err := unix.MountSetattr(unix.AT_FDCWD, "/", 0, &attr); err != nil {
		return fmt.Errorf("protect root: %w", err)
	}
	if err := unix.Chdir(taskFolder); err != nil {
		return fmt.Errorf("change folder: %w", err)
	}
	return nil
}

// dropPrivileges gives up, for good, what building the sandbox needed.
func dropPrivileges() error {
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("forbid new privileges: %w", err)
	}
	// With this, a process of user 0 gains no capabilities by executing.
	const locked = 1<<0 | 1<<1 // SECBIT_NOROOT and its lock
	if err := unix.Prctl(unix.PR_SET_SECUREBITS, locked, 0, 0, 0); err != nil {
		return fmt.Errorf("take root's powers: %w", err)
	}
	processes := unix.Rlimit{Cur: maxProcesses, Max: maxProcesses}
	if err := unix.Setrlimit(unix.RLIMIT_NPROC, &processes); err != nil {
		return fmt.Errorf("limit processes: %w", err)
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var none [2]unix.CapUserData
	if err := unix.Capset(&header, &none[0]); err != nil {
		return fmt.Errorf("drop capabilities: %w", err)
	}
	return nil
}
