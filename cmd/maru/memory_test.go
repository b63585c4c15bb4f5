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

func TestTheHeapGrowsByWhatACollectionCosts(t *testing.T) {
	t.Parallel()
	const mib = 1 << 20
	m := memoryOf(64 << 30)
	tests := map[string]struct{ live, objects, want int64 }{ // MiB; want is the heap before a collection
		"little is alive":         {10, 10, 50},
		"objects":                 {90, 90, 450},
		"objects up to the bound": {128, 128, 512},
		"as many again beyond it": {400, 400, 800},
		"half of the bound again where that is more": {300, 150, 556},
		"a table that waits to be written":           {26, 10, 66},
		"a cache that fills":                         {150, 40, 310},
		"a full cache":                               {360, 40, 512},
		"a full cache and many objects":              {450, 100, 650},
		"a cache alone":                              {300, 5, 364},
		"more in the store than its collection saw":  {100, 0, 164},
	}
	for name, tt := range tests {
		percent := int64(m.growth(tt.live*mib, tt.objects*mib))
		if got := tt.live + percent*tt.live/100; got < tt.want-5 || got > tt.want {
			t.Errorf("%s: it grows to %d MiB, want %d", name, got, tt.want)
		}
	}
	if got := m.growth(0, 0); got < 100 {
		t.Errorf("with nothing alive it grows by %d %%", got)
	}
}
