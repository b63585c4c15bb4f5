package expr

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/service/dynamodb/attr"
)

// with is item with an attribute.
func with(item attr.Item, name string, v attr.Value) attr.Item {
	out := append(without(item, name), attr.Attr{Name: name, Value: v})
	out.Sort()
	return out
}

// without is item without an attribute.
func without(item attr.Item, name string) attr.Item {
	return slices.DeleteFunc(slices.Clone(item), func(a attr.Attr) bool { return a.Name == name })
}

func TestUpdatesDoAsDocumented(t *testing.T) {
	t.Parallel()
	one, two := attr.Num("1"), attr.Num("2")
	item := attr.Item{
		{Name: "l", Value: list(attr.Str("p"), attr.Str("q"), attr.Str("r"))},
		{Name: "m", Value: mapOf(attr.Attr{Name: "k", Value: one})},
		{Name: "n", Value: two},
		{Name: "ss", Value: setOf("x", "y")},
	}
	tests := map[string]struct {
		text string
		want attr.Item
	}{
		"set new":           {"SET z = :one", with(item, "z", one)},
		"set sum":           {"set n = n + :one", with(item, "n", attr.Num("3"))},
		"set difference":    {"SET n = :one - n", with(item, "n", attr.Num("-1"))},
		"set parentheses":   {"SET n = (n + :one)", with(item, "n", attr.Num("3"))},
		"set nested":        {"SET m.j = :two", with(item, "m", mapOf(attr.Attr{Name: "j", Value: two}, attr.Attr{Name: "k", Value: one}))},
		"set element":       {"SET l[1] = :one", with(item, "l", list(attr.Str("p"), one, attr.Str("r")))},
		"set beyond":        {"SET l[9] = :two, l[7] = :one", with(item, "l", list(attr.Str("p"), attr.Str("q"), attr.Str("r"), one, two))},
		"set from old":      {"SET z = n, n = :one", with(with(item, "z", two), "n", one)},
		"default there":     {"SET n = if_not_exists(n, :one)", item},
		"default missing":   {"SET z = if_not_exists(z, :one) + :one", with(item, "z", two)},
		"append":            {"SET l = list_append(l, :list)", with(item, "l", list(attr.Str("p"), attr.Str("q"), attr.Str("r"), one))},
		"append default":    {"SET z = list_append(if_not_exists(z, :list), :list)", with(item, "z", list(one, one))},
		"remove":            {"REMOVE n, zz", without(item, "n")},
		"remove elements":   {"REMOVE l[0], l[1]", with(item, "l", list(attr.Str("r")))},
		"remove beyond":     {"REMOVE l[9]", item},
		"remove and set":    {"REMOVE l[0] SET l[2] = :one", with(item, "l", list(attr.Str("q"), one))},
		"remove nested":     {"REMOVE m.k", with(item, "m", mapOf())},
		"add number":        {"ADD n :two", with(item, "n", attr.Num("4"))},
		"add number to new": {"ADD z :two", with(item, "z", two)},
		"add set":           {"ADD ss :yz", with(item, "ss", setOf("x", "y", "z"))},
		"delete":            {"DELETE ss :yz", with(item, "ss", setOf("x"))},
		"delete all":        {"DELETE ss :yx", without(item, "ss")},
		"delete missing":    {"DELETE zz :yx", item},
	}
	for name, tt := range tests {
		p := NewParams(nil, map[string]attr.Value{":one": one, ":two": two, ":list": list(one), ":yz": setOf("y", "z"), ":yx": setOf("y", "x")})
		u, err := ParseUpdate(tt.text, p)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got, err := u.Apply(item)
		if err != nil || !attr.EqualItems(got, tt.want) {
			t.Errorf("%s: %v, %v", name, err, cmp.Diff(tt.want, got))
		}
	}
}

