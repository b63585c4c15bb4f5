package sam

import (
	"crypto/sha1" // SAM's logical ids are made with it
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"unicode/utf16"
)

// suffix is what SAM appends to a logical id that must change with data: the
// start of a hash over its compact JSON.
func suffix(data any) string { return digest(data)[:10] }

// digest is the hash that suffix is the start of.
func digest(data any) string {
	var b strings.Builder
	if s, ok := data.(string); ok {
		b.WriteString(s)
	} else {
		compact(&b, data)
	}
	sum := sha1.Sum([]byte(b.String()))
	return hex.EncodeToString(sum[:])
}

// compact writes JSON with sorted members, without spaces, in ASCII.
func compact(b *strings.Builder, v any) {
	switch v := v.(type) {
	case nil:
		b.WriteString("null")
	case bool:
		if v {
			b.WriteString("true")
		} else {
			b.WriteString("false")
		}
	case string:
		quote(b, v)
	case json.Number:
		b.WriteString(v.String())
	case []any:
		b.WriteByte('[')
		for i, e := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			compact(b, e)
		}
		b.WriteByte(']')
	case map[string]any:
		b.WriteByte('{')
		for i, k := range slices.Sorted(maps.Keys(v)) {
			if i > 0 {
				b.WriteByte(',')
			}
			quote(b, k)
			b.WriteByte(':')
			compact(b, v[k])
		}
		b.WriteByte('}')
	}
}

// quote writes a JSON string in ASCII.
func quote(b *strings.Builder, s string) {
	const digits = "0123456789abcdef"
	escape := func(c uint16) {
		b.WriteString(`\u`)
		for shift := 12; shift >= 0; shift -= 4 {
			b.WriteByte(digits[c>>shift&15])
		}
	}
	b.WriteByte('"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteRune(c)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\r':
			b.WriteString(`\r`)
		case c == '\t':
			b.WriteString(`\t`)
		case c == '\b':
			b.WriteString(`\b`)
		case c == '\f':
			b.WriteString(`\f`)
		case c >= 0x20 && c < 0x7f:
			b.WriteRune(c)
		case c < 0x10000:
			escape(uint16(c))
		default:
			hi, lo := utf16.EncodeRune(c)
			escape(uint16(hi))
			escape(uint16(lo))
		}
	}
	b.WriteByte('"')
}

// alphanumeric drops what a logical id cannot hold.
func alphanumeric(s string) string {
	return strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' {
			return c
		}
		return -1
	}, s)
}
