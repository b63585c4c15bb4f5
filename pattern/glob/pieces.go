package glob

import (
	"fmt"
	"strings"
)

// Cut cuts a pattern at its stars. A backslash takes a star's or a backslash's
// meaning away, and may stand before nothing else; no two stars follow each other.
// The errors say so in the words of EventBridge and SNS.
func Cut(pattern string) (pieces []string, err error) {
	var piece strings.Builder
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; c {
		case '\\':
			if i+1 >= len(pattern) || pattern[i+1] != '*' && pattern[i+1] != '\\' {
				return nil, fmt.Errorf("Invalid escape character at pos %d", i)
			}
			i++
			piece.WriteByte(pattern[i])
		case '*':
			if i+1 < len(pattern) && pattern[i+1] == '*' {
				return nil, fmt.Errorf("Consecutive wildcard characters at pos %d", i)
			}
			pieces = append(pieces, piece.String())
			piece.Reset()
		default:
			piece.WriteByte(c)
		}
	}
	return append(pieces, piece.String()), nil
}

// Pieces tells whether text is the pieces, of which there is one at least, with
// anything between them. Taking each at its first place is enough, so there is no
// going back.
func Pieces(pieces []string, text string) bool {
	last := len(pieces) - 1
	if last == 0 {
		return text == pieces[0]
	}
	text, ok := strings.CutPrefix(text, pieces[0])
	for _, p := range pieces[1:last] {
		if !ok {
			return false
		}
		_, text, ok = strings.Cut(text, p)
	}
	return ok && strings.HasSuffix(text, pieces[last])
}
