package c2j

import (
	"os"
	"testing"

	"maru.dev/maru/wire"
)

// Whatever a model says, it is laid out or refused, and no row refers to one
// that is not there.
func FuzzBuild(f *testing.F) {
	data, err := os.ReadFile("../../cmd/awsgen/testdata/models/jot/2020-01-01/api-2.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data, []byte(`[{"reason":"why","patch":{"shapes":{"Id":null}}}]`))
	f.Add([]byte(`{"operations":{"Op":null,"P":{"input":{"shape":"S"}}},"shapes":{"S":{"type":"structure","members":{"M":null}}}}`), []byte(`[]`))
	f.Fuzz(func(t *testing.T, model, patches []byte) {
		overlays, err := ParseOverlays(patches)
		if err != nil {
			return
		}
		m, err := Parse(model, overlays...)
		if err != nil {
			return
		}
		svc, err := Build(m, "fuzz", m.Operations.Keys)
		if err != nil {
			return
		}
		inside := func(row int) bool { return row >= 0 && row < len(svc.Shapes) }
		for _, s := range svc.Shapes {
			for _, member := range s.Members {
				if !inside(member.Ref) {
					t.Errorf("%s.%s refers to row %d of %d", s.Name, member.Name, member.Ref, len(svc.Shapes))
				}
			}
		}
		for _, op := range svc.Operations {
			for _, row := range append([]int{op.Input, op.Output}, op.Errors...) {
				if row != wire.NoShape && !inside(row) {
					t.Errorf("%s refers to row %d of %d", op.Name, row, len(svc.Shapes))
				}
			}
		}
	})
}
