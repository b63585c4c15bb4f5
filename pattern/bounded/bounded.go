// Package bounded compiles regular expressions that users write. Compiling one takes
// time and room that grow with its size, and matching takes time that grows with the
// text's as well. Repetitions make a size of a million from a few characters: it is
// bounded here.
package bounded

import (
	"fmt"
	"regexp"
	"regexp/syntax"
)

// Most is how large the expressions in a Room may be together.
const Most = 1000

// Room is what the expressions of one pattern or query, which is looked for in as much
// text as a log has, have taken of Most.
type Room struct{ taken int }

// Taken is how large the expressions are so far.
func (r *Room) Taken() int { return r.taken }

// Compile compiles one more expression.
func (r *Room) Compile(text string) (*regexp.Regexp, error) {
	n, err := Size(text)
	if err != nil {
		return nil, err
	}
	if r.taken += n; r.taken > Most {
		return nil, tooLarge(Most)
	}
	return regexp.Compile(text)
}

// Compile compiles an expression that is at most so large.
func Compile(text string, most int) (*regexp.Regexp, error) {
	if _, err := Check(text, most); err != nil {
		return nil, err
	}
	return regexp.Compile(text)
}

// Check tells how large an expression is, or why it cannot be compiled: it is none,
// or larger than most.
func Check(text string, most int) (size int, err error) {
	if size, err = Size(text); err == nil && size > most {
		err = tooLarge(most)
	}
	return size, err
}

// tooLarge refuses what is larger than most.
func tooLarge(most int) error {
	return fmt.Errorf("regular expressions are too large: they may match %d characters and classes of them, and repetitions count", most)
}

// Size is how large an expression is: the characters and classes of them that it may
// match, each as often as it may be repeated. The program that it compiles to has at
// most a few steps for each.
func Size(text string) (int, error) {
	parsed, err := syntax.Parse(text, syntax.Perl) // it bounds how deep expressions and how large repetitions within each other are
	if err != nil {
		return 0, err
	}
	return size(parsed), nil
}

// size is how many steps an expression has once its repetitions are written out.
func size(re *syntax.Regexp) int {
	n := 1
	if re.Op == syntax.OpLiteral {
		n = len(re.Rune)
	}
	for _, sub := range re.Sub {
		n += size(sub)
	}
	if re.Op == syntax.OpRepeat {
		n = (n - 1) * max(re.Min, re.Max, 1)
	}
	return n
}
