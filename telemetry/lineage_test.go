package telemetry

import (
	"fmt"
	"testing"
)

func TestLineageStaysWithWhatAFunctionDoes(t *testing.T) {
	t.Parallel()
	const root = "Root=1-5759e988-bd862e3fe1be46a994272793"
	tests := map[string]struct{ got, want string }{
		"inherited":            {Inherit(root, root+";Lineage=a87bd80c:3"), root + ";Lineage=a87bd80c:3"},
		"its own goes first":   {Inherit(root+";Lineage=a87bd80c:4", root+";Lineage=a87bd80c:3"), root + ";Lineage=a87bd80c:4"},
		"nothing to inherit":   {Inherit(root, root), root},
		"no trace to put it":   {Inherit("x", root+";Lineage=a87bd80c:3"), "x"},
		"replaced":             {WithLineage(root+";Lineage=a87bd80c:3", "b:1"), root + ";Lineage=b:1"},
		"taken away":           {WithLineage(root+";Lineage=a87bd80c:3;Sampled=1", ""), root + ";Sampled=1"},
		"told":                 {Lineage(root + ";Lineage=a87bd80c:3"), "a87bd80c:3"},
		"absent":               {Lineage(root), ""},
		"what follows has it":  {underOf(root + ";Lineage=a87bd80c:3"), root + ";Parent=53995c3f42cd8ad8;Lineage=a87bd80c:3"},
		"what is not kept has": {decidedOf(root + ";Lineage=a87bd80c:3"), root + ";Sampled=0;Lineage=a87bd80c:3"},
	}
	for name, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("%s: got %q, want %q", name, tt.got, tt.want)
		}
	}
}

// underOf is a header as its children have it.
func underOf(header string) string {
	trace, _ := ParseTrace(header)
	return trace.Under("53995c3f42cd8ad8").String()
}

// decidedOf is a header of a trace that is not kept.
func decidedOf(header string) string {
	trace, _ := ParseTrace(header)
	return trace.Decided(false).String()
}

func TestAHeaderWithoutLineageCostsNothing(t *testing.T) {
	const header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
	if n := testing.AllocsPerRun(100, func() {
		_, _ = ParseTrace(header)
		_, _, _ = Lineage(header), Inherit(header, header), WithLineage(header, "")
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestATracerThatKeepsNothingKnowsWhoCalls(t *testing.T) {
	t.Parallel()
	tracer := NewTracer(TracerOptions{None: true})
	const header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
	if _, on := tracer.On(header); on {
		t.Error("it wants spans")
	}
	if trace, _ := ParseTrace("Root=1-5759e988-bd862e3fe1be46a994272793"); tracer.Decide(trace, "a", "r", Root{}).Kept() {
		t.Error("it keeps a trace")
	}
	tracer.Bind("ASIA", header)
	if got := tracer.Bound("ASIA"); got != header {
		t.Errorf("bound to %q", got)
	}
}

func TestALineageCountsTheRunsOfEachFunction(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ got, want string }{
		"the first":            {Descend("", "aaaaaaaa"), "aaaaaaaa:1"},
		"another":              {Descend("aaaaaaaa:1", "bbbbbbbb"), "aaaaaaaa:1|bbbbbbbb:1"},
		"again":                {Descend("aaaaaaaa:9|bbbbbbbb:1", "aaaaaaaa"), "aaaaaaaa:10|bbbbbbbb:1"},
		"no further than that": {Descend("aaaaaaaa:255", "aaaaaaaa"), "aaaaaaaa:255"},
		"others' entries":      {Descend("25:aaaaaaaa:1|||bbbbbbbb:2", "bbbbbbbb"), "bbbbbbbb:3"},
		"merged":               {MergeLineages("aaaaaaaa:1|bbbbbbbb:5", "aaaaaaaa:3|bbbbbbbb:2|cccccccc:1"), "aaaaaaaa:3|bbbbbbbb:5|cccccccc:1"},
		"merged with nothing":  {MergeLineages("aaaaaaaa:1", ""), "aaaaaaaa:1"},
	}
	for name, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("%s: got %q, want %q", name, tt.got, tt.want)
		}
	}
}

func TestALoopOfManyFunctionsIsCountedByItsFirst(t *testing.T) {
	t.Parallel()
	lineage := ""
	for round := range 300 {
		lineage = Descend(lineage, fmt.Sprintf("%08x", round%30))
		if !validLineage(lineage) {
			t.Fatalf("%q", lineage)
		}
	}
	if n := Generations(lineage, "00000000"); n != 10 {
		t.Errorf("the first has run %d times in %s", n, lineage)
	}
}
