package procs

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// start runs a shell that leads a group of its own, and has a child in it and one in
// a session of its own. It returns all three, the leader first.
func start(t *testing.T) []int {
	t.Helper()
	c := exec.CommandContext(t.Context(), "/bin/sh", "-c", `sleep 100 & a=$!; setsid sleep 100 & echo $$ $a $!; wait`)
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	var pids [3]int
	t.Cleanup(func() {
		for _, pid := range pids {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		_ = c.Wait()
	})
	if _, err := fmt.Fscan(out, &pids[0], &pids[1], &pids[2]); err != nil {
		t.Fatal(err)
	}
	return pids[:]
}

func TestDescendantsBelongToTheirLeader(t *testing.T) {
	t.Parallel()
	one, other := start(t), start(t)
	groups := Groups([]int{one[0], other[0], 1 << 30})
	for _, want := range [][]int{one, other} {
		got := groups[want[0]]
		slices.Sort(got.PIDs)
		slices.Sort(want[1:])
		if !slices.Equal(got.PIDs, want) || got.Held <= 0 || got.Together() <= 0 {
			t.Errorf("%v are %+v, which hold %d together", want, got, got.Together())
		}
	}
	if got := groups[1<<30]; len(got.PIDs) > 0 {
		t.Errorf("nobody's are %v", got.PIDs)
	}
}

func TestMemoryIsWhatTheKernelSays(t *testing.T) {
	t.Parallel()
	before := Held(os.Getpid())
	shared, err := syscall.Mmap(-1, 0, 64<<20, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED|syscall.MAP_ANON)
	if err != nil {
		t.Fatal(err)
	}
	for i := range shared {
		shared[i] = 1
	}
	held, peak := Held(os.Getpid()), Peak(os.Getpid())
	if held < before+60<<20 || peak < held {
		t.Errorf("64 MB more than %d are %d, and %d at most", before, held, peak)
	}
	if part := part(os.Getpid()); part < held/2 || part > 2*held {
		t.Errorf("%d of which nobody has a part are %d", held, part)
	}
	if Held(1<<30) != 0 || part(1<<30) != 0 || Peak(1<<30) != 0 {
		t.Error("nobody holds something")
	}
	if err := syscall.Munmap(shared); err != nil {
		t.Error(err)
	}
	if text := read(os.Getpid(), "stat"); !strings.HasPrefix(text, strconv.Itoa(os.Getpid())+" ") {
		t.Errorf("this process is %q", text)
	}
}
