package telemetry

import (
	"strings"
	"testing"
)

func TestTraceparentContinuesATrace(t *testing.T) {
	t.Parallel()
	const id, parent = "5759e988bd862e3fe1be46a994272793", "53995c3f42cd8ad8"
	const root = "1-5759e988-bd862e3fe1be46a994272793"
	tests := map[string]struct{ header, want string }{
		"kept":              {"00-" + id + "-" + parent + "-01", "Root=" + root + ";Parent=" + parent + ";Sampled=1"},
		"not kept":          {"00-" + id + "-" + parent + "-00", "Root=" + root + ";Parent=" + parent + ";Sampled=0"},
		"other flags":       {"00-" + id + "-" + parent + "-03", "Root=" + root + ";Parent=" + parent + ";Sampled=1"},
		"a later version":   {"01-" + id + "-" + parent + "-01-more", "Root=" + root + ";Parent=" + parent + ";Sampled=1"},
		"version ff":        {"ff-" + id + "-" + parent + "-01", ""},
		"more than 00 has":  {"00-" + id + "-" + parent + "-01-more", ""},
		"no trace":          {"00-" + strings.Repeat("0", 32) + "-" + parent + "-01", ""},
		"no parent":         {"00-" + id + "-0000000000000000-01", ""},
		"upper case":        {"00-" + strings.ToUpper(id) + "-" + parent + "-01", ""},
		"too short":         {"00-" + id[1:] + "-" + parent + "-01", ""},
		"empty":             {"", ""},
		"something else":    {"a-b-c-d", ""},
		"a line in between": {"00-" + id + "-" + parent + "-0\n", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := FromTraceparent(tt.header)
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if trace, ok := ParseTrace(got); ok && strings.HasPrefix(tt.header, "00-") && trace.Traceparent()[:52] != tt.header[:52] {
				t.Errorf("back: %q", trace.Traceparent())
			}
		})
	}
}

// A header is refused, or continues a trace that is written as it was.
func FuzzTraceparent(f *testing.F) {
	f.Add("00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01")
	f.Add("01-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-02-more")
	f.Fuzz(func(t *testing.T, header string) {
		got := FromTraceparent(header)
		if got == "" {
			return
		}
		trace, ok := ParseTrace(got)
		if !ok || trace.String() != got {
			t.Fatalf("%q is %q, which is no trace", header, got)
		}
		if back := trace.Traceparent(); back[2:53] != strings.TrimSpace(header)[2:53] || FromTraceparent(back) != got {
			t.Errorf("%q is written %q", header, back)
		}
	})
}
