package expr

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"maru.dev/maru/service/dynamodb/attr"
	"maru.dev/maru/wire"
)

// list, mapOf and setOf are values for the tables below.
func list(v ...attr.Value) attr.Value { return attr.Value{Kind: attr.List, List: v} }

func mapOf(a ...attr.Attr) attr.Value { return attr.Value{Kind: attr.Map, Map: a} }

func setOf(texts ...string) attr.Value {
	var members []attr.Value
	for _, t := range texts {
		members = append(members, attr.Str(t))
	}
	v, _ := attr.NewSet(attr.StringSet, members)
	return v
}

// sample is the item that conditions are tried on.
func sample() attr.Item {
	m := attr.Item{
		{Name: "a", Value: attr.Str("apple")},
		{Name: "b", Value: attr.Str("banana")},
		{Name: "flag", Value: attr.Value{Kind: attr.Bool, Bool: true}},
		{Name: "l", Value: list(attr.Num("1"), mapOf(attr.Attr{Name: "x", Value: attr.Str("deep")}), list(attr.Str("in")))},
		{Name: "m", Value: mapOf(attr.Attr{Name: "dotted.name", Value: attr.Num("8")}, attr.Attr{Name: "k", Value: attr.Num("7")})},
		{Name: "n", Value: attr.Num("10")},
		{Name: "nul", Value: attr.Value{Kind: attr.Null}},
		{Name: "ss", Value: setOf("x", "y")},
	}
	return m
}

func samplePlaceholders() *Params {
	return NewParams(
		map[string]string{"#a": "a", "#name": "name", "#dot": "dotted.name"},
		map[string]attr.Value{
			":apple": attr.Str("apple"), ":app": attr.Str("app"), ":pl": attr.Str("pl"), ":z": attr.Str("z"), ":x": attr.Str("x"),
			":one": attr.Num("1"), ":two": attr.Num("2"), ":nine": attr.Num("9"), ":ten": attr.Num("10"), ":seven": attr.Num("7"),
			":hundred": attr.Num("100"), ":S": attr.Str("S"), ":SS": attr.Str("SS"), ":deep": attr.Str("deep"),
			":yx": setOf("y", "x"), ":true": {Kind: attr.Bool, Bool: true}, ":null": {Kind: attr.Null},
			":list": list(attr.Num("1")), ":bad": attr.Str("BAD"), ":map": mapOf(),
		})
}

func TestConditionsHoldAsDocumented(t *testing.T) {
	t.Parallel()
	tests := map[string]bool{
		"a = :apple": true, "#a = :apple": true, ":apple = a": true, "a <> :apple": false, "a = :z": false,
		"mis = :z": false, "mis <> :z": true, "mis < :z": false,
		"n > :nine": true, "n < :hundred": true, "n >= :ten": true, "n <= :ten": true, "n > :apple": false,
		"a < b": true, "b < a": false,
		"n BETWEEN :nine AND :ten": true, "n between :ten and :hundred": true, "a BETWEEN :app AND :z": true, "n BETWEEN :one AND :nine": false,
		"a IN (:z, :apple)": true, "a in (:z)": false, "n IN (:apple, :ten)": true, "mis IN (:z)": false,
		"attribute_exists(a)": true, "attribute_exists(m.k)": true, "attribute_exists(m.zz)": false, "attribute_not_exists(zz)": true,
		"attribute_exists(l[1].x)": true, "attribute_exists(l[9])": false,
		"attribute_type(a, :S)": true, "attribute_type(ss, :SS)": true, "attribute_type(n, :S)": false, "attribute_type(zz, :S)": false,
		"begins_with(a, :app)": true, "begins_with(b, :app)": false, "begins_with(n, :app)": false,
		"contains(a, :pl)": true, "contains(ss, :x)": true, "contains(ss, :z)": false, "contains(ss, :one)": false, "contains(l, :one)": true, "contains(zz, :x)": false,
		"size(a) = :two": false, "size(l) > :two": true, "size(ss) = :two": true, "size(m) = :two": true, "size(zz) = :two": false,
		"NOT a = :z": true, "not (a = :apple)": false, "NOT NOT a = :apple": true,
		"a = :apple AND n = :ten": true, "a = :z OR n = :ten": true, "a = :z AND n = :ten OR flag = :true": true,
		"a = :z AND (n = :ten OR flag = :true)": false, "NOT a = :z AND n = :ten": true,
		"m.k = :seven": true, "m.#dot > :seven": true, "l[0] = :one": true, "l[1].x = :deep": true, "l [ 1 ] . x = :deep": true,
		"ss = :yx": true, "flag = :true": true, "nul = :null": true,
		"(a) = :apple": true, "a = (:apple)": true, "(a = :apple)": true, "(size(ss)) = :two": true,
		"a=:apple AND(n=:ten)": true,
	}
	for text, want := range tests {
		c, err := ParseCondition(ConditionExpression, text, samplePlaceholders())
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := c.Eval(sample()); got != want {
			t.Errorf("%s is %v", text, got)
		}
	}
}

