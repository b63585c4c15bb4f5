package jsonata

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/pattern/value"
)

// The free variables of an expression are found, with their fields.
func TestVariables(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		source string
		want   []Reference
	}{
		"path": {`$states.input.orders[price > 10].id`, []Reference{
			{Name: "states", Path: []string{"input", "orders", "id"}, Position: 7},
		}},
		"alone":    {`$x`, []Reference{{Name: "x", Position: 2}}},
		"function": {`$sum($x.y)`, []Reference{{Name: "sum", Position: 4, Call: true}, {Name: "x", Path: []string{"y"}, Position: 7}}},
		"in a filter": {`$states.input[id = $wanted]`, []Reference{
			{Name: "states", Path: []string{"input"}, Position: 7}, {Name: "wanted", Position: 26},
		}},
		"computed":           {`$states.(input).x`, []Reference{{Name: "states", Position: 7}}},
		"bound in a block":   {`($x := 1; $x + $y)`, []Reference{{Name: "y", Position: 17}}},
		"before it is bound": {`($x; $x := 1)`, []Reference{{Name: "x", Position: 3}}},
		"out of its block":   {`(($x := 1); $x)`, []Reference{{Name: "x", Position: 14}}},
		"recursion":          {`($f := function($n){$n = 0 ? 0 : $f($n - 1)}; $f(3))`, nil},
		"called later":       {`($f := function(){$x}; $x := 1; $f())`, nil},
		"parameter":          {`function($a){$a + $b}`, []Reference{{Name: "b", Position: 20}}},
		"focus and index":    {`$in@$o#$i.{"o": $o, "i": $i, "z": $z}`, []Reference{{Name: "in", Position: 3}, {Name: "z", Position: 36}}},
		"context":            {`$ & $$.a & $x.($)`, []Reference{{Position: 1}, {Name: "$", Path: []string{"a"}, Position: 6}, {Name: "x", Position: 13}}},
		"bare name":          {`orders.id`, []Reference{{Path: []string{"orders", "id"}, Position: 6}}},
		"order and group": {`$x^($k){$a: $b}`, []Reference{
			{Name: "x", Position: 2}, {Name: "k", Position: 6}, {Name: "a", Position: 10}, {Name: "b", Position: 14},
		}},
		"transform": {`$x ~> |a|{"b": $y}, $z|`, []Reference{
			{Name: "x", Position: 2}, {Name: "y", Position: 17}, {Name: "z", Position: 22},
		}},
		"tail call": {`function(){$f(1)}`, []Reference{{Name: "f", Position: 13, Call: true}}},
		"partial":   {`$f(?, $x)`, []Reference{{Name: "f", Position: 2, Call: true}, {Name: "x", Position: 8}}},
		"in units":  {`"😀" & $x`, []Reference{{Name: "x", Position: 9}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, err := Compile(tt.source)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, e.Variables()); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.source, diff)
			}
		})
	}
}

// The functions that Step Functions adds do what its guide says.
func TestStepFunctions(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ source, want string }{
		"partition":      {`$partition([1,2,3,4,5], 2)`, `[[1,2],[3,4],[5]]`},
		"partition none": {`$partition([], 2)`, `[]`},
		"partition one":  {`$partition(7, 2)`, `[[7]]`},
		"partition size": {`$partition([1], 0)`, `!U1005`},
		"range":          {`$range(0, 10, 2)`, `[0,2,4,6,8,10]`},
		"range short":    {`$range(0, 9, 4)`, `[0,4,8]`},
		"range down":     {`$range(3, -3, -3)`, `[3,0,-3]`},
		"range one":      {`$range(1, 1, 5)`, `[1]`},
		"range away":     {`$range(1, 5, -1)`, `[]`},
		"range by 0":     {`$range(1, 5, 0)`, `!U1005`},
		"range fraction": {`$range(1, 5, 0.5)`, `!U1005`},
		"hash MD5":       {`$hash("a", "MD5")`, `"0cc175b9c0f1b6a831c399e269772661"`},
		"hash SHA-1":     {`$hash("a", "SHA-1")`, `"86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"`},
		"hash SHA-256":   {`$hash("a", "SHA-256")`, `"ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"`},
		"hash sizes":     {`$map(["SHA-384", "SHA-512"], function($a){$length($hash("a", $a))})`, `[96,128]`},
		"hash unknown":   {`$hash("a", "CRC")`, `!U1005`},
		"random seed":    {`$random(1) = $random(1) and $random(1) != $random(2) and $random(1) < 1`, `true`},
		"random":         {`$random()`, `0.25`},
		"random seeds":   {`$random(0.5)`, `!U1005`},
		"uuid":           {`$uuid()`, `"an id"`},
		"parse":          {`$parse('{"a":[1,2.5,null]}').a`, `[1,2.5,null]`},
		"parse bad":      {`$parse("{")`, `!U1005`},
		"types":          {`$hash(1, "MD5")`, `!T0410`},
		"no eval":        {`$eval("1")`, `!T1006`},
		"composed":       {`$range(1, 3, 1) ~> $map(function($x){$x * 2}) ~> $partition(2)`, `[[2,4],[6]]`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := show(t, tt.source, Input{
				Functions: StepFunctions(),
				Random:    func() float64 { return 0.25 },
				UUID:      func() string { return "an id" },
			})
			if got != tt.want {
				t.Errorf("%s\n got  %s\n want %s", tt.source, got, tt.want)
			}
		})
	}
}

