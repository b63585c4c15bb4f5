package java

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"strings"
	"testing"

	"maru.dev/maru/pattern/bounded"
)

// A pattern does with a text what the same expression does by itself, or says what
// Java would: it is never taken for another one.
func FuzzPattern(f *testing.F) {
	for _, source := range []string{"a", "a*", "(a)(b)?", "[", `\Qa.`, "a)|(?:b", "(?i)A", "(?x", `\`, "^|$", "a{3}", "(?s).", `\bx`, `(?:\pL{9}){9}`, "(.{100}){9}.{101}", ""} {
		f.Add("aXbaab", source, "<$1>", 0)
		f.Add("a.", source, `\$`, 2)
		f.Add("", source, "$", 1)
		f.Add("é\xff\na", source, "$00", -1)
	}
	f.Fuzz(func(t *testing.T, s, source, with string, limit int) {
		re, invalid := regexp.Compile(source)
		used := new(Usage)
		whole, err := used.matches(s, source)
		if !thrown(t, err) {
			parsed, err := syntax.Parse(source, syntax.Perl)
			if err != nil {
				t.Fatalf("%q is taken: %v", source, err)
			}
			program, err := syntax.Compile(parsed.Simplify())
			if err != nil {
				t.Fatal(err)
			}
			if n := len(program.Inst); n > 4*maxPattern || n > 4*used.steps || n*len(s) > 4*128*used.steps {
				t.Errorf("%q is %d instructions for %d bytes, and counts %d steps", source, n, len(s), used.steps)
			}
			if want := regexp.MustCompile(`\A(?:` + parsed.String() + `)\z`).MatchString(s); whole != want {
				t.Errorf("%q matches %q: %v, not %v", source, s, whole, want)
			}
		} else if size, _ := bounded.Size(source); invalid == nil && size <= maxPattern && len(source) < 100 && len(s) < 100 {
			t.Errorf("%q is not taken: %v", source, err)
		}
		parts, err := new(Usage).split(s, source, limit)
		if !thrown(t, err) {
			items := parts.(*List).Items
			length := 0
			for _, part := range items {
				length += len(part.(string))
				if !strings.Contains(s, part.(string)) {
					t.Errorf("%q is split into %q", s, items)
				}
			}
			if length > len(s) || limit > 0 && len(items) > limit {
				t.Errorf("%q is split into %q", s, items)
			}
		}
		literal := strings.NewReplacer(`\`, `\\`, "$", `\$`).Replace(with)
		replaced, err := new(Usage).replacePattern(s, source, literal, -1)
		if !thrown(t, err) {
			if want := re.ReplaceAllLiteralString(s, with); replaced != want {
				t.Errorf("%q with %q for %q is %q, not %q", s, with, source, replaced, want)
			}
		}
		if _, err := new(Usage).replacePattern(s, source, with, limit); err != nil {
			thrown(t, err)
		}
	})
}

// thrown tells whether there is an error, which is the template's own.
func thrown(t *testing.T, err error) bool {
	t.Helper()
	if _, ok := errors.AsType[*ThrownError](err); err != nil && !ok {
		t.Errorf("%v", err)
	}
	return err != nil
}
