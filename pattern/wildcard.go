package pattern

import (
	"fmt"
	"strings"
)

// compileWildcard cuts the text at its stars. A backslash takes a star's or a
// backslash's meaning away, and may stand before nothing else.
func (t *test) compileWildcard() error {
	var piece strings.Builder
	for i := 0; i < len(t.text); i++ {
		switch c := t.text[i]; c {
		case '\\':
			if i+1 >= len(t.text) || t.text[i+1] != '*' && t.text[i+1] != '\\' {
				return fmt.Errorf("Invalid escape character at pos %d", i)
			}
			i++
			piece.WriteByte(t.text[i])
		case '*':
			if i+1 < len(t.text) && t.text[i+1] == '*' {
				return fmt.Errorf("Consecutive wildcard characters at pos %d", i)
			}
			t.pieces = append(t.pieces, piece.String())
			piece.Reset()
		default:
			piece.WriteByte(c)
		}
	}
	t.pieces = append(t.pieces, piece.String())
	return nil
}

// matchPieces tells whether s is the pieces with anything between them.
func matchPieces(s string, pieces []string) bool {
	last := pieces[len(pieces)-1]
	if len(pieces) == 1 {
		return s == last
	}
	rest, ok := strings.CutPrefix(s, pieces[0])
	if !ok {
		return false
	}
	for _, p := range pieces[1 : len(pieces)-1] {
		i := strings.Index(rest, p)
		if i < 0 {
			return false
		}
		rest = rest[i+len(p):]
	}
	return strings.HasSuffix(rest, last)
}
