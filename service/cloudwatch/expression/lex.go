package expression

import (
	"fmt"
	"strings"
)

// MaxLength is how long an expression may be.
const MaxLength = 2048

// class is what a token is.
type class uint8

const (
	end class = iota
	number
	word
	quoted
	operator
)

// token is a piece of an expression and where it begins.
type token struct {
	class class
	text  string
	at    int
}

// operators are those of two characters, which go before those of one.
var operators = []string{"==", "!=", "<=", ">=", "&&", "||"}

// lex takes an expression apart.
func lex(s string) ([]token, error) {
	var out []token
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
		case digit(c) || c == '.' && i+1 < len(s) && digit(s[i+1]):
			n := numberEnd(s, i)
			out = append(out, token{number, s[i:n], i})
			i = n
		case letter(c):
			n := i
			for n < len(s) && (letter(s[n]) || digit(s[n])) {
				n++
			}
			out = append(out, token{word, s[i:n], i})
			i = n
		case c == '\'' || c == '"':
			text, n, err := unquote(s, i)
			if err != nil {
				return nil, err
			}
			out = append(out, token{quoted, text, i})
			i = n
		default:
			op := sign(s[i:])
			if op == "" {
				return nil, &Error{fmt.Sprintf("Unexpected character '%c' at position %d", c, i)}
			}
			out = append(out, token{operator, op, i})
			i += len(op)
		}
	}
	return append(out, token{class: end, at: len(s)}), nil
}

// sign is the operator that s begins with, or "".
func sign(s string) string {
	for _, op := range operators {
		if strings.HasPrefix(s, op) {
			return op
		}
	}
	if strings.IndexByte("+-*/^<>()[],", s[0]) >= 0 {
		return s[:1]
	}
	return ""
}

// numberEnd is where the number at i ends: digits, a fraction, an exponent.
func numberEnd(s string, i int) int {
	for i < len(s) && (digit(s[i]) || s[i] == '.') {
		i++
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		n := i + 1
		if n < len(s) && (s[n] == '+' || s[n] == '-') {
			n++
		}
		if n < len(s) && digit(s[n]) {
			for i = n; i < len(s) && digit(s[i]); {
				i++
			}
		}
	}
	return i
}

// unquote reads the text at i. A backslash keeps the text's own quote from
// ending it; before anything else it is an ordinary character.
func unquote(s string, i int) (text string, next int, err error) {
	quote := s[i]
	var b strings.Builder
	for n := i + 1; n < len(s); n++ {
		switch {
		case s[n] == quote:
			return b.String(), n + 1, nil
		case s[n] == '\\' && n+1 < len(s) && s[n+1] == quote:
			n++
			b.WriteByte(quote)
		case s[n] == '\\' && n+1 < len(s) && s[n+1] == '\\':
			n++
			b.WriteString(`\\`)
		default:
			b.WriteByte(s[n])
		}
	}
	return "", 0, &Error{fmt.Sprintf("Unterminated string at position %d", i)}
}

// digit and letter are those that names and numbers are made of.
func digit(c byte) bool  { return c >= '0' && c <= '9' }
func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' }
