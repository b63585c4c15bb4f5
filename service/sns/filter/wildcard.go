package filter

import "strings"

// wildcard reads a pattern in which * stands for any text, and \* and \\ for
// themselves.
func wildcard(p string) (func(string) bool, error) {
	var (
		parts []string // the literal texts around the stars
		part  strings.Builder
		star  bool // the last character was a star
	)
	for i := 0; i < len(p); i++ {
		switch c := p[i]; {
		case c == '\\':
			i++
			if i == len(p) || p[i] != '*' && p[i] != '\\' {
				return nil, fail("Invalid escape character at pos %d", i-1)
			}
			part.WriteByte(p[i])
			star = false
		case c == '*' && star:
			return nil, fail("Consecutive wildcard characters at pos %d", i-1)
		case c == '*':
			parts = append(parts, part.String())
			part.Reset()
			star = true
		default:
			part.WriteByte(c)
			star = false
		}
	}
	parts = append(parts, part.String())
	return func(s string) bool { return glob(parts, s) }, nil
}

// glob tells whether s is the parts with any text between them. Taking each
// part at its first place is enough, so there is no going back.
func glob(parts []string, s string) bool {
	if len(parts) == 1 {
		return s == parts[0]
	}
	first, last := parts[0], parts[len(parts)-1]
	if len(s) < len(first)+len(last) || !strings.HasPrefix(s, first) || !strings.HasSuffix(s, last) {
		return false
	}
	s = s[len(first) : len(s)-len(last)]
	for _, part := range parts[1 : len(parts)-1] {
		_, after, found := strings.Cut(s, part)
		if !found {
			return false
		}
		s = after
	}
	return true
}