func TestUpdatesAreRefusedInAWSsWords(t *testing.T) {
	t.Parallel()
	syntax := map[string]string{
		"":                            "The expression can not be empty;",
		"FOO a = :one":                `Syntax error; token: "FOO", near: "FOO a"`,
		"SET a :one":                  `Syntax error; token: ":one", near: "a :one"`,
		"SET a = :one SET b = :two":   `The "SET" section can only be used once in an update expression;`,
		"SET a = :one, a = :two":      "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a]",
		"SET a = :one REMOVE a.b[1]":  "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a, b, [1]]",
		"SET a.b = :one, a[1] = :one": "Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [a, b], path two: [a, [1]]",
		"SET a = :S + :one":           "Incorrect operand type for operator or function; operator or function: +, operand type: S",
		"SET a = list_append(:S, b)":  "Incorrect operand type for operator or function; operator or function: list_append, operand type: S",
		"ADD a :S":                    "Incorrect operand type for operator or function; operator: ADD, operand type: STRING, typeSet: ALLOWED_FOR_ADD_OPERAND",
		"DELETE a :one":               "Incorrect operand type for operator or function; operator: DELETE, operand type: NUMBER, typeSet: ALLOWED_FOR_DELETE_OPERAND",
		"SET a = attribute_exists(b)": "The function is not allowed in an update expression; function: attribute_exists",
		"SET name = :one":             "Attribute name is a reserved keyword; reserved keyword: name",
		"SET a" + strings.Repeat("[0]", 32) + " = :one": "The document path has too many nesting levels; nesting levels: 33",
		"SET a = :one + :two + :one":                    `Syntax error; token: "+", near: ":two + :one"`,
	}
	for text, want := range syntax {
		_, err := ParseUpdate(text, samplePlaceholders())
		if got := message(err); got != "Invalid UpdateExpression: "+want {
			t.Errorf("%s:\n got %q\nwant %q", text, got, want)
		}
	}
	applied := map[string]string{
		"SET zz.k = :one":               badPath,
		"SET a.k = :one":                badPath,
		"SET m[0] = :one":               badPath,
		"REMOVE zz.k":                   badPath,
		"SET zz = yy":                   noOperand,
		"SET zz = yy + :one":            noOperand,
		"SET n = a + :one":              badOperand,
		"SET l = list_append(a, :list)": badOperand,
		"ADD a :one":                    badOperand,
		"DELETE a :yx":                  badOperand,
		"SET a" + strings.Repeat("[0]", 31) + " = :one": badPath,
	}
	for text, want := range applied {
		u, err := ParseUpdate(text, samplePlaceholders())
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if _, err := u.Apply(sample()); message(err) != want {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

func TestProjectionsKeepWhatTheyName(t *testing.T) {
	t.Parallel()
	tests := map[string]attr.Item{
		"a":               {{Name: "a", Value: attr.Str("apple")}},
		"a, zz":           {{Name: "a", Value: attr.Str("apple")}},
		"m.k":             {{Name: "m", Value: mapOf(attr.Attr{Name: "k", Value: attr.Num("7")})}},
		"m.zz":            {},
		"l[2], l[0]":      {{Name: "l", Value: list(attr.Num("1"), list(attr.Str("in")))}},
		"l[1].x, l[2][0]": {{Name: "l", Value: list(mapOf(attr.Attr{Name: "x", Value: attr.Str("deep")}), list(attr.Str("in")))}},
		"a.b":             {},
		"l[7]":            {},
	}
	for text, want := range tests {
		p, err := ParseProjection(text, samplePlaceholders())
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := p.Apply(sample()); !attr.EqualItems(got, want) {
			t.Errorf("%s: %s", text, cmp.Diff(want, got))
		}
	}
	_, err := ParseProjection("a, l[1], a", samplePlaceholders())
	if got := message(err); got != "Invalid ProjectionExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a]" {
		t.Error(got)
	}
}

func TestLegacyUpdates(t *testing.T) {
	t.Parallel()
	u, err := LegacyUpdate([]Change{
		{"a", "DELETE", attr.Value{}}, {"n", "ADD", attr.Num("1")}, {"l", "ADD", list(attr.Str("z"))}, {"new", "PUT", attr.Str("x")}, {"ss", "DELETE", setOf("x")},
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := u.Apply(sample())
	if err != nil || got.Has("a") || got.Get("n").Text != "11" || len(got.Get("l").List) != 4 || !got.Has("new") || len(got.Get("ss").List) != 1 {
		t.Errorf("%v, %v", got, err)
	}
	_, err = LegacyUpdate([]Change{{"a", "ADD", attr.Str("x")}})
	if got := message(err); got != "One or more parameter values were invalid: ADD action is not supported for the type S" {
		t.Error(got)
	}
}
