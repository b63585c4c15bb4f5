package table

import (
	"strings"
	"testing"

	"maru.dev/maru/service/dynamodb/attr"
)

// Where a page is to begin is told by whoever asks for it, number or no number: it is
// a place among the table's rows, or the index's, and nobody else's.
func FuzzAt(f *testing.F) {
	f.Add(key("p", "s").Encode())
	f.Add(attr.Item{{Name: "pk", Value: attr.Num("x")}, {Name: "sk", Value: attr.Num("1E+999999999")}}.Encode())
	f.Add(attr.Item{{Name: "pk", Value: attr.Value{Kind: attr.List, List: []attr.Value{attr.Str("p")}}}}.Encode())
	f.Add(attr.Item{{Name: "pk", Value: attr.Str("\x00\xff")}, {Name: "pk", Value: attr.Str("q")}}.Encode())
	f.Add(attr.Item{}.Encode())
	tab := sample()
	f.Fuzz(func(t *testing.T, text []byte) {
		start, err := attr.Decode(text)
		if err != nil {
			return
		}
		if at := tab.At(nil, start); !strings.HasPrefix(string(at), string(tab.items)) || !tab.Segment(nil, 0, 1).Holds(at) {
			t.Errorf("%v is at %q", start, at)
		}
	})
}
