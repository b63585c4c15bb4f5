// Package proc tells what a process has used, for suites that watch a server
// from outside. Rates on a machine that others use are noise; processor time
// for an operation is nearly none.
package proc

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"
)

// Usage is what a process has used so far.
type Usage struct {
	CPU      time.Duration
	Resident int64 // bytes of memory
	Peak     int64 // Resident at its highest
	Files    int   // that are open
}

// tick is the unit of processor time in /proc: a hundredth of a second, on
// every Linux that Go runs on.
const tick = 10 * time.Millisecond

// Of reads what process pid has used. It is zero for no process (0), and where
// there is no /proc.
func Of(pid int) (u Usage) {
	if pid == 0 {
		return u
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return u
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return u
	}
	u.CPU, u.Resident, u.Peak = processor(stat), memory(status, "VmRSS"), memory(status, "VmHWM")
	if files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid)); err == nil {
		u.Files = len(files)
	}
	return u
}

// processor reads the time in the program and in the kernel: the 12th and 13th
// field behind the name, which may hold spaces.
func processor(stat []byte) (sum time.Duration) {
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 13 {
		return 0
	}
	for _, field := range fields[11:13] {
		ticks, _ := strconv.ParseInt(string(field), 10, 64)
		sum += time.Duration(ticks) * tick
	}
	return sum
}

// memory reads a line such as "VmRSS: 1234 kB", in bytes.
func memory(status []byte, name string) int64 {
	_, line, _ := bytes.Cut(status, []byte("\n"+name+":"))
	fields := bytes.Fields(line)
	if len(fields) == 0 {
		return 0
	}
	kib, _ := strconv.ParseInt(string(fields[0]), 10, 64)
	return kib << 10
}
