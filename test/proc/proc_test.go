package proc

import (
	"testing"
	"time"
)

func TestProcessorTimeIsFoundBehindANameWithSpaces(t *testing.T) {
	t.Parallel()
	stat := "12 (a) b c) S 1 2 3 4 5 6 7 8 9 10 250 50 13 14"
	if got := processor([]byte(stat)); got != 3*time.Second {
		t.Errorf("%v, want 3s", got)
	}
	if got := processor([]byte("12 (a) S 1")); got != 0 {
		t.Errorf("%v from a short line", got)
	}
}

func TestMemoryIsReadInBytes(t *testing.T) {
	t.Parallel()
	status := "Name:\tmaru\nVmHWM:\t  2048 kB\nVmRSS:\t  1024 kB\n"
	if got := memory([]byte(status), "VmRSS"); got != 1<<20 {
		t.Errorf("%d, want 1 MiB", got)
	}
	if got := memory([]byte(status), "VmSwap"); got != 0 {
		t.Errorf("%d of what is not there", got)
	}
}

func TestNoProcessHasUsedNothing(t *testing.T) {
	t.Parallel()
	if got := Of(0); got != (Usage{}) {
		t.Errorf("%+v", got)
	}
}