// message returns the message of an error of AWS's.
func message(err error) string {
	var api *wire.APIError
	if errors.As(err, &api) {
		return api.Message
	}
	return ""
}

func TestConditionsAreRefusedInAWSsWords(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"":                                    "The expression can not be empty;",
		"  ":                                  "The expression can not be empty;",
		"a":                                   `Syntax error; token: "<EOF>", near: "a"`,
		"a = ":                                `Syntax error; token: "<EOF>", near: "="`,
		"a = :a b = :b":                       `Syntax error; token: "b", near: ":a b ="`,
		"a ! :apple":                          `Syntax error; token: "!", near: "a ! :apple"`,
		"a[x] = :apple":                       `Syntax error; token: "x", near: "[x]"`,
		"a = 5":                               `Syntax error; token: "5", near: "= 5"`,
		"name = :apple":                       "Attribute name is a reserved keyword; reserved keyword: name",
		"a.Status = :apple":                   "Attribute name is a reserved keyword; reserved keyword: Status",
		"#zz = :apple":                        "An expression attribute name used in the document path is not defined; attribute name: #zz",
		"a = :zz":                             "An expression attribute value used in expression is not defined; attribute value: :zz",
		"foo(a)":                              "Invalid function name; function: foo",
		"Size(a) = :one":                      "Invalid function name; function: Size",
		"size(a)":                             "The function is not allowed to be used this way in an expression; function: size",
		"NOT size(a)":                         "The function is not allowed to be used this way in an expression; function: size",
		"attribute_exists(a) = :one":          "The function is not allowed to be used this way in an expression; function: attribute_exists",
		"attribute_exists(contains(a, :app))": "The function is not allowed to be used this way in an expression; function: contains",
		"size(a, b) = :one":                   "Incorrect number of operands for operator or function; operator or function: size, number of operands: 2",
		"begins_with(a)":                      "Incorrect number of operands for operator or function; operator or function: begins_with, number of operands: 1",
		"begins_with(a, :one)":                "Incorrect operand type for operator or function; operator or function: begins_with, operand type: N",
		"attribute_exists(:app)":              "Operator or function requires a document path; operator or function: attribute_exists",
		"attribute_type(a, :one)":             "Incorrect operand type for operator or function; operator or function: attribute_type, operand type: N",
		"attribute_type(a, :bad)":             "Invalid attribute type name found; type: BAD, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}",
		"size(:one) = :one":                   "Incorrect operand type for operator or function; operator or function: size, operand type: N",
		"a = a":                               "The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [a]",
		"l[1].x = l[1].x":                     "The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [l, [1], x]",
		"a BETWEEN :z AND :app":               "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {S:z}, upper bound operand: AttributeValue: {S:app}",
		"a BETWEEN :one AND :z":               "The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: AttributeValue: {N:1}, upper bound operand: AttributeValue: {S:z}",
		"a < :map":                            "Incorrect operand type for operator or function; operator or function: <, operand type: M",
		"((a = :apple))":                      "The expression has redundant parentheses;",
		"if_not_exists(a, :one) = :one":       "The function is not allowed in a condition expression; function: if_not_exists",
		"a = :apple AND":                      `Syntax error; token: "<EOF>", near: "AND"`,
		"a IN :apple":                         `Syntax error; token: ":apple", near: "IN :apple"`,
		"a BETWEEN :app OR :z":                `Syntax error; token: "OR", near: ":app OR :z"`,
		"#":                                   `Syntax error; token: "#", near: "#"`,
		strings.Repeat("a", 4097):             "Expression size has exceeded the maximum allowed size; expression size: 4097",
	}
	for text, want := range tests {
		_, err := ParseCondition(ConditionExpression, text, samplePlaceholders())
		if got := message(err); got != "Invalid ConditionExpression: "+want {
			t.Errorf("%s:\n got %q\nwant %q", text, got, want)
		}
	}
}

