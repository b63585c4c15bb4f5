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

// heldBytes is what a process holds of memory now: its own, and what it shares
// without a file. Programs and libraries are left out.
func heldBytes(pid int) int64 {
	status := readProc(pid, "status")
	return kilobytes(status, "RssAnon:") + kilobytes(status, "RssShmem:")
}

// shareBytes is heldBytes where what several processes hold is shared out among
// them. The kernel goes through all pages for it; where it does not tell, it is
// heldBytes.
func shareBytes(pid int) int64 {
	rollup := readProc(pid, "smaps_rollup")
	if rollup == "" {
		return heldBytes(pid)
	}
	return kilobytes(rollup, "Pss_Anon:") + kilobytes(rollup, "Pss_Shmem:")
}

// peakBytes is the most that a process ever held.
func peakBytes(pid int) int64 { return kilobytes(readProc(pid, "status"), "VmHWM:") }

// readProc reads what the kernel tells of a process, or "" once it has ended.
func readProc(pid int, name string) string {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/" + name)
	if err != nil {
		return ""
	}
	return string(text)
}

// kilobytes reads a line "name: 12 kB", in bytes; 0 where there is none.
func kilobytes(text, name string) int64 {
	_, rest, _ := strings.Cut(text, "\n"+name)
	line, _, _ := strings.Cut(rest, "\n")
	kb, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(line), " kB"), 10, 64)
	if err != nil {
		return 0
	}
	return kb << 10
}

// groupUse is what an environment's processes use.
type groupUse struct {
	held int64 // bytes; what several of them share counts for each
	pids []int
}

// add adds a process.
func (u *groupUse) add(pid int) {
	u.held += heldBytes(pid)
	u.pids = append(u.pids, pid)
}

// closely is of how many processes it is found out what they share: that costs much
// more than what each of them holds.
const closely = 32

// together is what the processes hold, where what a child has of its parent counts
// once. Those of a large group count as if they shared nothing.
func (u groupUse) together() (bytes int64) {
	if len(u.pids) == 1 || len(u.pids) > closely {
		return u.held
	}
	for _, pid := range u.pids {
		bytes += shareBytes(pid)
	}
	return bytes
}

// processGroups adds up the machine's processes by the leader whose group they are
// in, or one of their parents is: a child may leave the group. In a sandbox, where
// the leader is every orphan's parent, none escapes.
func processGroups(leaders []int) map[int]groupUse {
	type kin struct{ parent, group int }
	kins := make(map[int]kin)
	for _, pid := range processIDs() {
		// "pid (name) state ppid pgrp …"; the name may hold anything.
		stat := readProc(pid, "stat")
		f := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
		if len(f) < 3 {
			continue
		}
		parent, err1 := strconv.Atoi(f[1])
		group, err2 := strconv.Atoi(f[2])
		if err1 == nil && err2 == nil {
			kins[pid] = kin{parent, group}
		}
	}
	groups := make(map[int]groupUse, len(leaders))
	for _, leader := range leaders {
		groups[leader] = groupUse{}
	}
	for pid := range kins {
		at := pid
		for range len(kins) { // they are read one after another: parents may seem to go round
			k, known := kins[at]
			if use, ok := groups[k.group]; known && ok {
				use.add(pid)
				groups[k.group] = use
				break
			}
			if at = k.parent; at <= 1 {
				break
			}
		}
	}
	return groups
}

// processIDs lists the machine's processes.
func processIDs() []int {
	dir, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return nil
	}
	ids := make([]int, 0, len(names))
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err == nil {
			ids = append(ids, pid)
		}
	}
	return ids
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
	for _, pid := range processIDs() {
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
