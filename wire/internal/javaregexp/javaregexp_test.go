package javaregexp

import "testing"

func TestCompileReadsWhatJavaSpellsDifferently(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		pattern, text string
		want          bool
	}{
		"whole":      {`a|bc`, "abc", false},
		"unicode":    {`[\u00e9]+`, "éé", true},
		"possessive": {`a++b`, "aab", true},
		"end":        {`a\Z`, "a", true},
		"bracket":    {`[a[b]+`, "a[b", true},
		"repeat":     {`a{1,4000}`, "aaa", true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			re, err := Compile(tt.pattern)
			if err != nil {
				t.Fatal(err)
			}
			if got := re.MatchString(tt.text); got != tt.want {
				t.Errorf("%q against %q: %v", tt.text, re, got)
			}
		})
	}
	if _, err := Compile(`(?=x)`); err == nil {
		t.Error("a look-ahead has no translation")
	}
}

func FuzzCompile(f *testing.F) {
	f.Add(`[\u0009-\u00FF]++{1,4000}[a[b]\Z(?=x)`)
	f.Fuzz(func(_ *testing.T, pattern string) { _, _ = Compile(pattern) })
}