func TestUnusedPlaceholdersAreNamed(t *testing.T) {
	t.Parallel()
	p := NewParams(map[string]string{"#a": "a", "#b": "b"}, map[string]attr.Value{":v": attr.Str("x")})
	if _, err := ParseCondition(FilterExpression, "#a = :v", p); err != nil {
		t.Fatal(err)
	}
	if got := message(p.Unused()); got != "Value provided in ExpressionAttributeNames unused in expressions: keys: {#b}" {
		t.Error(got)
	}
	p = NewParams(nil, map[string]attr.Value{":v": attr.Str("x"), ":w": attr.Str("x"), ":u": attr.Str("x")})
	if _, err := ParseCondition(FilterExpression, "a = :v", p); err != nil {
		t.Fatal(err)
	}
	if got := message(p.Unused()); got != "Value provided in ExpressionAttributeValues unused in expressions: keys: {:u, :w}" {
		t.Error(got)
	}
}

func TestKeyConditions(t *testing.T) {
	t.Parallel()
	tests := map[string]string{ // expression → operator on b, or the message
		"a = :apple":                               "",
		"a = :apple AND b > :app":                  ">",
		":app < b AND a = :apple":                  ">",
		"a = :apple AND begins_with(b, :app)":      "begins_with",
		"(a = :apple) AND (b BETWEEN :app AND :z)": "BETWEEN",
		"a = :apple OR b = :z":                     "Invalid operator used in KeyConditionExpression: OR",
		"a = :apple AND NOT b = :z":                "Invalid operator used in KeyConditionExpression: NOT",
		"a = :apple AND b <> :z":                   "Invalid operator used in KeyConditionExpression: <>",
		"a = :apple AND b IN (:z)":                 "Invalid operator used in KeyConditionExpression: IN",
		"a = :apple AND attribute_exists(b)":       "Invalid operator used in KeyConditionExpression: attribute_exists",
		"a = :apple AND a = :z":                    "KeyConditionExpressions must only contain one condition per key",
		"a = :apple AND m.k = :one":                "KeyConditionExpressions cannot have conditions on nested attributes",
		"a = b":                                    "Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition",
		":apple = :z":                              "Invalid condition in KeyConditionExpression: No key attribute specified",
		"size(a) = :one":                           "KeyConditionExpressions cannot contain nested operations",
	}
	for text, want := range tests {
		keys, err := ParseKeyCondition(text, samplePlaceholders())
		if err != nil {
			if got := message(err); got != want {
				t.Errorf("%s: %q, want %q", text, got, want)
			}
			continue
		}
		a, _ := keys.On("a")
		if b, _ := keys.On("b"); a.Op != "=" || b.Op != want {
			t.Errorf("%s: %+v", text, keys)
		}
	}
}

