// Package entire compiles regular expressions that have to match the whole of a
// text, as Java's matches does.
package entire

import (
	"regexp"

	"maru.dev/maru/pattern/bounded"
)

// Most is how large an expression may be, as bounded tells it.
const Most = 10_000

// Compile compiles an expression. It has to be one by itself: what closes a group
// that it has not opened does not end the one that is put around it here.
func Compile(expression string) (*regexp.Regexp, error) {
	if _, err := bounded.Check(expression, Most); err != nil {
		return nil, err
	}
	compiled, err := regexp.Compile(`\A(?:` + expression + `)\z`)
	if err != nil { // what \Q begins ends with the expression
		return regexp.Compile(`\A(?:` + expression + `\E)\z`)
	}
	return compiled, nil
}
