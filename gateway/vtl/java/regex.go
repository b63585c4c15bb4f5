package java

import (
	"regexp"
	"strings"

	"maru.dev/maru/pattern/bounded"
	"maru.dev/maru/pattern/entire"
)

const (
	// maxPattern is how long a regular expression may be, in bytes, and how large
	// with its repetitions written out.
	maxPattern = 10_000
	// patternSteps is what reading a byte of a pattern counts for: a class of
	// Unicode's has some hundred ranges.
	patternSteps = 4
)

// pattern compiles a regular expression; matches tells that it has to match a text
// from beginning to end. Go's take time in proportion to their size to compile, and
// in proportion to that and the text's to match, which is what the steps are for.
func (u *Usage) pattern(source, text string, matches bool) (*regexp.Regexp, error) {
	if len(source) > maxPattern {
		return nil, Throw("A regular expression of more than %d characters", maxPattern)
	}
	if err := u.Spend(patternSteps * len(source)); err != nil {
		return nil, err
	}
	size, err := bounded.Size(source)
	if err != nil {
		return nil, unusable(err)
	}
	if size > maxPattern {
		return nil, Throw("A regular expression that may match more than %d characters, repetitions counted", maxPattern)
	}
	if err := u.Spend(size + (size/16+1)*(len(text)/8+1)); err != nil {
		return nil, err
	}
	compile := regexp.Compile
	if matches {
		compile = entire.Compile
	}
	compiled, err := compile(source)
	if err != nil {
		return nil, unusable(err)
	}
	return compiled, nil
}

// unusable tells why a text is no regular expression.
func unusable(err error) error { return Throw("The regular expression cannot be used: %v", err) }

// matches tells whether a pattern matches the whole of a text.
func (u *Usage) matches(s, source string) (any, error) {
	p, err := u.pattern(source, s, true)
	if err != nil {
		return nil, err
	}
	return p.MatchString(s), nil
}

// split cuts a text at what a pattern matches, into at most limit parts if that is
// positive; a limit of 0 leaves empty parts at the end out.
func (u *Usage) split(s, source string, limit int) (any, error) {
	p, err := u.pattern(source, s, false)
	if err != nil {
		return nil, err
	}
	l := &List{array: true}
	from := 0
	for _, m := range p.FindAllStringIndex(s, MaxItems) {
		if limit > 0 && len(l.Items) == limit-1 {
			break
		}
		if m[1] == 0 || m[0] == m[1] && m[0] == len(s) {
			continue // nothing before the text or after it
		}
		l.Items = append(l.Items, s[from:m[0]])
		from = m[1]
	}
	if len(l.Items) >= MaxItems {
		return nil, TooLong()
	}
	if from == 0 && len(l.Items) == 0 {
		l.Items = []any{s}
		return l, nil
	}
	l.Items = append(l.Items, s[from:])
	for n := len(l.Items); limit == 0 && n > 0 && l.Items[n-1] == ""; n = len(l.Items) {
		l.Items = l.Items[:n-1]
	}
	return l, nil
}

// replacePattern replaces the first n matches of a pattern, all if n is negative.
func (u *Usage) replacePattern(s, source, with string, n int) (any, error) {
	p, err := u.pattern(source, s, false)
	if err != nil {
		return nil, err
	}
	if n < 0 {
		n = MaxItems + 1
	}
	found := p.FindAllStringSubmatchIndex(s, n)
	if len(found) > MaxItems {
		return nil, Throw("A pattern matches more than %d times", MaxItems)
	}
	var b strings.Builder
	from := 0
	for _, m := range found {
		b.WriteString(s[from:m[0]])
		if err := replacement(&b, with, s, m); err != nil {
			return nil, err
		}
		if b.Len() > MaxText {
			return nil, TooLarge()
		}
		from = m[1]
	}
	b.WriteString(s[from:])
	return b.String(), u.Spend(b.Len() / 64)
}

// replacement writes what takes a match's place: a backslash takes the next
// character as it is, and $1 is a group.
func replacement(b *strings.Builder, with, s string, m []int) error {
	for i := 0; i < len(with); i++ {
		switch c := with[i]; c {
		case '\\':
			if i++; i == len(with) {
				return Throw("character to be escaped is missing")
			}
			b.WriteByte(with[i])
		case '$':
			if i++; i == len(with) || with[i] < '0' || with[i] > '9' {
				return Throw("Illegal group reference")
			}
			group := int(with[i] - '0')
			if 2*group >= len(m) {
				return Throw("No group %d", group)
			}
			for i+1 < len(with) && with[i+1] >= '0' && with[i+1] <= '9' { // as many digits as there are groups for
				more := group*10 + int(with[i+1]-'0')
				if 2*more >= len(m) {
					break
				}
				group = more
				i++
			}
			if m[2*group] >= 0 {
				b.WriteString(s[m[2*group]:m[2*group+1]])
			}
		default:
			b.WriteByte(c)
		}
	}
	return nil
}