// show evaluates an expression and writes its value, or ! and its error's code.
func show(t *testing.T, source string, in Input) string {
	t.Helper()
	e, err := Compile(source)
	if err != nil {
		return "!" + codeOf(err)
	}
	v, defined, err := e.Eval(t.Context(), in)
	switch {
	case err != nil:
		return "!" + codeOf(err)
	case !defined:
		return "nothing"
	}
	return string(value.Text(v))
}

// A function of the host is called with plain values, its signature is checked,
// and its error can be found again.
func TestHostFunctions(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	functions := map[string]Function{
		"twice": {Signature: "<n-:n>", Arity: 1, Call: func(_ Call, args []any) (any, error) {
			return args[0].(int64) * 2, nil
		}},
		"seen": {Call: func(_ Call, args []any) (any, error) {
			return string(value.Text(args)), nil
		}},
		"fail":    {Call: func(Call, []any) (any, error) { return nil, boom }},
		"nothing": {Call: func(Call, []any) (any, error) { return Undefined{}, nil }},
		"broken":  {Signature: "<n<n>>", Call: func(Call, []any) (any, error) { return nil, nil }},
	}
	for source, want := range map[string]string{
		`$twice(4)`:                     `8`,
		`a.$twice()`:                    `6`,
		`$map([1, 2], $twice)`:          `[2,4]`,
		`$twice("x")`:                   `!T0410`,
		`$seen([1..3], a, b)`:           `nothing seen`,
		`$seen([1..3], $sum, {"f": a})`: `"[[1,2,3],\"\",{\"f\":3}]"`,
		`$nothing()`:                    `nothing`,
		`$fail()`:                       `!U1005`,
		`$broken(1)`:                    `!U1005`,
	} {
		if want == "nothing seen" { // Undefined is no JSON value: the function must look for it
			continue
		}
		if got := show(t, source, Input{Data: value.Of("a", int64(3)), Functions: functions}); got != want {
			t.Errorf("%s\n got  %s\n want %s", source, got, want)
		}
	}
	e, err := Compile(`1 + $fail()`)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err = e.Eval(t.Context(), Input{Functions: functions}); !errors.Is(err, boom) {
		t.Errorf("the host's error is lost: %v", err)
	}
}

// An error has what Step Functions shows: code, text, position, token, value.
func TestErrorsTell(t *testing.T) {
	t.Parallel()
	e, err := Compile(`"é😀" & (1 + "x")`)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = e.Eval(t.Context(), Input{})
	var got *Error
	if !errors.As(err, &got) {
		t.Fatal(err)
	}
	want := Error{Code: "T2002", Token: "+", Position: 12, Value: "x"}
	if got.Code != want.Code || got.Token != want.Token || got.Position != want.Position || got.Value != want.Value {
		t.Errorf("got %+v", got)
	}
	if got.Error() != `The right side of the "+" operator must evaluate to a number` {
		t.Errorf("text %q", got.Error())
	}
}

// Step Functions has version 2.0 of the language; the operators ?: and ?? came
// later.
func TestStrictKnowsNoLaterOperators(t *testing.T) {
	t.Parallel()
	for source, code := range map[string]string{`$a ?: 1`: "S0211", `$a ?? 1`: "S0211", `$a ? 1 : 2`: "", `function($x)<s?:s>{1}`: ""} {
		if _, err := CompileStrict(source); codeOf(err) != code {
			t.Errorf("%s: %v", source, err)
		}
		if _, err := Compile(source); err != nil {
			t.Errorf("%s: %v", source, err)
		}
	}
	for source, want := range map[string]string{
		`n ?: 1`: `5`, `z ?: 1`: `1`, `z ?? 1`: `0`, `nope ?? 1`: `1`, `nope ?: nope ?: 2`: `2`, `nope ?? z ?? 2`: `0`,
		`none ?? 1`: `null`, `none ?: 1`: `1`, `[1,2][$ > 1] ?: 0`: `2`, `-n ?: 1`: `-5`,
	} {
		if got := show(t, source, Input{Data: value.Of("n", int64(5), "z", int64(0), "none", nil)}); got != want {
			t.Errorf("%s\n got  %s\n want %s", source, got, want)
		}
	}
}

// Input passes through unchanged, whatever its numbers; what is computed is
// whole where it can be.
func TestNumbersKeepTheirKind(t *testing.T) {
	t.Parallel()
	data := value.Of("big", int64(math.MaxInt64), "one", 1.0, "half", 0.5)
	for source, want := range map[string]string{
		`big`: `9223372036854775807`, `one`: `1.0`, `one + 1`: `2`, `half * 4`: `2`, `half + 0`: `0.5`, `$string(one)`: `"1"`,
		`$string(big)`: `"9223372036854775807"`, `big = 9223372036854775807`: `true`, `1e3`: `1000`, `-0`: `0`, `2 / 3`: `0.6666666666666666`,
		`9007199254740992 * 4`: `3.602879701896397E16`, `one = 1`: `true`, `1 in [one]`: `true`,
	} {
		if got := show(t, source, Input{Data: data}); got != want {
			t.Errorf("%s\n got  %s\n want %s", source, got, want)
		}
	}
}

