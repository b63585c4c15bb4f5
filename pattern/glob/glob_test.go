package glob

import (
	"strings"
	"testing"
	"time"
)

func TestMatch(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		pattern, text string
		want          bool
	}{
		"all":               {"*", "anything", true},
		"nothing":           {"", "", true},
		"prefix":            {"arn:*/GET/*", "arn:aws:execute-api:r:a:x/$default/GET/pets", true},
		"method":            {"arn:*/GET/*", "arn:aws:execute-api:r:a:x/$default/POST/pets", false},
		"inside":            {"*b*c*", "xxbxxcx", true},
		"order":             {"*c*b*", "xxbxxcx", false},
		"one":               {"a?c", "abc", true},
		"one is one":        {"a?c", "ac", false},
		"rest":              {"ab", "abc", false},
		"a literal star":    {"a\x00*", "a*", true},
		"and no other":      {"a\x00*", "ab", false},
		"a literal one":     {"*\x00?", "a?", true},
		"is no other":       {"*\x00?", "ab", false},
		"a zero":            {"a\x00b", "a\x00b", true},
		"a zero at the end": {"*\x00", "a\x00", true},
	}
	for name, tt := range tests {
		if got := Match(tt.pattern, tt.text); got != tt.want {
			t.Errorf("%s: %t", name, got)
		}
		if got := wide(tt.pattern, tt.text); got != tt.want {
			t.Errorf("%s, by places: %t", name, got)
		}
	}
}

// A pattern that looks as if it might yet fit, everywhere, does not keep anybody.
func TestNoPatternTakesLong(t *testing.T) {
	t.Parallel()
	const n = 16 << 10
	text := strings.Repeat("a", n)
	began := time.Now()
	for _, pattern := range []string{
		"*" + strings.Repeat("a", n/2) + "b", "*" + strings.Repeat("?", n/2) + "b", strings.Repeat("*a", n/2) + "b", "*" + strings.Repeat("\x00*", n/2),
		strings.Repeat("*"+strings.Repeat("a", 100)+"?", n/102) + "b", "*" + strings.Repeat("a", 100*n) + "b",
	} {
		if Match(pattern, text) {
			t.Errorf("%.20q… fits", pattern)
		}
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}

// Both ways to match agree with each other, and with what a star and an escape mean.
func FuzzMatch(f *testing.F) {
	f.Add("a*b?c", "axxbyc")
	f.Add("*aaaaaaaaaaaaaaaaaaaaaaaaab", strings.Repeat("a", 300))
	f.Add("*"+strings.Repeat("?", 100)+"b*", strings.Repeat("ab", 100))
	f.Add("\x00*\x00?\x00", "*?\x00")
	f.Add("\x00\x00*", "\x00*")
	f.Add("***", "")
	f.Add("*?*\xff", "\xff\xff")
	quote := strings.NewReplacer("*", "\x00*", "?", "\x00?")
	f.Fuzz(func(t *testing.T, pattern, text string) {
		got := Match(pattern, text)
		if other := wide(pattern, text); got != other {
			t.Errorf("%q fits %q: %t, and by places %t", pattern, text, got, other)
		}
		if got && !strings.HasSuffix(pattern, string(rune(Literal))) && !Match(pattern+"*", text+"x") || got && !Match("*"+pattern, "x"+text) {
			t.Errorf("%q fits %q, but not with a star and a letter", pattern, text)
		}
		if !Match("*", text) || !strings.Contains(text, "\x00") && !Match(quote.Replace(text), text) {
			t.Errorf("%q does not fit itself", text)
		}
	})
}
