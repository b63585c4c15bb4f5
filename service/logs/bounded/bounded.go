// Package bounded compiles the regular expressions of filter patterns and queries.
// They are looked for in as much text as a log has, in time that grows with their
// size, which a few characters make a million: it is bounded here.
package bounded

import (
	"fmt"
	"regexp"
	"regexp/syntax"
)

// Most is how large the expressions of one pattern or query may be together, in
// characters and classes of them, each as often as it may be repeated.
const Most = 1000

// Room is what a pattern's or query's expressions have taken of Most.
type Room struct{ taken int }

// Taken is how large the expressions are so far.
func (r *Room) Taken() int { return r.taken }

// Compile compiles one more expression.
func (r *Room) Compile(text string) (*regexp.Regexp, error) {
	parsed, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, err
	}
	if r.taken += size(parsed); r.taken > Most {
		return nil, fmt.Errorf("regular expressions are too large: they may match %d characters and classes of them, and repetitions count", Most)
	}
	return regexp.Compile(text)
}

// size is how many steps an expression has once its repetitions are written out.
// It counts no further than what is too many.
func size(re *syntax.Regexp) int {
	n := 1
	if re.Op == syntax.OpLiteral {
		n = len(re.Rune)
	}
	for _, sub := range re.Sub {
		n = min(n+size(sub), Most+1)
	}
	if re.Op == syntax.OpRepeat {
		n = (n - 1) * max(re.Min, re.Max, 1)
	}
	return min(n, Most+1)
}
