package entire

import (
	"regexp"
	"strings"
	"testing"

	"maru.dev/maru/pattern/bounded"
)

// An expression is taken if it is one by itself and not too large, and matches a text if the longest
// that it finds there is all of it.
func FuzzCompile(f *testing.F) {
	for _, expression := range []string{"a", "a|ab", "a|", "[", "(", ")", "a)(b", "a)|(?:b", `\Qa`, `\Qa\`, `\Q(\E)`, `\Qa\Eb\Q`, `a\`, "(?i)A", "(?m)^a$", "(?s).", "(?U)a+?", "^a", `\bа`, "(?x", "(?:a{1000}){1}a{999}", ""} {
		for _, text := range []string{"a", "ab", "b", `a\`, "A\n", "aXb", ""} {
			f.Add(expression, text)
		}
	}
	f.Fuzz(func(t *testing.T, expression, text string) {
		compiled, err := Compile(expression)
		alone, invalid := regexp.Compile(expression)
		size, _ := bounded.Size(expression) // why it has none, the expression by itself tells
		if (err == nil) != (invalid == nil && size <= Most) {
			t.Fatalf("%q: %v, by itself %v, and %d large", expression, err, invalid, size)
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
	for _, expression := range []string{"(", ")", "a)|(?:b", `\`, strings.Repeat("(a{1000})", 9000), strings.Repeat(".{1000}", 11)} {
		if _, err := Compile(expression); err == nil {
			t.Errorf("%.20s is taken", expression)
		}
	}
}
