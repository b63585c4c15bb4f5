package entire

import (
	"regexp"
	"strings"
	"testing"
)

// An expression is taken if it is one by itself, and matches a text if the longest
// that it finds there is all of it.
func FuzzCompile(f *testing.F) {
	for _, expression := range []string{"a", "a|ab", "a|", "[", "(", ")", "a)(b", "a)|(?:b", `\Qa`, `\Qa\`, `\Q(\E)`, `\Qa\Eb\Q`, `a\`, "(?i)A", "(?m)^a$", "(?s).", "(?U)a+?", "^a", `\bа`, "(?x", ""} {
		for _, text := range []string{"a", "ab", "b", `a\`, "A\n", "aXb", ""} {
			f.Add(expression, text)
		}
	}
	f.Fuzz(func(t *testing.T, expression, text string) {
		compiled, err := Compile(expression)
		alone, invalid := regexp.Compile(expression)
		if (err == nil) != (invalid == nil) {
			t.Fatalf("%q: %v, by itself %v", expression, err, invalid)
		}
		if err != nil {
			return
		}
		alone.Longest()
		at := alone.FindStringIndex(text)
		if want := at != nil && at[0] == 0 && at[1] == len(text); compiled.MatchString(text) != want {
			t.Errorf("%q matches %q: %t, not %t", expression, text, !want, want)
		}
	})
}

func TestExpressionsThatCannotBeAreRefused(t *testing.T) {
	t.Parallel()
	for _, expression := range []string{"(", ")", "a)|(?:b", `\`, strings.Repeat("(a{1000})", 9000)} {
		if _, err := Compile(expression); err == nil {
			t.Errorf("%.20s is taken", expression)
		}
	}
}
