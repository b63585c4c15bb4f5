// Package entire compiles regular expressions that have to match the whole of a
// text, as Java's matches does.
package entire

import (
	"regexp"
	"regexp/syntax"
)

// Compile compiles an expression. It has to be one by itself: what closes a group
// that it has not opened does not end the one that is put around it here.
func Compile(expression string) (*regexp.Regexp, error) {
	if _, err := syntax.Parse(expression, syntax.Perl); err != nil {
		return nil, err
	}
	compiled, err := regexp.Compile(`\A(?:` + expression + `)\z`)
	if err != nil { // what \Q begins ends with the expression
		return regexp.Compile(`\A(?:` + expression + `\E)\z`)
	}
	return compiled, nil
}
