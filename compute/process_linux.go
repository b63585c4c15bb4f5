package compute

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"maru.dev/maru/clock"
	"maru.dev/maru/compute/procs"
)

// startCommand is a process to start.
type startCommand struct {
	argv []string
	args []string // what the process sees as its arguments; nil is argv
	env  []string
	dir  string
	attr syscall.SysProcAttr // namespaces; the rest is filled in
	pipe []*os.File          // further files for the child, closed after the start
}

// arguments are what the process sees as its arguments.
func (sc *startCommand) arguments() []string {
	if sc.args != nil {
		return sc.args
	}
	return sc.argv
}

// process is a running process group.
type process struct {
	pid    int
	exited chan struct{} // closed when the leader has ended and its group was killed
	state  string        // how it ended; set before exited is closed

	mu   sync.Mutex
	dead atomic.Bool // set under mu, before the leader is reaped: its id is free after that
}

// starters start processes on threads that never end: a child is told to die
// with the thread that made it.
type starters struct {
	begin sync.Once
	end   sync.Once
	work  chan func()
	quit  chan struct{}
}

// starterThreads is how many processes can be starting at a time.
const starterThreads = 2

// newStarters returns starters whose threads begin with the first start.
func newStarters() *starters { return &starters{work: make(chan func()), quit: make(chan struct{})} }

// threads begins the threads.
func (s *starters) threads() {
	for range starterThreads {
		go func() {
			runtime.LockOSThread() // never unlocked: see starters
			for {
				select {
				case f := <-s.work:
					f()
				case <-s.quit:
					return
				}
			}
		}()
	}
}

// close ends the threads, and with them every process that they started.
func (s *starters) close() { s.end.Do(func() { close(s.quit) }) }

// start runs spec by d with its output captured by out.
func (s *starters) start(d driver, spec processSpec, out *capture) (*process, error) {
	sc, err := d.command(spec)
	if err != nil {
		return nil, err
	}
	w, err := out.attach()
	if err != nil {
		return nil, fmt.Errorf("make output pipe: %w", err)
	}
	defer w.Close()
	cmd, err := s.run(sc, w)
	for _, f := range sc.pipe {
		_ = f.Close()
	}
	if err != nil {
		return nil, err
	}
	limit(cmd.Process.Pid, spec)
	p := &process{pid: cmd.Process.Pid, exited: make(chan struct{})}
	if err := p.await(cmd); err != nil {
		p.kill()
		_ = cmd.Wait()
		return nil, err
	}
	return p, nil
}

// busyTries is how often a start is tried whose file somebody seems to write:
// the child of another start holds what was open when it was forked, until it
// executes its own file.
const busyTries = 200

// run starts sc on one of the threads.
func (s *starters) run(sc *startCommand, w *os.File) (cmd *exec.Cmd, err error) {
	s.begin.Do(s.threads)
	done := make(chan error, 1)
	for range busyTries {
		attr := sc.attr
		attr.Setpgid = true
		attr.Pdeathsig = syscall.SIGKILL
		cmd = &exec.Cmd{
			Path: sc.argv[0], Args: sc.arguments(), Env: sc.env, Dir: sc.dir,
			Stdout: w, Stderr: w, ExtraFiles: sc.pipe, SysProcAttr: &attr,
		}
		select {
		case s.work <- func() { done <- cmd.Start() }:
		case <-s.quit:
			return nil, ErrClosed
		}
		if err = <-done; !errors.Is(err, syscall.ETXTBSY) {
			break
		}
		<-clock.System{}.NewTimer(time.Millisecond).C()
	}
	return cmd, err
}

// await waits in the background for the process's end, by a file descriptor
// that Go's poller watches, so that a thousand environments need no thousand
// threads.
func (p *process) await(cmd *exec.Cmd) error {
	fd, err := unix.PidfdOpen(p.pid, unix.PIDFD_NONBLOCK)
	if err != nil {
		return fmt.Errorf("watch process: %w", err)
	}
	file := os.NewFile(uintptr(fd), "pidfd")
	conn, err := file.SyscallConn()
	if err != nil {
		return fmt.Errorf("watch process: %w", err)
	}
	go func() {
		defer file.Close()
		// An error would mean that the file was closed, which only we do.
		_ = conn.Read(func(fd uintptr) bool {
			poll := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
			n, err := unix.Poll(poll, 0)
			return n > 0 || err != nil && err != unix.EINTR
		})
		// The leader is a zombie now: its id cannot be another's yet.
		p.mu.Lock()
		_ = syscall.Kill(-p.pid, syscall.SIGKILL)
		p.dead.Store(true)
		p.mu.Unlock()
		_ = cmd.Wait() // its error is in ProcessState
		p.state = cmd.ProcessState.String()
		close(p.exited)
	}()
	return nil
}

// running says whether the leader has not ended.
func (p *process) running() bool { return !p.dead.Load() }

// kill ends the whole group.
func (p *process) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.dead.Load() {
		_ = syscall.Kill(-p.pid, syscall.SIGKILL)
	}
}

// limit sets the rlimits of a process that has just started; its children
// inherit them.
func limit(pid int, spec processSpec) {
	set := func(resource int, n uint64) {
		_ = unix.Prlimit(pid, resource, &unix.Rlimit{Cur: n, Max: n}, nil) // it may have ended already
	}
	set(unix.RLIMIT_CORE, 0)
	set(unix.RLIMIT_NOFILE, maxOpenFiles)
	set(unix.RLIMIT_FSIZE, uint64(max(spec.tmpMB, 512))<<20)
	set(unix.RLIMIT_DATA, uint64(spec.memoryMB+1024)<<20)
}

// reap kills what an earlier maru left running with environments below dir.
func reap(dir string) { killMarked(dir + string(filepath.Separator)) }

// sweep kills what an environment left behind outside its process group.
func sweep(dir string) { killMarked(dir + "\x00") }

// killTries is how often those that are to be killed are looked for: a child that
// is being made while they are listed escapes one look.
const killTries = 200

// killMarked kills every process whose marker starts with prefix, and waits until
// they are gone: what still writes would be in the way of who clears its folder.
func killMarked(prefix string) {
	for range killTries {
		if killFound(prefix) == 0 {
			return
		}
		<-clock.System{}.NewTimer(time.Millisecond).C()
	}
}

// killFound kills the processes that killMarked means, as far as they are there
// now, and returns how many there were. The environment is read with a NUL after
// each variable; that of a process that has ended is empty.
func killFound(prefix string) (found int) {
	want := markerName + "=" + prefix
	self := os.Getpid()
	for _, pid := range procs.IDs() {
		if pid == self {
			continue
		}
		env, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/environ")
		if err != nil || len(env) == 0 {
			continue // not ours to read
		}
		if text := string(env); strings.HasPrefix(text, want) || strings.Contains(text, "\x00"+want) {
			_ = syscall.Kill(pid, syscall.SIGKILL)
			found++
		}
	}
	return found
}