// Halves of characters beyond the first plane can be written, are refused in
// addresses, and leave as the replacement character.
func TestHalfCharacters(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		`"\uD83D\uDE00"`: `"😀"`, `$length("\uD83D\uDE00")`: `1`, `$encodeUrl("\uD800")`: `!D3140`,
		`$encodeUrlComponent("\uDC00")`: `!D3140`, `"\uD800x" = "\uD800x"`: `true`,
	} {
		if got := show(t, source, Input{}); got != want {
			t.Errorf("%s\n got  %s\n want %s", source, got, want)
		}
	}
}

// Evaluating changes neither the input nor what was compiled, so both may be
// shared.
func TestNothingSharedChanges(t *testing.T) {
	t.Parallel()
	v, err := value.Parse([]byte(`{"a":[{"b":1},{"b":2}],"k":["x"]}`))
	if err != nil {
		t.Fatal(err)
	}
	before := string(value.Text(v))
	for _, source := range []string{
		`$ ~> |a|{"b": 9, "c": $}, "k"|`, `(|$$.a|{"b": 9}|)(a)`, `a{"x": b}`, `a#$i^(>b){"i": $i}`, `$append(k, k)`,
		`a@$x.$$.a@$y{$string($x.b): $y}`, `$sort(a, function($l, $r){$l.b < $r.b})`, `k[]`, `$reverse(a)`, `$distinct(a)`,
	} {
		e, err := Compile(source)
		if err != nil {
			t.Fatal(err)
		}
		first, _, err := e.Eval(t.Context(), Input{Data: v})
		if err != nil {
			t.Fatalf("%s: %v", source, err)
		}
		again, _, err := e.Eval(t.Context(), Input{Data: v})
		if err != nil || !value.Equal(first, again) {
			t.Errorf("%s: first %s, then %s (%v)", source, value.Text(first), value.Text(again), err)
		}
		if after := string(value.Text(v)); after != before {
			t.Fatalf("%s changed the input: %s", source, after)
		}
	}
}

// What the workflows of the examples do most.
func BenchmarkExpressions(b *testing.B) {
	v, err := value.Parse([]byte(`{"input":{"customer":{"name":"Ada"},"total":3,"orders":[{"id":"o1","price":12.5},{"id":"o2","price":8},{"id":"o3","price":30}]}}`))
	if err != nil {
		b.Fatal(err)
	}
	for name, source := range map[string]string{
		"path":      `$states.input.customer.name`,
		"condition": `$states.input.total >= 3 and $exists($states.input.customer)`,
		"filter":    `$states.input.orders[price > 10].{"id": id}`,
		"object":    `{"name": $states.input.customer.name, "ids": $states.input.orders.id}`,
		"map":       `$map($states.input.orders, function($o){$o.price * 2})`,
		"concat":    `"Hello " & $states.input.customer.name & "!"`,
	} {
		e, err := Compile(source)
		if err != nil {
			b.Fatal(err)
		}
		in := Input{Data: Undefined{}, Variables: map[string]any{"states": v}, Functions: StepFunctions()}
		b.Run("eval/"+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := e.Eval(context.Background(), in); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("compile/"+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Compile(source); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// A pattern of JavaScript's that Go's engine cannot match is refused when it is
// compiled.
func TestUnsupportedPatternsAreRefused(t *testing.T) {
	t.Parallel()
	for _, pattern := range []string{`(?=a)`, `(?!a)`, `(?<=a)`, `(?<!a)`, `(a)\1`, `(?<n>a)\k<n>`, `a{2000}`, `+`} {
		if _, err := Compile(`$match("a", /` + pattern + `/)`); codeOf(err) != "S0303" || !strings.Contains(err.Error(), "not supported") {
			t.Errorf("%s: %v", pattern, err)
		}
	}
}

// One compiled expression serves many at once.
func TestOneExpressionServesMany(t *testing.T) {
	t.Parallel()
	e, err := Compile(`($f := function($n){$n = 0 ? /b+/ : $f($n - 1)}; $count($match(s, $f(3))) & $string(a#$i^(>b)[b > $$.least].{"i": $i}))`)
	if err != nil {
		t.Fatal(err)
	}
	v, err := value.Parse([]byte(`{"s":"abba b","least":1,"a":[{"b":1},{"b":2},{"b":3}]}`))
	if err != nil {
		t.Fatal(err)
	}
	results := make(chan any)
	for range 8 {
		go func() {
			got, _, err := e.Eval(t.Context(), Input{Data: v})
			if err != nil {
				got = err.Error()
			}
			results <- got
		}()
	}
	for range 8 {
		if got := <-results; got != `2[{"i":2},{"i":1}]` {
			t.Errorf("got %v", got)
		}
	}
}
