package syntax

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"maru.dev/maru/pattern/value"
	"maru.dev/maru/service/states/jsonata/fault"
)

// token is a piece of the source; its kind is that of the node it becomes.
type token struct {
	kind     Kind // Name, Variable, Operator, String, Number, Literal, Regex, End
	text     string
	value    any
	regexp   *Regexp
	position int // behind it
}

// is tells whether the token is an operator or bracket.
func (t token) is(operator string) bool { return t.kind == Operator && t.text == operator }

// stops are the characters that end a name and are operators by themselves.
const stops = ".[]{}(),@#;:?+-*/%|=<>^&!~"

// pairs are the operators of two characters.
var pairs = []string{"..", ":=", "!=", ">=", "<=", "**", "~>", "?:", "??"}

// lexer cuts the source into tokens.
type lexer struct {
	src    string
	pos    int
	strict bool // ?: and ?? are no operators
}

// isSpace tells what may stand between tokens.
func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\v' || c == '\r' }

// at returns the byte at a place, or 0.
func (l *lexer) at(i int) byte {
	if i < len(l.src) {
		return l.src[i]
	}
	return 0
}

// next returns the next token. Where an operator is expected, a slash is one and
// begins no regular expression.
func (l *lexer) next(operatorExpected bool) (token, error) {
	if err := l.skip(); err != nil {
		return token{}, err
	}
	if l.pos >= len(l.src) {
		return token{kind: End, text: "(end)", position: len(l.src)}, nil
	}
	c := l.src[l.pos]
	if c == '/' && !operatorExpected {
		return l.regex()
	}
	for _, p := range pairs {
		if strings.HasPrefix(l.src[l.pos:], p) && (c != '?' || !l.strict) {
			return l.operator(2), nil
		}
	}
	switch {
	case strings.IndexByte(stops, c) >= 0:
		return l.operator(1), nil
	case c == '"' || c == '\'':
		return l.quoted(c)
	case c >= '0' && c <= '9':
		return l.number()
	case c == '`':
		return l.backquoted()
	}
	return l.name(), nil
}

// skip passes white space and comments.
func (l *lexer) skip() error {
	for l.pos < len(l.src) {
		switch {
		case isSpace(l.src[l.pos]):
			l.pos++
		case l.src[l.pos] == '/' && l.at(l.pos+1) == '*':
			end := strings.Index(l.src[l.pos+2:], "*/")
			if end < 0 {
				return fault.At("S0106", "", l.pos)
			}
			l.pos += 2 + end + 2
		default:
			return nil
		}
	}
	return nil
}

// operator takes the next n bytes as an operator.
func (l *lexer) operator(n int) token {
	l.pos += n
	return token{kind: Operator, text: l.src[l.pos-n : l.pos], position: l.pos}
}

// quoted reads a string literal, which begins and ends with the quote.
func (l *lexer) quoted(quote byte) (token, error) {
	l.pos++
	var b strings.Builder
	for l.pos < len(l.src) {
		c := l.src[l.pos]
		switch c {
		case quote:
			l.pos++
			return token{kind: String, text: b.String(), value: b.String(), position: l.pos}, nil
		case '\\':
			if err := l.escape(&b); err != nil {
				return token{}, err
			}
		default:
			b.WriteByte(c)
			l.pos++
		}
	}
	return token{}, fault.At("S0101", "", l.pos)
}

// escape reads an escape sequence of a string.
func (l *lexer) escape(b *strings.Builder) error {
	l.pos++
	c := l.at(l.pos)
	if c == 'u' {
		return l.unicode(b)
	}
	const from, to = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
	i := strings.IndexByte(from, c)
	if i < 0 || c == 0 {
		r, size := utf8.DecodeRuneInString(l.src[min(l.pos, len(l.src)):])
		name := ""
		if size > 0 {
			name = string(r)
		}
		return fault.At("S0103", name, l.pos)
	}
	b.WriteByte(to[i])
	l.pos++
	return nil
}

