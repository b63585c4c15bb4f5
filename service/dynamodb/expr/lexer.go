package expr

import "strings"

// kind is a token's sort.
type kind uint8

// The sorts of token. Punctuation is its own text.
const (
	eof kind = iota
	word
	nameRef  // #name
	valueRef // :value
	integer
	punctuation
)

// token is a piece of an expression, and where it is.
type token struct {
	kind       kind
	text       string
	start, end int
}

// is tells whether t is the punctuation p.
func (t token) is(p string) bool { return t.kind == punctuation && t.text == p }

// keyword tells whether t is the keyword k (in capitals), in any case.
func (t token) keyword(k string) bool {
	return t.kind == word && len(t.text) == len(k) && strings.EqualFold(t.text, k)
}

// letter, digit and blank are the character classes of the language.
func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' }
func digit(c byte) bool  { return c >= '0' && c <= '9' }
func blank(c byte) bool  { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// lex cuts text into tokens, the last one eof. A character that starts no
// token is one by itself, of which the parser then complains.
func lex(text string) []token {
	tokens := make([]token, 0, len(text)/3+2)
	for i := 0; ; {
		for i < len(text) && blank(text[i]) {
			i++
		}
		if i == len(text) {
			return append(tokens, token{kind: eof, text: "<EOF>", start: i, end: i})
		}
		k, end := lexOne(text, i)
		tokens = append(tokens, token{k, text[i:end], i, end})
		i = end
	}
}

// lexOne returns the sort and the end of the token that starts at i.
func lexOne(text string, i int) (kind, int) {
	run := func(from int, in func(byte) bool) int {
		for from < len(text) && in(text[from]) {
			from++
		}
		return from
	}
	inName := func(c byte) bool { return letter(c) || digit(c) }
	switch c := text[i]; {
	case letter(c):
		return word, run(i, inName)
	case digit(c):
		return integer, run(i, digit)
	case c == '#' || c == ':':
		end := run(i+1, inName)
		switch {
		case end == i+1:
			return punctuation, end
		case c == '#':
			return nameRef, end
		}
		return valueRef, end
	case strings.HasPrefix(text[i:], "<>"), strings.HasPrefix(text[i:], "<="), strings.HasPrefix(text[i:], ">="):
		return punctuation, i + 2
	}
	return punctuation, i + 1
}
