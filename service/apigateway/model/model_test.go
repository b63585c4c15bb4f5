package model

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRefersListsEachModelOnce(t *testing.T) {
	t.Parallel()
	text := `{"allOf":[{"$ref":"` + Address("a", "A") + `"},{"properties":{"$ref":{"$ref":"` + Address("b", "B") + `#/definitions/x"}}},{"items":{"$ref":"` + Address("a", "A") + `"}},{"$ref":"#"}],"default":{"$ref":"` + Address("a", "C") + `"}}`
	if diff := cmp.Diff([]string{"A", "B"}, Refers(text)); diff != "" {
		t.Error(diff)
	}
}

// FuzzSchema checks, flattens and writes any schema: what is refused is refused
// in the caller's words, and what is flat refers to no model.
func FuzzSchema(f *testing.F) {
	for _, text := range []string{
		`{}`, `[]`, `{"type":"object","properties":{"a":{"$ref":"#"}}}`, `{"$ref":"#/definitions/a","definitions":{"a":{"type":"array","items":{"type":"string"}}}}`,
		`{"$ref":"` + Address("x", "Other") + `"}`, `{"items":[{"not":{}},{"enum":[1,"a"]}]}`, `{"properties":{"a":7},"required":"a"}`, `{"$ref":7}`, `{"type":["string","null"]}`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		set := Set{"M": text, "Other": `{"properties":{"m":{"$ref":"` + Address("x", "M") + `"}}}`}
		good := set.Check("M") == nil
		flat, err := set.Flatten("M")
		if err != nil {
			t.Fatal(err)
		}
		if good && (!json.Valid([]byte(flat)) || len(Refers(flat)) > 0) {
			t.Errorf("flat: %s", flat)
		}
		if got := set.Template("M"); !strings.HasPrefix(got, "#set($inputRoot = $input.path('$'))\n") {
			t.Errorf("template: %s", got)
		}
	})
}
