package testenv

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"maru.dev/maru/clock"
)

// Proc is the real program over a data folder.
type Proc struct {
	Clients

	t       testing.TB
	binary  string
	dir     string
	address string
	flags   []string
	command *exec.Cmd
	ended   chan error
}

// Process builds cmd/maru, once for all tests of a `go test` run, and starts
// `maru up` with the further flags on a new data folder. It ends with the test.
func Process(tb testing.TB, flags ...string) *Proc {
	tb.Helper()
	return ProcessOn(tb, tb.TempDir(), flags...)
}

// ProcessOn is Process on a data folder that is there already.
func ProcessOn(tb testing.TB, dir string, flags ...string) *Proc {
	tb.Helper()
	p := IdleProcessOn(tb, dir, flags...)
	p.Start()
	return p
}

// IdleProcessOn is ProcessOn without the start.
func IdleProcessOn(tb testing.TB, dir string, flags ...string) *Proc {
	tb.Helper()
	address := FreeAddress(tb)
	p := &Proc{
		t: tb, binary: build(tb), dir: dir, address: address, flags: flags,
		Clients: newClients("http://" + address),
	}
	tb.Cleanup(func() {
		p.Clients.close()
		if p.command != nil {
			p.Kill()
		}
	})
	return p
}

// URL is the program's base address. It stays the same over restarts.
func (p *Proc) URL() string { return "http://" + p.address }

// Dir is the data folder.
func (p *Proc) Dir() string { return p.dir }

// Running tells whether the program has been started and not been ended.
func (p *Proc) Running() bool { return p.command != nil }

// PID is the running program's.
func (p *Proc) PID() int { return p.command.Process.Pid }

// Start starts the program and waits until it is ready. Further flags are for
// this start alone.
func (p *Proc) Start(flags ...string) {
	p.t.Helper()
	ready := p.launch(flags)
	select {
	case <-ready:
	case err := <-p.ended:
		p.command = nil
		p.t.Fatalf("maru ended at its start: %v", err)
	case <-clock.System{}.NewTimer(2 * time.Minute).C():
		p.t.Fatal("maru was not ready within two minutes")
	}
}

// Stillborn starts the program and kills it so long after, ready or not.
func (p *Proc) Stillborn(after time.Duration, flags ...string) {
	p.t.Helper()
	p.launch(flags)
	<-clock.System{}.NewTimer(after).C()
	p.Kill()
}

// launch starts the program. It is ready when the channel is closed.
func (p *Proc) launch(flags []string) (ready <-chan struct{}) {
	p.t.Helper()
	args := slices.Concat([]string{"up", "--listen", p.address, "--data", p.dir}, p.flags, flags)
	command := exec.Command(p.binary, args...) //nolint:noctx // it is ended by Kill or Stop, not with a context
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := command.StdoutPipe()
	if err != nil {
		p.t.Fatalf("start maru: %v", err)
	}
	command.Stderr = p.t.Output()
	if err := command.Start(); err != nil {
		p.t.Fatalf("start maru: %v", err)
	}
	p.command, p.ended = command, make(chan error, 1)
	answers, ended := make(chan struct{}), p.ended
	go func() {
		lines := bufio.NewScanner(out)
		if lines.Scan() { // its first words come once the port answers
			close(answers)
		}
		_, _ = io.Copy(io.Discard, out)
		ended <- command.Wait()
	}()
	return answers
}

// Refused starts the program, which is to end by itself, and returns what it says.
func (p *Proc) Refused() string {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), 2*time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, p.binary, slices.Concat([]string{"up", "--listen", p.address, "--data", p.dir}, p.flags)...).CombinedOutput()
	if exit := (&exec.ExitError{}); !errors.As(err, &exit) || ctx.Err() != nil {
		p.t.Errorf("maru was to refuse its start: %v", err)
	}
	return string(out)
}

// Quit has the program end with what each of its goroutines does, which it tells
// the test's output.
func (p *Proc) Quit() {
	p.t.Helper()
	if err := p.command.Process.Signal(syscall.SIGQUIT); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Errorf("quit maru: %v", err)
	}
	<-p.ended //nolint:errcheck // it never ends well
	p.command = nil
}

// Kill ends the program as a crash would, by SIGKILL.
func (p *Proc) Kill() {
	p.t.Helper()
	if err := p.command.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Fatalf("kill maru: %v", err)
	}
	<-p.ended //nolint:errcheck // killed: that it did not end well is what was asked for
	p.command = nil
	p.transport.CloseIdleConnections()
}

// Stop ends the program as Ctrl-C would, and fails the test unless it ends
// well.
func (p *Proc) Stop() {
	p.t.Helper()
	p.end(os.Interrupt)
}

