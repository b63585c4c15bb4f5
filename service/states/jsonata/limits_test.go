package jsonata

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"maru.dev/maru/pattern/value"
)

// evalText evaluates an expression with nothing but the functions of Step
// Functions.
func evalText(ctx context.Context, source string, limits Limits) (any, bool, error) {
	e, err := Compile(source)
	if err != nil {
		return nil, false, err
	}
	return e.Eval(ctx, Input{Data: Undefined{}, Functions: StepFunctions(), Limits: limits, Now: recordedAt})
}

// codeOf returns an error's code.
func codeOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// Expressions that would take all stack, memory or time end in an error.
func TestHostileExpressionsEnd(t *testing.T) {
	t.Parallel()
	deep := func(open, inner, closing string, n int) string {
		return strings.Repeat(open, n) + inner + strings.Repeat(closing, n)
	}
	tests := map[string]struct {
		source string
		code   string
	}{
		"recursion":            {source: `($f := function($n){1 + $f($n)}; $f(1))`, code: "D1011"},
		"endless tail calls":   {source: `($f := function($n){$f($n)}; $f(1))`, code: "D1012"},
		"mutual tail calls":    {source: `($f := function(){$g()}; $g := function(){$f()}; $f())`, code: "D1012"},
		"doubling strings":     {source: `$reduce([1..100], function($s, $i){$s & $s}, "xxxxxxxx")`, code: "U1002"},
		"doubling arrays":      {source: `$reduce([1..100], function($s, $i){$append($s, $s)}, [1,2])`, code: "U1001"},
		"doubling by sharing":  {source: `$reduce([1..100], function($s, $i){{"a": $s, "b": $s}}, 1)`, code: "D1012"},
		"sharing made text":    {source: `$string($reduce([1..100], function($s, $i){[[$s], [$s]]}, 1))`, code: "U1002"},
		"wide ranges":          {source: `[1..10000000].[1..10000000]`, code: "U1001"},
		"too wide a range":     {source: `[1..10000001]`, code: "D2014"},
		"padding":              {source: `$pad("x", 1e15)`, code: "U1002"},
		"picture width":        {source: `$fromMillis(0, "[Y,1000000000]")`, code: "U1002"},
		"roman":                {source: `$formatInteger(1e15, "I")`, code: "U1002"},
		"range function":       {source: `$range(0, 1e15, 1)`, code: "D2014"},
		"nested parentheses":   {source: deep("(", "1", ")", 100_000), code: "D1011"},
		"nested arrays":        {source: deep("[", "1", "]", 100_000), code: "D1011"},
		"nested objects":       {source: deep(`{"a":`, "1", "}", 100_000), code: "D1011"},
		"long chain":           {source: "1" + strings.Repeat("+1", 100_000), code: "D1011"},
		"long path":            {source: "a" + strings.Repeat(".a", 100_000), code: "D1011"},
		"deep result":          {source: `$reduce([1..20000], function($s, $i){[[$s]]}, 1)`, code: "U1004"},
		"deep result in text":  {source: `$string($reduce([1..20000], function($s, $i){[[$s]]}, 1))`, code: "U1004"},
		"deep equality":        {source: `($f := function(){$reduce([1..20000], function($s, $i){[[$s]]}, 1)}; $f() = $f())`, code: "D1011"},
		"deep descendants":     {source: `($x := $reduce([1..20000], function($s, $i){[[$s]]}, 1); $x.**)`, code: "D1011"},
		"deep copy":            {source: `$reduce([1..20000], function($s, $i){[[$s]]}, 1) ~> |$|{}|`, code: "D1011"},
		"deep truth":           {source: `$boolean($reduce([1..20000], function($s, $i){[[$s]]}, 1))`, code: "D1011"},
		"signature":            {source: `function($x)<` + strings.Repeat("s?", 60) + `:s>{1}(` + strings.Repeat(`"a",`, 40) + `1)`, code: "T0410"},
		"self in an update":    {source: `{"a": 1} ~> |$|{"b": $}| ~> |b|{"c": $$}| ~> $string()`, code: ""},
		"exploding groups":     {source: `[1..3000].([1..3000]){"a": $}`, code: "U1001"},
		"many matches":         {source: `$count($match($pad("", 100000, "a"), /a/))`, code: ""},
		"many replacements":    {source: `$replace($pad("", 20000, "a"), /a/, function($m){$string($m.start)})`, code: ""},
		"long strings read":    {source: `($s := $pad("", 900000, "a"); $map([1..1000000], function($i){$length($s)}))`, code: "D1012"},
		"large matches":        {source: `($s := $pad("", 100000, "a"); $map([1..100], function($i){$match($s, /(.?){250}b/)}))`, code: "D1012"},
		"large regexp":         {source: `"a" ~> /(.?){1000}(.?){1000}b/`, code: "S0303"},
		"quadratic comparison": {source: `$distinct([1..100000].{"a": $})`, code: "D1012"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			limits := Limits{Steps: 500_000, Memory: 64 << 20, Text: 1 << 20}
			v, _, err := evalText(t.Context(), tt.source, limits)
			if got := codeOf(err); got != tt.code {
				t.Errorf("error %q (%v), want %q; value %.100s", got, err, tt.code, value.Text(v))
			}
		})
	}
}

// The context's end ends the evaluation, and can be seen in the error.
func TestDeadlineEndsEvaluation(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, _, err := evalText(ctx, `($f := function($n){$f($n)}; $f(1))`, Limits{Steps: 1 << 60})
	if !errors.Is(err, context.DeadlineExceeded) || codeOf(err) != "D1012" {
		t.Errorf("got %v", err)
	}
}

// The default limits let through what workflows do at their largest.
func TestDefaultLimitsAreWide(t *testing.T) {
	t.Parallel()
	for name, source := range map[string]string{
		"tail calls": `($f := function($n){$n = 0 ? "done" : $f($n - 1)}; $f(300000))`,
		"recursion":  `($f := function($n){$n = 0 ? 0 : 1 + $f($n - 1)}; $f(900))`,
		"map":        `$sum($map([1..200000], function($v){$v * 2}))`,
		"text":       `$length($join($map([1..50000], $string), ","))`,
		"chain":      "1" + strings.Repeat("+1", 1000),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, _, err := evalText(t.Context(), source, Limits{}); err != nil {
				t.Error(err)
			}
		})
	}
}

// No source makes the parser or the evaluator panic or run on; what is compiled
// is compiled again the same.
func FuzzEval(f *testing.F) {
	for _, file := range []string{"testdata/suite/suite.json", "testdata/recorded.json"} {
		for i, c := range readCases(f, file) {
			if i%7 == 0 {
				f.Add(c.expr)
			}
		}
	}
	data := readCases(f, "testdata/recorded.json")[0].data
	f.Fuzz(func(t *testing.T, source string) {
		e, err := Compile(source)
		if err != nil {
			if codeOf(err) == "" {
				t.Errorf("an error without a code: %v", err)
			}
			return
		}
		e.Variables()
		v, defined, err := e.Eval(t.Context(), Input{
			Data: data, Functions: StepFunctions(), AllowEval: true, Now: recordedAt,
			Limits: Limits{Steps: 20_000, Depth: 1000, Memory: 4 << 20, Text: 1 << 16},
		})
		if err != nil && codeOf(err) == "" {
			t.Errorf("an error without a code: %v", err)
		}
		if err == nil && defined {
			if _, err := value.Parse(value.Text(v)); err != nil {
				t.Errorf("the result is no JSON: %v", err)
			}
		}
	})
}
