package value

import "unicode/utf8"

// Size returns how many bytes a value's JSON text has, near enough not to be
// below it, and false for what is no JSON value. It stops at the limit.
func Size(v any, limit int) (int, bool) {
	switch v := v.(type) {
	case nil, bool:
		return 5, true
	case int64:
		return 20, true
	case float64:
		return 25, true
	case string:
		return stringSize(v), true
	case []any:
		n := 2
		for _, e := range v {
			size, ok := Size(e, limit-n)
			if n += size + 1; !ok || n > limit {
				return n, ok
			}
		}
		return n, true
	case *Object:
		n := 2
		for name, m := range v.All() {
			size, ok := Size(m, limit-n)
			if n += stringSize(name) + size + 2; !ok || n > limit {
				return n, ok
			}
		}
		return n, true
	}
	return 0, false
}

// stringSize returns how many bytes a string's JSON text has.
func stringSize(s string) int {
	n := len(s) + 2
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			n++
		case c < 0x20:
			n += 5
		case c >= utf8.RuneSelf:
			// counted as it is; bytes that are no UTF-8 become a character of three
		}
	}
	if !utf8.ValidString(s) {
		n += 2 * len(s)
	}
	return n
}
