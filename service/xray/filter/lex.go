package filter

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// The kinds of tokens.
const (
	end    = byte(0)
	word   = byte('w')
	quoted = byte('q')
	sign   = byte('s')
)

// token is a word, a string in quotes, or a sign.
type token struct {
	kind byte
	text string
	at   int
}

// split cuts an expression into tokens; the last is of kind end.
func split(s string) (out []token, err error) {
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c < 0x80 && unicode.IsSpace(rune(c)):
			i++
		case c == '"' || c == '\'':
			value, n, err := unquote(s[i:])
			if err != nil {
				return nil, fmt.Errorf("%w at position %d", err, i)
			}
			out = append(out, token{quoted, value, i})
			i += n
		case strings.IndexByte("!<>=(){}[],:", c) >= 0:
			n := 1
			if strings.IndexByte("!<>", c) >= 0 && strings.HasPrefix(s[i+1:], "=") {
				n = 2
			}
			out = append(out, token{sign, s[i : i+n], i})
			i += n
		case wordByte(c):
			n := 1
			for i+n < len(s) && wordByte(s[i+n]) {
				n++
			}
			out = append(out, token{word, s[i : i+n], i})
			i += n
		default:
			return nil, fmt.Errorf("unexpected character at position %d", i)
		}
	}
	return append(out, token{kind: end, at: len(s)}), nil
}

// wordByte tells whether a byte may be part of a word: a keyword, a number, or
// an annotation's key.
func wordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '.' || c == '-' || c == '+' ||
		c == '/' || c == '@'
}

// unquote reads a string in quotes, and tells how long it is. A backslash takes
// the next character as it is.
func unquote(s string) (value string, n int, err error) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		case s[i] == s[0]:
			return b.String(), i + 1, nil
		default:
			b.WriteByte(s[i])
		}
	}
	return "", 0, errors.New("a string does not end")
}
