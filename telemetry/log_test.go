package telemetry

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"maru.dev/maru/clock"
)

func TestLogIsWholeAfterClose(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "maru.log")
	for range 2 { // a second start continues the file
		log, err := OpenLog(name, clock.System{})
		if err != nil {
			t.Fatal(err)
		}
		lines := slog.New(slog.NewJSONHandler(log, nil))
		var group sync.WaitGroup
		for i := range 8 {
			group.Go(func() {
				for j := range 500 {
					lines.Info("line", "writer", i, "number", j)
				}
			})
		}
		group.Wait()
		if err := log.Close(); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), "\n"); n != 8000 {
		t.Errorf("%d lines, want 8000", n)
	}
}

func TestLogIsWrittenSoonWithoutFurtherLines(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "maru.log")
	c := clock.NewFake(time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC))
	log, err := OpenLog(name, c)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = log.Close() }()
	fmt.Fprintln(log, "hello")
	for c.Waiting() == 0 {
		<-(clock.System{}).NewTimer(time.Millisecond).C()
	}
	c.Advance(logDelay)
	for range 1000 {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if string(text) == "hello\n" {
			return
		}
		<-(clock.System{}).NewTimer(time.Millisecond).C()
	}
	t.Error("the line was not written")
}
