// Package procs reads what the kernel tells of processes: which there are, whose
// children they are, and what they hold of memory.
package procs

import (
	"os"
	"strconv"
	"strings"
)

// IDs lists the machine's processes.
func IDs() []int {
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

// Held is what a process holds of memory now: its own, and what it shares
// without a file. Programs and libraries are left out.
func Held(pid int) int64 {
	status := read(pid, "status")
	return kilobytes(status, "RssAnon:") + kilobytes(status, "RssShmem:")
}

// part is Held where what several processes hold is shared out among
// them. The kernel goes through all pages for it; where it does not tell, it is
// Held.
func part(pid int) int64 {
	rollup := read(pid, "smaps_rollup")
	if rollup == "" {
		return Held(pid)
	}
	return kilobytes(rollup, "Pss_Anon:") + kilobytes(rollup, "Pss_Shmem:")
}

// Peak is the most that a process ever held.
func Peak(pid int) int64 { return kilobytes(read(pid, "status"), "VmHWM:") }

// read reads what the kernel tells of a process, or "" once it has ended.
func read(pid int, name string) string {
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

// Use is what several processes use.
type Use struct {
	Held int64 // bytes; what several of them share counts for each
	PIDs []int
}

// Add adds a process.
func (u *Use) Add(pid int) {
	u.Held += Held(pid)
	u.PIDs = append(u.PIDs, pid)
}

// closely is of how many processes it is found out what they share: that costs much
// more than what each of them holds.
const closely = 32

// Together is what the processes hold, where what a child has of its parent counts
// once. Those of a large group count as if they shared nothing.
func (u Use) Together() (bytes int64) {
	if len(u.PIDs) == 1 || len(u.PIDs) > closely {
		return u.Held
	}
	for _, pid := range u.PIDs {
		bytes += part(pid)
	}
	return bytes
}

// Groups adds up the machine's processes by the leader whose group they are
// in, or one of their parents is: a child may leave the group. In a sandbox, where
// the leader is every orphan's parent, none escapes.
func Groups(leaders []int) map[int]Use {
	type kin struct{ parent, group int }
	kins := make(map[int]kin)
	for _, pid := range IDs() {
		// "pid (name) state ppid pgrp …"; the name may hold anything.
		stat := read(pid, "stat")
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
	groups := make(map[int]Use, len(leaders))
	for _, leader := range leaders {
		groups[leader] = Use{}
	}
	for pid := range kins {
		at := pid
		for range len(kins) { // they are read one after another: parents may seem to go round
			k, known := kins[at]
			if use, ok := groups[k.group]; known && ok {
				use.Add(pid)
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
