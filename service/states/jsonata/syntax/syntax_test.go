package syntax

import (
	"strings"
	"testing"
)

// Patterns of JavaScript's syntax match what they match there.
func TestPatternsAreTranslated(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		pattern, flags string
		yes, no        []string
	}{
		"space":             {pattern: `^\s$`, yes: []string{" ", "\u00a0", "\v", "\u2028", "\ufeff"}, no: []string{"x"}},
		"no space":          {pattern: `^\S$`, yes: []string{"x"}, no: []string{"\u00a0"}},
		"space in brackets": {pattern: `^[\sx]$`, yes: []string{"x", "\u00a0"}, no: []string{"y"}},
		"dot":               {pattern: `^.$`, yes: []string{"x", "é", "\v"}, no: []string{"\n", "\r", "\u2028"}},
		"any":               {pattern: `^[^]$`, yes: []string{"x", "\n"}, no: []string{""}},
		"none":              {pattern: `[]`, no: []string{"", "x"}},
		"bracket":           {pattern: `^[[]$`, yes: []string{"["}, no: []string{"x"}},
		"POSIX class":       {pattern: `^[[:alpha:]x]$`, no: []string{"x", "b"}},
		"escaped range":     {pattern: `^[a\-c]$`, yes: []string{"-", "a"}, no: []string{"b"}},
		"slash":             {pattern: `^a\/b$`, yes: []string{"a/b"}},
		"code":              {pattern: `^\x41\u00e9\cA\0$`, yes: []string{"Aé\x01\x00"}},
		"identity":          {pattern: `^\a\_\:$`, yes: []string{"a_:"}, no: []string{"\a_:"}},
		"end":               {pattern: `a$`, yes: []string{"ba"}, no: []string{"a\n"}},
		"lines":             {pattern: `^b$`, flags: "m", yes: []string{"a\nb\nc"}},
		"case":              {pattern: `^b$`, flags: "i", yes: []string{"B"}},
		"named":             {pattern: `^(?<x>b)$`, yes: []string{"b"}},
		"backspace":         {pattern: `^[\b]$`, yes: []string{"\b"}, no: []string{"b"}},
		"set operators":     {pattern: `^[a&&b]$`, yes: []string{"&", "a", "b"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			re, err := CompileRegexp(tt.pattern, tt.flags)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range tt.yes {
				if re.First(s) == nil {
					t.Errorf("/%s/ does not match %q", tt.pattern, s)
				}
			}
			for _, s := range tt.no {
				if re.First(s) != nil {
					t.Errorf("/%s/ matches %q", tt.pattern, s)
				}
			}
		})
	}
}

// No source makes the parser panic or run on.
func FuzzParse(f *testing.F) {
	for _, source := range []string{
		`$states.input.orders[price > 10].{"id": id}`, `a@$x#$i[%.b=1]^(>c,<d){e:f}[]`, `|a|{"b":1},"c"|`,
		`function($x, $y)<a<n>-s?:(so)>{$x ~> $f(?, 2) ~> /a[b-c]+\/(d)/im}`, "`a b`.**.*.%.%", `"\u00e9\n" ?: 1 ?? [1..2, -3e-4]`,
		`/* c */ ($a := 1; $a ? -$a : null and not or in true)`, strings.Repeat("(", 50),
	} {
		f.Add(source)
	}
	f.Fuzz(func(t *testing.T, source string) {
		for _, strict := range []bool{false, true} {
			if n, err := Parse(source, strict); err == nil && n == nil {
				t.Error("neither a tree nor an error")
			}
		}
		_, _ = ParseSignature("<" + source)
		_, _ = CompileRegexp(source, "")
	})
}
