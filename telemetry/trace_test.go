package telemetry

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"maru.dev/maru/ids"
)

func TestContinueKeepsAWellFormedTraceAndReplacesAnyOther(t *testing.T) {
	t.Parallel()
	const root = "1-5759e988-bd862e3fe1be46a994272793"
	tests := map[string]struct {
		header string
		want   string // "" means a new trace
	}{
		"all parts":      {"Root=" + root + ";Parent=53995c3f42cd8ad8;Sampled=1", "Root=" + root + ";Parent=53995c3f42cd8ad8;Sampled=1"},
		"root only":      {"Root=" + root, "Root=" + root},
		"other order":    {"Sampled=0; Root=" + root, "Root=" + root + ";Sampled=0"},
		"unknown fields": {"Root=" + root + ";Self=1-5759e988-bd862e3fe1be46a994272793", "Root=" + root},
		"lineage":        {"Lineage=a87bd80c:1|68fd508a:5;Root=" + root, "Root=" + root + ";Lineage=a87bd80c:1|68fd508a:5"},
		"no lineage":     {"Root=" + root + ";Lineage=<x>:1", "Root=" + root},
		"long lineage":   {"Root=" + root + ";Lineage=" + strings.Repeat("a87bd80c:1|", 30), "Root=" + root},
		"bad parent":     {"Root=" + root + ";Parent=\"x\ny", "Root=" + root},
		"absent":         {"", ""},
		"bad root":       {"Root=1-5759e988-zz862e3fe1be46a994272793", ""},
		"no root":        {"Parent=53995c3f42cd8ad8", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			source := ids.New(bytes.NewReader(bytes.Repeat([]byte{0xab}, 64)))
			got := Continue(tt.header, time.Unix(0x5759e988, 0), source).String()
			want := tt.want
			if want == "" {
				want = "Root=1-5759e988-" + strings.Repeat("ab", 12)
			}
			if got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func TestUnderNamesTheParentOfWhatFollows(t *testing.T) {
	t.Parallel()
	trace, ok := ParseTrace("Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1")
	if !ok {
		t.Fatal("trace not understood")
	}
	want := "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
	if got := trace.Under("53995c3f42cd8ad8").String(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
