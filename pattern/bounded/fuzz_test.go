package bounded_test

import (
	"regexp/syntax"
	"strings"
	"testing"

	"maru.dev/maru/pattern/bounded"
)

// An expression that has room is a program of so few steps, whatever is in it.
func FuzzCompile(f *testing.F) {
	for _, text := range []string{
		"ERR[0-9]+", `(a*)*(a|aa)+$`, `[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`, "a{1000}", "(a?){1000}", "((a{0,30}){0,30}){0,1}x{900}y{900}", `(?:){1000}`, `(|a){500}`, `(?i)\pL{400}`,
		`((((a|b){3}|c){3}|d){3}|e){3}`, `(^|$){900}`, `((x{2}){2,}){2,}`, `a{0}`, `(a{1000}){0}`, `\Qa{9}`, `(?P<n>a){5,}`, strings.Repeat("(", 900) + strings.Repeat(")", 900), "(",
	} {
		f.Add(text, text)
	}
	f.Fuzz(func(t *testing.T, first, second string) {
		var room bounded.Room
		steps := 0
		for _, text := range []string{first, second} {
			before := room.Taken()
			if _, err := room.Compile(text); err != nil {
				return
			}
			if room.Taken() < before || room.Taken() > bounded.Most {
				t.Fatalf("%q takes %d after %d", text, room.Taken(), before)
			}
			parsed, err := syntax.Parse(text, syntax.Perl)
			if err != nil {
				t.Fatal(err)
			}
			program, err := syntax.Compile(parsed.Simplify())
			if err != nil {
				t.Fatal(err)
			}
			if steps += len(program.Inst); steps > 4*room.Taken()+8 {
				t.Fatalf("%q and %q take %d, and have %d steps", first, second, room.Taken(), steps)
			}
		}
	})
}
