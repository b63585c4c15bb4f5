package main

import (
	"testing"
	"testing/fstest"
)

func TestMemoryIsWhatMachineAndGroupsLeave(t *testing.T) {
	t.Parallel()
	const gib = 1 << 30
	meminfo := "MemTotal:        8388608 kB\nMemFree:         1234 kB\n"
	tests := map[string]struct {
		files map[string]string
		want  int64
	}{
		"a system that tells nothing": {nil, 0},
		"a machine":                   {map[string]string{"proc/meminfo": meminfo}, 8 * gib},
		"a container": {map[string]string{
			"proc/meminfo": meminfo, "proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "536870912\n",
		}, gib / 2},
		"a container that is told its outer name": {map[string]string{
			"proc/meminfo": meminfo, "proc/self/cgroup": "0::/../../pod\n", "sys/fs/cgroup/memory.max": "1073741824\n",
		}, gib},
		"a service in a slice with a limit": {map[string]string{
			"proc/meminfo": meminfo, "proc/self/cgroup": "0::/system.slice/maru.service\n",
			"sys/fs/cgroup/system.slice/maru.service/memory.max": "max\n", "sys/fs/cgroup/system.slice/memory.max": "2147483648\n",
		}, 2 * gib},
		"groups of the first kind": {map[string]string{
			"proc/meminfo": meminfo, "proc/self/cgroup": "9:memory:/\n", "sys/fs/cgroup/memory/memory.limit_in_bytes": "268435456\n",
		}, gib / 4},
		"groups of the first kind without a limit": {map[string]string{
			"proc/meminfo": meminfo, "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
		}, 8 * gib},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := fstest.MapFS{}
			for name, text := range tt.files {
				root[name] = &fstest.MapFile{Data: []byte(text)}
			}
			if got := machineMemory(root); got != tt.want {
				t.Errorf("%d, want %d", got, tt.want)
			}
		})
	}
}

func TestMemoryIsSharedOut(t *testing.T) {
	t.Parallel()
	const mib = 1 << 20
	tests := map[string]struct {
		machine int64
		want    memory
	}{
		"unknown":          {0, memory{heap: 512 * mib, cache: 256 * mib}},
		"large":            {64 << 30, memory{heap: 512 * mib, limit: 32 << 30, cache: 256 * mib}},
		"small":            {1 << 30, memory{heap: 512 * mib, limit: 512 * mib, cache: 64 * mib}},
		"a tiny container": {128 * mib, memory{heap: 64 * mib, limit: 64 * mib, cache: 16 * mib}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := memoryOf(tt.machine); got != tt.want {
				t.Errorf("%+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestTheHeapGrowsByLessTheMoreIsAlive(t *testing.T) {
	t.Parallel()
	const mib = 1 << 20
	m := memoryOf(64 << 30)
	for live, want := range map[int64]int{0: 400, 50 * mib: 400, 128 * mib: 300, 205 * mib: 149, 256 * mib: 100, 480 * mib: 100, 900 * mib: 100} {
		if got := m.growth(live); got != want {
			t.Errorf("with %d MiB alive it grows by %d %%, want %d %%", live/mib, got, want)
		}
	}
}
