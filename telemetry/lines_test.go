package telemetry

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/clock"
)

// TestCallLineIsAsSlogWritesIt holds the line made by hand against slog's.
func TestCallLineIsAsSlogWritesIt(t *testing.T) {
	t.Parallel()
	tests := map[string]Call{
		"plain": {
			Service: "sqs", Operation: "SendMessage", Status: 200, Account: "000000000000", Region: "us-east-1",
			Principal: "arn:aws:iam::000000000000:root", Request: "a-b", Trace: "1-2-3", Duration: 1234 * time.Microsecond,
		},
		"inside, with an error": {Service: "sns", Operation: "Publish", Status: 404, Inside: true, Code: "NotFound"},
		"what strangers write":  {Service: "a\"b\\c\n\x00", Operation: "Zürich <&> \u2028", Principal: "\xff\xfe", Code: "\t"},
		"empty":                 {},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var short, long bytes.Buffer
			NewLines(&short).LogCall(&c)
			c.Log(t.Context(), slog.New(slog.NewJSONHandler(&long, nil)), slog.LevelInfo, nil)
			if strings.Count(short.String(), "\n") != 1 {
				t.Fatalf("not one line: %q", short.String())
			}
			if diff := cmp.Diff(members(t, long.Bytes()), members(t, short.Bytes())); diff != "" {
				t.Errorf("slog's line and ours (-, +):\n%s", diff)
			}
		})
	}
}

// members reads a line, all but its time, which must be one.
func members(t *testing.T, line []byte) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(line, &m); err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	if _, err := time.Parse(time.RFC3339Nano, m["time"].(string)); err != nil {
		t.Error(err)
	}
	delete(m, "time")
	return m
}

func TestFaultsGoToAllHandlers(t *testing.T) {
	t.Parallel()
	var file, terminal bytes.Buffer
	log := slog.New(NewLines(&file, slog.NewTextHandler(&terminal, &slog.HandlerOptions{Level: slog.LevelError})))
	c := Call{Service: "sqs", Operation: "SendMessage", Status: 500, Code: "InternalFailure"}
	c.Log(t.Context(), log, slog.LevelError, errors.New("the disk is gone"))
	for name, text := range map[string]string{"file": file.String(), "terminal": terminal.String()} {
		if !strings.Contains(text, "the disk is gone") {
			t.Errorf("%s: %q", name, text)
		}
	}
}

func TestCallLinesOfManyAreWhole(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "maru.log")
	log, err := OpenLog(name, clock.System{})
	if err != nil {
		t.Fatal(err)
	}
	lines := NewLines(log)
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for range 1000 {
				lines.LogCall(&Call{Service: strings.Repeat("s", i*40), Operation: "SendMessage", Status: 200})
				if i == 0 {
					slog.New(lines).Info("something else")
				}
			}
		})
	}
	group.Wait()
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	all := bytes.Split(bytes.TrimSuffix(text, []byte("\n")), []byte("\n"))
	if len(all) != 9000 {
		t.Errorf("%d lines, want 9000", len(all))
	}
	for _, line := range all {
		if !json.Valid(line) {
			t.Fatalf("torn: %q", line)
		}
	}
}

func BenchmarkLogCall(b *testing.B) {
	c := Call{
		Service: "sqs", Operation: "SendMessage", Status: 200, Account: "000000000000", Region: "us-east-1",
		Principal: "arn:aws:iam::000000000000:root", Request: "0d9a3c4e-5b6f-4d7a-8c9b-0a1b2c3d4e5f",
		Trace: "1-5759e988-bd862e3fe1be46a994272793", Duration: time.Millisecond,
	}
	lines := NewLines(io.Discard)
	b.ReportAllocs()
	for b.Loop() {
		lines.LogCall(&c)
	}
}