func TestLegacyConditionsHoldAsDocumented(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		name, op string
		values   []attr.Value
		want     bool
	}{
		"eq":                   {"a", "EQ", []attr.Value{attr.Str("apple")}, true},
		"ne":                   {"a", "NE", []attr.Value{attr.Str("apple")}, false},
		"null":                 {"zz", "NULL", nil, true},
		"not null":             {"a", "NOT_NULL", nil, true},
		"contains":             {"ss", "CONTAINS", []attr.Value{attr.Str("x")}, true},
		"not contains":         {"ss", "NOT_CONTAINS", []attr.Value{attr.Str("q")}, true},
		"not contains missing": {"zz", "NOT_CONTAINS", []attr.Value{attr.Str("q")}, false},
		"in":                   {"n", "IN", []attr.Value{attr.Num("1"), attr.Num("10")}, true},
		"between":              {"n", "BETWEEN", []attr.Value{attr.Num("1"), attr.Num("10")}, true},
		"begins with":          {"a", "BEGINS_WITH", []attr.Value{attr.Str("ap")}, true},
		"gt":                   {"n", "GT", []attr.Value{attr.Num("10")}, false},
	}
	for name, tt := range tests {
		c, err := Legacy(tt.name, tt.op, tt.values)
		if err != nil || c.Eval(sample()) != tt.want {
			t.Errorf("%s: %v, %v", name, c, err)
		}
	}
	_, err := Legacy("a", "EQ", nil)
	if got := message(err); got != "One or more parameter values were invalid: Invalid number of argument(s) for the EQ ComparisonOperator" {
		t.Error(got)
	}
	_, err = Legacy("a", "LT", []attr.Value{setOf("x")})
	if got := message(err); got != "One or more parameter values were invalid: ComparisonOperator LT is not valid for SS AttributeValue type" {
		t.Error(got)
	}
}

func TestReservedWordsAreAsMany(t *testing.T) {
	t.Parallel()
	words := strings.Fields(reservedWords)
	if len(words) != 573 || !slices.Contains(words, "ZONE") || !isReserved("status") || isReserved("customer") {
		t.Errorf("%d words", len(words))
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"a = :apple AND (NOT b IN (:z, :x) OR size(l[0].x) BETWEEN :one AND :two)", "SET a = if_not_exists(b, :one) + :two REMOVE l[1], m.k ADD n :one DELETE ss :yx",
		"a.b[3].c, #a", "((((", "SET SET", "a[99999999999999999999]", "\xff = :one",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if c, err := ParseCondition(ConditionExpression, s, samplePlaceholders()); err == nil {
			c.Eval(sample())
		} else if message(err) == "" {
			t.Errorf("%q: %v", s, err)
		}
		if u, err := ParseUpdate(s, samplePlaceholders()); err == nil {
			if item, err := u.Apply(sample()); err == nil {
				u.Changed().Apply(item)
			}
		}
		if p, err := ParseProjection(s, samplePlaceholders()); err == nil {
			p.Apply(sample())
		}
		_, _ = ParseKeyCondition(s, samplePlaceholders())
	})
}

// Of many legacy conditions on a small item, those on attributes that are not
// there are not looked at, and still count.
func TestLegacyConditionsHoldTogether(t *testing.T) {
	t.Parallel()
	operators := []string{"EQ", "NE", "NULL", "NOT_NULL", "NOT_CONTAINS"}
	for seed := range uint64(5_000) {
		r := rand.New(rand.NewPCG(seed, 0))
		var all []*Condition
		holding := 0
		var item attr.Item
		for i := range 1 + r.IntN(6) {
			name := string(rune('a' + i))
			if r.IntN(3) == 0 {
				item = append(item, attr.Attr{Name: name, Value: attr.Str([]string{"x", "y"}[r.IntN(2)])})
			}
			operator := operators[r.IntN(len(operators))]
			values := []attr.Value{attr.Str("x")}
			if strings.HasSuffix(operator, "NULL") {
				values = nil
			}
			c, err := Legacy(name, operator, values)
			if err != nil {
				t.Fatal(err)
			}
			if all = append(all, c); c.Eval(item) {
				holding++
			}
		}
		if got := Join(all, false).Eval(item); got != (holding == len(all)) {
			t.Fatalf("seed %d: all of %d: %v, but %d hold", seed, len(all), got, holding)
		}
		if got := Join(all, true).Eval(item); got != (holding > 0) {
			t.Fatalf("seed %d: any of %d: %v, but %d hold", seed, len(all), got, holding)
		}
	}
}
