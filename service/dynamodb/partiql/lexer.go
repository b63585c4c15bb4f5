package partiql

import "strings"

// kind is a token's sort.
type kind uint8

// The sorts of token. Punctuation is its own text.
const (
	eof kind = iota
	word
	quoted // "name"
	text   // 'text'
	digits // a number
	punctuation
)

// token is a piece of a statement. The text of a quoted one is what it stands for.
type token struct {
	kind kind
	text string
	at   int // where it begins
}

// is tells whether t is the punctuation p.
func (t token) is(p string) bool { return t.kind == punctuation && t.text == p }

// keyword tells whether t is the keyword k, in any case.
func (t token) keyword(k string) bool { return t.kind == word && strings.EqualFold(t.text, k) }

// pairs are the signs of two characters.
var pairs = [...]string{"<<", ">>", "<=", ">=", "<>", "!="}

// lex cuts a statement into tokens, the last one eof.
func lex(in string) ([]token, error) {
	tokens := make([]token, 0, len(in)/3+2)
	for i := 0; ; {
		for i < len(in) && strings.IndexByte(" \t\r\n", in[i]) >= 0 {
			i++
		}
		if i == len(in) {
			return append(tokens, token{kind: eof, text: "end of statement", at: i}), nil
		}
		t, end, err := lexOne(in, i)
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, t)
		i = end
	}
}

// lexOne reads the token that starts at i, and returns where it ends.
func lexOne(in string, i int) (token, int, error) {
	c := in[i]
	switch {
	case letter(c):
		end := span(in, i, func(c byte) bool { return letter(c) || digit(c) })
		return token{word, in[i:end], i}, end, nil
	case digit(c) || c == '.' && i+1 < len(in) && digit(in[i+1]):
		end := numberEnd(in, i)
		return token{digits, in[i:end], i}, end, nil
	case c == '"' || c == '\'':
		return lexQuoted(in, i)
	}
	for _, p := range pairs {
		if strings.HasPrefix(in[i:], p) {
			return token{punctuation, p, i}, i + 2, nil
		}
	}
	if strings.IndexByte("()[]{},.:=<>+-*?;", c) < 0 {
		return token{}, 0, malformed("unexpected character at %d", i)
	}
	return token{punctuation, in[i : i+1], i}, i + 1, nil
}

// lexQuoted reads a name or a text in quotes, which stand for themselves when
// they are doubled.
func lexQuoted(in string, i int) (token, int, error) {
	quote, k := in[i], text
	if quote == '"' {
		k = quoted
	}
	var b strings.Builder
	for at := i + 1; at < len(in); at++ {
		if in[at] == quote {
			if at+1 == len(in) || in[at+1] != quote {
				return token{k, b.String(), i}, at + 1, nil
			}
			at++
		}
		b.WriteByte(in[at])
	}
	return token{}, 0, malformed("the quote at %d is not closed", i)
}

// numberEnd returns where the number at i ends.
func numberEnd(in string, i int) int {
	end := span(in, i, digit)
	if end < len(in) && in[end] == '.' {
		end = span(in, end+1, digit)
	}
	if end < len(in) && in[end]|0x20 == 'e' {
		from := end + 1
		if from < len(in) && (in[from] == '+' || in[from] == '-') {
			from++
		}
		if after := span(in, from, digit); after > from {
			end = after
		}
	}
	return end
}

// span returns the end of the run of characters from i on that are in a class.
func span(in string, i int, class func(byte) bool) int {
	for i < len(in) && class(in[i]) {
		i++
	}
	return i
}

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || c == '$' || c == '#' }
func digit(c byte) bool  { return c >= '0' && c <= '9' }
