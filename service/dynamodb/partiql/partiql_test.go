package partiql

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/service/dynamodb/attr"
	"maru.dev/maru/service/dynamodb/expr"
)

// written is a condition in DynamoDB's language, with its placeholders put back.
func written(e *Expr) string {
	w := NewWriter()
	out := w.Expr(e)
	for ref, name := range w.names {
		out = strings.ReplaceAll(out, ref, name)
	}
	for ref, v := range w.values {
		out = strings.ReplaceAll(out, ref, v.Kind.String()+"'"+v.Text+"'")
	}
	return out
}

func TestConditionsAreSaidInDynamoDBsLanguage(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		`a = 1`:                                   `a = N'1'`,
		`"a b".c[2]."d" != 'it''s'`:               `a b.c[2].d <> S'it's'`,
		`a < -1.50e1 OR b >= ? AND NOT c <= d`:    `a < N'-15' OR (b >= S'p' AND (NOT c <= d))`,
		`(a = 1 or (b = 2)) and ((c > 3))`:        `(a = N'1' OR b = N'2') AND c > N'3'`,
		`a BETWEEN 1 AND 2 and b in (1, 2)`:       `a BETWEEN N'1' AND N'2' AND b IN (N'1', N'2')`,
		`a IN ['x'] AND b NOT IN ('y')`:           `a IN (S'x') AND (NOT b IN (S'y'))`,
		`a IS MISSING AND b IS NOT MISSING`:       `attribute_not_exists(a) AND (NOT attribute_not_exists(b))`,
		`a IS NULL OR begins_with("b", 'x')`:      `attribute_type(a, S'NULL') OR begins_with(b, S'x')`,
		`size(a) > 2 AND contains(b, 'x') = true`: `size(a) > N'2' AND contains(b, S'x') = BOOL''`,
		`1 = a AND 2 < b`:                         `a = N'1' AND b > N'2'`,
		`Attribute_Type(a, 'S')`:                  `attribute_type(a, S'S')`,
	}
	for in, want := range tests {
		st, err := Parse(`SELECT * FROM t WHERE `+in, []attr.Value{attr.Str("p")}[:strings.Count(in, "?")])
		if err != nil {
			t.Errorf("%s: %v", in, err)
		} else if got := written(st.Where); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

func TestStatementsAreRead(t *testing.T) {
	t.Parallel()
	path := func(names ...string) expr.Path {
		var p expr.Path
		for _, n := range names {
			p = append(p, expr.Step{Name: n})
		}
		return p
	}
	set, _ := attr.NewSet(attr.NumberSet, []attr.Value{attr.Num("1"), attr.Num("2")})
	tests := map[string]struct {
		statement string
		params    []attr.Value
		want      *Statement
	}{
		"select": {
			`select a, b.c from "t"."x" order by a desc, b asc;`, nil,
			&Statement{Table: "t", Index: "x", Paths: []expr.Path{path("a"), path("b", "c")}, Order: []Order{{"a", true}, {"b", false}}},
		},
		"insert": {
			`INSERT INTO t VALUE {'s': 'x', "n": ?, 'l': [true, NULL, {'m': -1}], 'ns': <<2, 1>>}`,
			[]attr.Value{attr.Num("5")},
			&Statement{Kind: Insert, Table: "t", Item: attr.Item{
				{Name: "l", Value: attr.Value{Kind: attr.List, List: []attr.Value{
					{Kind: attr.Bool, Bool: true}, {Kind: attr.Null}, {Kind: attr.Map, Map: attr.Item{{Name: "m", Value: attr.Num("-1")}}},
				}}},
				{Name: "n", Value: attr.Num("5")},
				{Name: "ns", Value: set},
				{Name: "s", Value: attr.Str("x")},
			}},
		},
		"update": {
			`UPDATE t SET a = a - 1, b = 'x' SET c = set_add(c, <<1, 2>>) REMOVE d.e RETURNING MODIFIED NEW *`, nil,
			&Statement{Kind: Update, Table: "t", Returning: "MODIFIED NEW", Changes: []Change{
				{path("a"), &Expr{Op: "-", Kids: []*Expr{{Path: path("a")}, {Value: attr.Num("1")}}}, Set},
				{path("b"), &Expr{Value: attr.Str("x")}, Set},
				{path("c"), &Expr{Value: set}, AddToSet},
				{path("d", "e"), nil, Remove},
			}},
		},
		"delete": {`DELETE FROM t RETURNING ALL OLD *`, nil, &Statement{Kind: Delete, Table: "t", Returning: "ALL OLD"}},
		"exists": {`EXISTS(SELECT * FROM t)`, nil, &Statement{Kind: Exists, Table: "t"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Parse(tt.statement, tt.params)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	const malformed = "Statement wasn't well formed, can't be processed: "
	tests := map[string]string{
		``:                                        malformed + `unexpected "end of statement" at 0`,
		`DROP TABLE t`:                            malformed + `unexpected "DROP" at 0`,
		`SELECT * FROM t WHERE`:                   malformed + `unexpected "end of statement" at 21`,
		`SELECT * FROM t WHERE a`:                 malformed + `unexpected "end of statement" at 23`,
		`SELECT * FROM t t2`:                      malformed + `unexpected "t2" at 16`,
		`SELECT * FROM t WHERE a = ?`:             "Number of parameters in request and statement don't match.",
		`SELECT * FROM t WHERE a = 'x`:            malformed + "the quote at 26 is not closed",
		`SELECT * FROM t WHERE a = §`:             malformed + "unexpected character at 26",
		`SELECT * FROM t WHERE f(a)`:              malformed + "no function f",
		`SELECT * FROM t WHERE size(a, b) = 1`:    malformed + "size takes 1 arguments",
		`INSERT INTO t VALUE 'x'`:                 malformed + "VALUE wants an item",
		`INSERT INTO t VALUE {'a': 1, 'a': 2}`:    malformed + `"a" is there twice`,
		`INSERT INTO t VALUE {'a': <<1, 'x'>>}`:   malformed + "a set holds texts, numbers or binary values, all of one type",
		`UPDATE t WHERE a = 1`:                    malformed + `unexpected "WHERE" at 9`,
		`UPDATE t SET a = set_add(a, 1)`:          malformed + "set_add wants an attribute and a set",
		`DELETE FROM t RETURNING ALL NEW *`:       malformed + "DELETE returns ALL OLD *",
		`INSERT INTO t VALUE {'a': 1e200}`:        "Number overflow. Attempting to store a number with magnitude larger than supported range",
		`INSERT INTO t VALUE ` + nested("[", "]"): malformed + "values are nested too deeply",
	}
	for in, want := range tests {
		_, err := Parse(in, nil)
		if e, ok := err.(interface{ ErrorMessage() string }); !ok || e.ErrorMessage() != want {
			t.Errorf("%.60s: %v, want %s", in, err, want)
		}
	}
}

// nested is a value of many levels.
func nested(open, end string) string { return strings.Repeat(open, 40) + strings.Repeat(end, 40) }

// What can be read can be written, and never makes the reader panic.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		`SELECT a.b[1], "c" FROM "t"."i" WHERE a = ? AND (b IN [1,2] OR NOT c BETWEEN 1 AND 2) ORDER BY a DESC`,
		`INSERT INTO t VALUE {'a': <<1>>, 'b': [true, null, {'c': -1.5e3}]}`,
		`UPDATE t SET a = list_append(a, [1]) SET b = set_delete(b, <<'x'>>) REMOVE c WHERE a = 'x' RETURNING ALL NEW *`,
		`EXISTS(SELECT * FROM t WHERE a IS NOT MISSING)`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		st, err := Parse(s, []attr.Value{attr.Str("p")})
		if err != nil || st.Where == nil {
			return
		}
		if NewWriter().Expr(st.Where) == "" {
			t.Errorf("%q: nothing is written", s)
		}
	})
}
