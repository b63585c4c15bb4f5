package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"
)

// usage is what a server process has used so far. Rates on a machine that is
// shared are noise; processor time for an operation is nearly none.
type usage struct {
	cpu  time.Duration
	peak int64 // resident memory at its highest, in bytes
}

// tick is the unit of processor time in /proc: a hundredth of a second, on
// every Linux that Go runs on.
const tick = 10 * time.Millisecond

// usageOf reads what process pid has used. It is zero for a process that is not
// ours (0) and where there is no /proc.
func usageOf(pid int) usage {
	if pid == 0 {
		return usage{}
	}
	var u usage
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return u
	}
	// The fields behind the name, which may hold spaces: the 12th and 13th are
	// the time in the program and in the kernel.
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 13 {
		return u
	}
	for _, field := range fields[11:13] {
		ticks, _ := strconv.ParseInt(string(field), 10, 64)
		u.cpu += time.Duration(ticks) * tick
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return u
	}
	_, line, _ := bytes.Cut(status, []byte("\nVmHWM:"))
	if fields := bytes.Fields(line); len(fields) > 0 {
		kib, _ := strconv.ParseInt(string(fields[0]), 10, 64)
		u.peak = kib << 10
	}
	return u
}

// perOperation writes processor time for each of n operations.
func perOperation(cpu time.Duration, n int) string {
	if cpu <= 0 || n == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1fµs", float64(cpu.Nanoseconds())/1000/float64(n))
}
