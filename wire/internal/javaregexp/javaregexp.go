// Package javaregexp reads the regular expressions of models, which are Java's.
package javaregexp

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// maxRepeat is the largest repeat count that RE2 takes.
const maxRepeat = 1000

// Compile translates a model's pattern, a Java regular expression that
// must match the whole value. Patterns with look-around or back references
// have no translation, and hold nothing.
func Compile(pattern string) (*regexp.Regexp, error) {
	re, err := regexp.Compile(`\A(?:` + javaToRE2(pattern) + `)\z`)
	if err != nil {
		return nil, fmt.Errorf("pattern %q: %w", pattern, err)
	}
	return re, nil
}

// javaToRE2 rewrites what Java spells differently: \uXXXX, possessive
// quantifiers (as a whole match never backs off into them, greedy ones accept
// no less), \Z, and an opening bracket inside of a class.
func javaToRE2(p string) string {
	var b strings.Builder
	class := 0 // position after the bracket that opened the class we are in
	for i := 0; i < len(p); i++ {
		switch c := p[i]; {
		case c == '\\' && i+5 < len(p) && p[i+1] == 'u':
			b.WriteString(`\x{` + p[i+2:i+6] + `}`)
			i += 5
		case c == '\\' && i+1 < len(p):
			i++
			if p[i] == 'Z' {
				b.WriteString(`\z`)
				continue
			}
			b.WriteString(p[i-1 : i+1])
		case class > 0 && c == '[' && !strings.HasPrefix(p[i:], "[:"):
			b.WriteString(`\[`)
		case class == 0 && c == '[':
			b.WriteByte(c)
			class = i + 1
			if i+1 < len(p) && p[i+1] == '^' {
				b.WriteByte('^')
				i++
				class = i + 1
			}
		case class > 0 && c == ']' && i > class-1:
			b.WriteByte(c)
			class = 0
		case class == 0 && c == '+' && i > 0 && strings.IndexByte("+*?}", p[i-1]) >= 0 && (i < 2 || p[i-2] != '\\'):
			// possessive
		case class == 0 && c == '{':
			n := boundedRepeat(p[i:], &b)
			i += n - 1
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// boundedRepeat writes the repeat count at the start of p, and returns its
// length. Counts past RE2's limit are dropped in favour of none: such patterns
// come with a length constraint that says the same.
func boundedRepeat(p string, b *strings.Builder) int {
	end := strings.IndexByte(p, '}')
	if end < 0 {
		b.WriteByte('{')
		return 1
	}
	low, high, ranged := strings.Cut(p[1:end], ",")
	lo, err := strconv.Atoi(strings.TrimSpace(low))
	if err != nil {
		b.WriteString(p[:end+1])
		return end + 1
	}
	hi, err := strconv.Atoi(strings.TrimSpace(high))
	switch {
	case lo > maxRepeat:
		b.WriteByte('+')
	case ranged && err == nil && hi > maxRepeat:
		b.WriteString("{" + strconv.Itoa(lo) + ",}")
	default:
		b.WriteString(p[:end+1])
	}
	return end + 1
}