// Terminate ends the program as a supervisor would, by SIGTERM, and fails the
// test unless it ends well.
func (p *Proc) Terminate() {
	p.t.Helper()
	p.end(syscall.SIGTERM)
}

// end asks the program to end.
func (p *Proc) end(by os.Signal) {
	p.t.Helper()
	if err := p.command.Process.Signal(by); err != nil {
		p.t.Fatalf("stop maru: %v", err)
	}
	select {
	case err := <-p.ended:
		if err != nil {
			p.t.Errorf("maru did not end well: %v", err)
		}
	case <-clock.System{}.NewTimer(time.Minute).C():
		p.t.Error("maru did not end within a minute of being asked")
		p.Kill()
	}
	p.command = nil
	p.transport.CloseIdleConnections()
}

// Restart starts the program again, on the same data folder and address. If it
// still runs it is killed first.
func (p *Proc) Restart() {
	p.t.Helper()
	if p.command != nil {
		p.Kill()
	}
	p.Start()
}

// Health is the document at /_maru/health.
func (p *Proc) Health() map[string]any {
	p.t.Helper()
	var h map[string]any
	if err := json.Unmarshal([]byte(p.Ask(p.t, http.MethodGet, "/_maru/health", "").Body), &h); err != nil {
		p.t.Fatalf("health: %v", err)
	}
	return h
}

// build makes the program, unless MARU_BINARY names one that is to be tested. Test
// binaries of one `go test` run share it: they have the same parent, by whose
// number its folder is named.
func build(tb testing.TB) string {
	tb.Helper()
	if name := os.Getenv("MARU_BINARY"); name != "" {
		return name
	}
	if err := sources(); err != nil {
		tb.Fatalf("build maru: %v", err)
	}
	dir := filepath.Join(os.TempDir(), "maru-testenv")
	name := filepath.Join(dir, strconv.Itoa(os.Getppid()), "maru")
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		tb.Fatalf("build maru: %v", err)
	}
	lock, err := os.OpenFile(name+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		tb.Fatalf("build maru: %v", err)
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		tb.Fatalf("build maru: %v", err)
	}
	if fresh(name) {
		return name
	}
	sweep(dir)
	if err := compile(tb.Context(), name); err != nil {
		tb.Fatalf("build maru: %v", err)
	}
	return name
}

// fresh tells whether a program is of this run, and not of an old process with
// the same number.
func fresh(name string) bool {
	info, err := os.Stat(name)
	if err != nil {
		return false
	}
	parent, err := os.Stat("/proc/" + strconv.Itoa(os.Getppid()))
	return err == nil && info.ModTime().After(parent.ModTime())
}

// sources looks at all folders that the program is made of: `go test` keeps a result
// until what the test has looked at changes, and knows nothing of what it has built.
var sources = sync.OnceValue(func() error {
	command, err := inModule(context.Background(), "go", "list", "-deps", "-f",
		`{{if .Module}}{{if .Module.Main}}{{$dir := .Dir}}{{.Module.GoMod}}{{"\n"}}{{$dir}}{{"\n"}}{{range .EmbedFiles}}{{$dir}}/{{.}}{{"\n"}}{{end}}{{end}}{{end}}`, "./cmd/maru")
	if err != nil {
		return err
	}
	out, err := command.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return fmt.Errorf("list what maru is made of: %w\n%s", err, exit.Stderr)
	}
	if err != nil {
		return err
	}
	for name := range strings.FieldsFuncSeq(string(out), func(r rune) bool { return r == '\n' }) {
		file, err := os.Open(name)
		if err != nil {
			return err
		}
		_ = file.Close()
	}
	return nil
})

// compile builds cmd/maru.
func compile(ctx context.Context, name string) error {
	command, err := inModule(ctx, "go", "build", "-o", name, "./cmd/maru")
	if err != nil {
		return err
	}
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	return nil
}

// inModule is a command in the root of the module that this file belongs to.
func inModule(ctx context.Context, name string, args ...string) (*exec.Cmd, error) {
	_, file, _, ok := runtime.Caller(0)
	if !ok {
		return nil, errors.New("no source path")
	}
	command := exec.CommandContext(ctx, name, args...)
	command.Dir = filepath.Join(filepath.Dir(file), "..", "..")
	return command, nil
}

// sweep removes the programs of earlier days' runs.
func sweep(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && (clock.System{}).Now().Sub(info.ModTime()) > 24*time.Hour {
			_ = os.RemoveAll(filepath.Join(dir, e.Name()))
		}
	}
}