// unicode reads what follows \u: four digits, or with a second escape the other
// half of a character beyond the first plane. A half alone is kept as the three
// bytes it would have.
func (l *lexer) unicode(b *strings.Builder) error {
	first, ok := l.hex(l.pos + 1)
	if !ok {
		return fault.At("S0104", "", l.pos)
	}
	l.pos += 5
	if utf16.IsSurrogate(first) && l.at(l.pos) == '\\' && l.at(l.pos+1) == 'u' {
		if second, ok := l.hex(l.pos + 2); ok {
			if r := utf16.DecodeRune(first, second); r != utf8.RuneError {
				b.WriteRune(r)
				l.pos += 6
				return nil
			}
		}
	}
	if utf16.IsSurrogate(first) {
		b.Write([]byte{0xE0 | byte(first>>12), 0x80 | byte(first>>6)&0x3F, 0x80 | byte(first)&0x3F})
		return nil
	}
	b.WriteRune(first)
	return nil
}

// hex reads four hexadecimal digits.
func (l *lexer) hex(from int) (rune, bool) {
	if from+4 > len(l.src) {
		return 0, false
	}
	n, err := strconv.ParseUint(l.src[from:from+4], 16, 32)
	return rune(n), err == nil
}

// number reads a number literal.
func (l *lexer) number() (token, error) {
	digits := func(i int) int {
		for l.at(i) >= '0' && l.at(i) <= '9' {
			i++
		}
		return i
	}
	start, end := l.pos, l.pos+1
	if l.src[l.pos] != '0' {
		end = digits(end)
	}
	if l.at(end) == '.' && digits(end+1) > end+1 {
		end = digits(end + 1)
	}
	if c := l.at(end); c == 'e' || c == 'E' {
		exponent := end + 1
		if c := l.at(exponent); c == '+' || c == '-' {
			exponent++
		}
		if digits(exponent) > exponent {
			end = digits(exponent)
		}
	}
	text := l.src[start:end]
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(f, 0) {
		return token{}, fault.At("S0102", text, start)
	}
	l.pos = end
	return token{kind: Number, text: text, value: value.FromFloat(f), position: end}, nil
}

// backquoted reads a name that is written between backquotes.
func (l *lexer) backquoted() (token, error) {
	end := strings.IndexByte(l.src[l.pos+1:], '`')
	if end < 0 {
		return token{}, fault.At("S0105", "", len(l.src))
	}
	name := l.src[l.pos+1 : l.pos+1+end]
	l.pos += end + 2
	return token{kind: Name, text: name, position: l.pos}, nil
}

// name reads a name, a variable, or a word with a meaning.
func (l *lexer) name() token {
	start := l.pos
	for l.pos < len(l.src) && !isSpace(l.src[l.pos]) && strings.IndexByte(stops, l.src[l.pos]) < 0 {
		l.pos++
	}
	t := token{kind: Name, text: l.src[start:l.pos], position: l.pos}
	switch t.text {
	case "and", "or", "in":
		t.kind = Operator
	case "true", "false":
		t.kind, t.value = Literal, t.text == "true"
	case "null":
		t.kind = Literal
	default:
		if t.text[0] == '$' {
			t.kind, t.text = Variable, t.text[1:]
		}
	}
	return t
}

// regex reads a regular expression between slashes, and its flags. A slash
// within brackets does not end it.
func (l *lexer) regex() (token, error) {
	l.pos++
	start, depth := l.pos, 0
	for ; l.pos < len(l.src); l.pos++ {
		c := l.src[l.pos]
		escaped := l.escaped(start)
		switch {
		case c == '/' && depth == 0 && !escaped:
			return l.flags(l.src[start:l.pos])
		case l.src[l.pos-1] == '\\':
		case c == '(' || c == '[' || c == '{':
			depth++
		case c == ')' || c == ']' || c == '}':
			depth--
		}
	}
	return token{}, fault.At("S0302", "", l.pos)
}

// escaped tells whether an odd number of backslashes stands before the place.
func (l *lexer) escaped(start int) bool {
	n := 0
	for i := l.pos - 1; i >= start && l.src[i] == '\\'; i-- {
		n++
	}
	return n%2 == 1
}

// flags reads the flags behind a pattern and compiles it.
func (l *lexer) flags(pattern string) (token, error) {
	if pattern == "" {
		return token{}, fault.At("S0301", "", l.pos)
	}
	l.pos++
	start := l.pos
	for l.at(l.pos) == 'i' || l.at(l.pos) == 'm' {
		l.pos++
	}
	re, err := compileRegexp(pattern, l.src[start:l.pos])
	if err != nil {
		e := fault.Of("S0303", err.Error())
		e.Position = l.pos
		return token{}, e
	}
	return token{kind: Regex, text: pattern, regexp: re, position: l.pos}, nil
}
