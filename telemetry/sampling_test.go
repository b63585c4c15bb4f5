package telemetry

import (
	"strings"
	"testing"
	"time"
)

// fits tells whether a trace of a path falls under a rule with a pattern of paths.
func fits(t *testing.T, pattern, path string) bool {
	t.Helper()
	tracer, store, _ := newTestTracer(t, true)
	store.rules = []SamplingRule{{Name: "*", Type: "*", Path: pattern}}
	tracer.New(Root{}) // has the rules read
	tracer.sampler.refresh(t.Context(), tracer.log)
	return tracer.sampler.rule(time.Time{}, place{}, Root{Path: path}) != &tracer.sampler.common
}

func TestRulesMatchWithWildcardsInEitherCase(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		pattern, path string
		want          bool
	}{
		"empty is any":          {"", "/a", true},
		"any":                   {"*", "", true},
		"either case":           {"/ORDERS/*z", "/orders/XYZ", true},
		"another":               {"/orders/*z", "/orders/xyw", false},
		"one character":         {"/a?", "/ab", true},
		"one is one":            {"/a?", "/a", false},
		"ASCII letters alone":   {"/Ä", "/ä", false},
		"a NUL":                 {"a\x00b", "A\x00B", true},
		"is not a letter":       {"a\x00", "aa", false},
		"nor is a letter a NUL": {"aA", "a\x00", false},
		"a star after a NUL":    {"\x00*", "\x00anything", true},
		"is no text":            {"\x00*", "*", false},
		"one after a NUL":       {"\x00?c", "\x00bc", true},
		"a NUL is one":          {"a?c", "a\x00c", true},
		"a NUL in the path":     {"a*c", "a\x00*c", true},
	}
	for name, tt := range tests {
		if got := fits(t, tt.pattern, tt.path); got != tt.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// A rule whose pattern looks as if it might yet fit, everywhere in a path, does not
// keep anybody. That more of it follows than a path can have is found out at once,
// but not by who goes back again and again.
func TestAHostilePatternIsMatchedInBoundedWork(t *testing.T) {
	t.Parallel()
	const n = 256 << 10
	began := time.Now()
	if fits(t, "*"+strings.Repeat("A", n/2)+"b*"+strings.Repeat("c", n), strings.Repeat("a", n)) {
		t.Error("it fits")
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}
