package insights

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// SyntaxError tells what is wrong with a query, and where: as offsets of
// characters.
type SyntaxError struct {
	Start, End int
	Message    string
}

// Error implements error.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s ([%d,%d])", e.Message, e.Start, e.End)
}

// tokenKind tells what a token is.
type tokenKind uint8

const (
	end tokenKind = iota
	word
	quoted // a field in backticks
	literal
	numeral
	period // a number with a unit of time
	regex
	sign
)

// token is one word or sign of a query.
type token struct {
	kind       tokenKind
	text       string // without quotes
	start, end int    // bytes
}

// lexer cuts a query into tokens. A slash begins a regular expression where the
// parser expects a value, so it asks for it.
type lexer struct {
	text string
	at   int
}

// space skips blanks and comments.
func (l *lexer) space() {
	for l.at < len(l.text) {
		switch c := l.text[l.at]; {
		case c == '#':
			if i := strings.IndexByte(l.text[l.at:], '\n'); i >= 0 {
				l.at += i
			} else {
				l.at = len(l.text)
			}
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			l.at++
		case c == 0xc2 && strings.HasPrefix(l.text[l.at:], "\u00a0"):
			l.at += 2
		default:
			return
		}
	}
}

func isWordStart(r rune) bool { return r == '_' || r == '@' || r == '$' || unicode.IsLetter(r) }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// next reads the token at l.at. value says that one is expected.
func (l *lexer) next(value bool) (token, error) {
	l.space()
	t := token{start: l.at, end: l.at}
	if l.at == len(l.text) {
		return t, nil
	}
	c := l.text[l.at]
	r, _ := utf8.DecodeRuneInString(l.text[l.at:])
	var err error
	switch {
	case c == '"' || c == '\'':
		t.kind = literal
		t.text, err = l.quotedText(c)
	case c == '`' || isWordStart(r):
		t.kind, t.text, err = l.name()
	case isDigit(c) || c == '.' && l.at+1 < len(l.text) && isDigit(l.text[l.at+1]):
		t.kind, t.text = l.numeral()
	case c == '/' && value:
		t.kind = regex
		t.text, err = l.regularExpression()
	default:
		t.kind, t.text = sign, l.sign()
	}
	t.end = l.at
	return t, err
}

// signs are those of two characters.
func signs() []string { return []string{"!=", "<=", ">=", "=~", "==", "<>"} }

func (l *lexer) sign() string {
	rest := l.text[l.at:]
	for _, s := range signs() {
		if strings.HasPrefix(rest, s) {
			l.at += 2
			return s
		}
	}
	_, n := utf8.DecodeRuneInString(rest)
	l.at += n
	return rest[:n]
}

func (l *lexer) fail(start int, message string) error {
	return &SyntaxError{start, len(l.text), message}
}

// quotedText reads text in quotes, in which a backslash escapes the quote and
// itself.
func (l *lexer) quotedText(quote byte) (string, error) {
	start := l.at
	var b strings.Builder
	for i := l.at + 1; i < len(l.text); i++ {
		switch c := l.text[i]; {
		case c == quote:
			l.at = i + 1
			return b.String(), nil
		case c == '\\' && i+1 < len(l.text):
			i++
			switch e := l.text[i]; e {
			case 'n':
				b.WriteByte('\n')
			case 't':
				b.WriteByte('\t')
			case 'r':
				b.WriteByte('\r')
			case '\\', '"', '\'', '`', '/':
				b.WriteByte(e)
			default:
				b.WriteByte('\\')
				b.WriteByte(e)
			}
		default:
			b.WriteByte(c)
		}
	}
	return "", l.fail(start, "unterminated string literal")
}

// regularExpression reads "/…/", in which a backslash escapes a slash.
func (l *lexer) regularExpression() (string, error) {
	start := l.at
	var b strings.Builder
	for i := l.at + 1; i < len(l.text); i++ {
		switch c := l.text[i]; {
		case c == '/':
			l.at = i + 1
			return b.String(), nil
		case c == '\\' && i+1 < len(l.text):
			i++
			if l.text[i] != '/' {
				b.WriteByte('\\')
			}
			b.WriteByte(l.text[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", l.fail(start, "unterminated regular expression")
}

// name reads a field's name or a word: letters, digits, _, @, $ and dots, with
// parts in backticks and indexes in brackets.
func (l *lexer) name() (tokenKind, string, error) {
	start, kind := l.at, word
	var b strings.Builder
	for l.at < len(l.text) {
		r, n := utf8.DecodeRuneInString(l.text[l.at:])
		switch {
		case r == '`':
			end := strings.IndexByte(l.text[l.at+1:], '`')
			if end < 0 {
				return kind, "", l.fail(start, "unterminated quoted field name")
			}
			if end == 0 {
				return kind, "", l.fail(start, "empty field name")
			}
			kind = quoted
			b.WriteString(l.text[l.at+1 : l.at+1+end])
			l.at += end + 2
		case isWordStart(r) || unicode.IsDigit(r) || r == '.':
			b.WriteString(l.text[l.at : l.at+n])
			l.at += n
		case r == '[' && b.Len() > 0 && !strings.EqualFold(b.String(), "in"):
			n := 1
			for l.at+n < len(l.text) && isDigit(l.text[l.at+n]) {
				n++
			}
			if n == 1 || l.at+n == len(l.text) || l.text[l.at+n] != ']' {
				return kind, b.String(), nil
			}
			b.WriteString("." + l.text[l.at+1:l.at+n])
			l.at += n + 1
		default:
			return kind, b.String(), nil
		}
	}
	return kind, b.String(), nil
}

// numeral reads a number, or one with a unit of time behind it.
func (l *lexer) numeral() (tokenKind, string) {
	start := l.at
	digits := func() {
		for l.at < len(l.text) && isDigit(l.text[l.at]) {
			l.at++
		}
	}
	digits()
	if l.at+1 < len(l.text) && l.text[l.at] == '.' && isDigit(l.text[l.at+1]) {
		l.at++
		digits()
	}
	unit := l.at
	for l.at < len(l.text) && unicode.IsLetter(rune(l.text[l.at])) {
		l.at++
	}
	if l.at == unit {
		return numeral, l.text[start:l.at]
	}
	if e := strings.ToLower(l.text[unit:l.at]); e == "e" {
		if l.at < len(l.text) && (l.text[l.at] == '-' || l.text[l.at] == '+') {
			l.at++
		}
		digits()
		return numeral, l.text[start:l.at]
	}
	return period, l.text[start:l.at]
}
