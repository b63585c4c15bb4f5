package c2j

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/wire"
)

// Every vector has rows, and types that the codecs accept for them.
func TestSuiteServiceFitsItsTypes(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../wire/testdata/protocol_tests/*/*.json")
	if err != nil || len(files) != 10 {
		t.Fatalf("%d files of vectors, want 10 (%v)", len(files), err)
	}
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		suites, err := ParseSuites(data)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		for _, s := range suites {
			for i := range s.Cases {
				svc, op, err := s.Service(i)
				if err != nil {
					t.Errorf("%s: %v", path, err)
					continue
				}
				if op.Input != wire.NoShape {
					svc.TypeOf(op.Input, op.New()) // panics if they do not fit
				}
				if op.Output != wire.NoShape {
					svc.TypeOf(op.Output, op.NewOut())
				}
			}
		}
	}
}

// A merge keeps the order of members, puts new ones last, and takes away those
// that the patch sets to null.
func TestParseAppliesOverlaysInOrder(t *testing.T) {
	t.Parallel()
	const model = `{"shapes":{"S":{"type":"structure","members":{"Z":{"shape":"T"},"A":{"shape":"T"},"M":{"shape":"T"}}},"T":{"type":"string","max":5}}}`
	overlays, err := ParseOverlays([]byte(`[
		{"reason": "one", "patch": {"shapes": {"S": {"members": {"B": {"shape": "T"}, "A": null}}, "T": {"max": 9}}}},
		{"reason": "two", "patch": {"shapes": {"S": {"members": {"M": {"locationName": "m"}}}}}}
	]`))
	if err != nil {
		t.Fatal(err)
	}
	m, err := Parse([]byte(model), overlays...)
	if err != nil {
		t.Fatal(err)
	}
	s := m.Shapes.Get("S")
	if diff := cmp.Diff([]string{"Z", "M", "B"}, s.Members.Keys); diff != "" {
		t.Error(diff)
	}
	if got := s.Members.Get("M").LocationName; got != "m" {
		t.Errorf("M is called %q", got)
	}
	if got := *m.Shapes.Get("T").Max; got != 9 {
		t.Errorf("max %v", got)
	}
}

func TestParseOverlaysWantsReasonAndPatch(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"no reason": `[{"patch": {}}]`,
		"no patch":  `[{"reason": "why"}]`,
		"no list":   `{"reason": "why", "patch": {}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := ParseOverlays([]byte(text)); err == nil {
				t.Error("accepted")
			}
		})
	}
}

func TestBuildRefuses(t *testing.T) {
	t.Parallel()
	for name, model := range map[string]string{
		"unknown shape":     `{"operations":{"Op":{"input":{"shape":"Nope"}}}}`,
		"unknown type":      `{"operations":{"Op":{"input":{"shape":"S"}}},"shapes":{"S":{"type":"quaternion"}}}`,
		"unknown location":  `{"operations":{"Op":{"input":{"shape":"S"}}},"shapes":{"S":{"type":"structure","members":{"M":{"shape":"S","location":"moon"}}}}}`,
		"list of nothing":   `{"operations":{"Op":{"input":{"shape":"S"}}},"shapes":{"S":{"type":"list"}}}`,
		"unknown operation": `{"operations":{}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, err := Parse([]byte(model))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := Build(m, "test", []string{"Op"}); err == nil {
				t.Error("accepted")
			}
		})
	}
}

// An operation that is not wanted in full resolves, and brings no shapes along.
func TestBuildRowsOfOtherOperations(t *testing.T) {
	t.Parallel()
	m, err := Parse([]byte(`{"metadata":{"endpointPrefix":"x"},"operations":{
		"B":{"name":"B","http":{"method":"PUT","requestUri":"/b/{id}","responseCode":201},"input":{"shape":"S"}},
		"A":{"name":"A","http":{"method":"GET","requestUri":"/a"}}},
		"shapes":{"S":{"type":"structure","members":{}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	svc, err := Build(m, "x", []string{"A"})
	if err != nil {
		t.Fatal(err)
	}
	want := []wire.Operation{
		{Name: "A", Method: "GET", Path: "/a", Status: 200, Input: wire.NoShape, Output: wire.NoShape},
		{Name: "B", Method: "PUT", Path: "/b/{id}", Status: 201, Input: wire.NoShape, Output: wire.NoShape},
	}
	if diff := cmp.Diff(want, svc.Operations); diff != "" || len(svc.Shapes) != 0 || svc.SigningName != "x" {
		t.Errorf("%d shapes, signed as %q, %s", len(svc.Shapes), svc.SigningName, diff)
	}
}
