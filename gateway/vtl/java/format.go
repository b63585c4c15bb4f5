package java

import (
	"fmt"
	"math"
	"strings"
)

// invokeStatic calls a static method of Java's String.
func invokeStatic(name string, args []any) (any, error) {
	switch {
	case name == "valueOf" && len(args) == 1:
		return text(args[0]), nil
	case name == "join" && len(args) > 1 && isText(args[0]):
		parts := args[1:]
		if l, ok := args[1].(*List); ok && len(args) == 2 {
			parts = l.Items
		}
		words := make([]string, len(parts))
		size := 0
		for i, p := range parts {
			words[i] = text(p)
			if size += len(words[i]) + len(args[0].(string)); size > MaxText {
				return nil, TooLarge()
			}
		}
		return strings.Join(words, args[0].(string)), nil
	case name == "format" && len(args) > 0 && isText(args[0]):
		return formatted(args[0].(string), args[1:])
	}
	return nil, ErrNoMethod
}

// formatted is Java's String.format().
func formatted(layout string, args []any) (any, error) {
	var b strings.Builder
	next := 0
	for layout != "" {
		before, rest, found := strings.Cut(layout, "%")
		b.WriteString(before)
		if !found {
			break
		}
		end := strings.IndexFunc(rest, func(c rune) bool { return c == '%' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' })
		if end < 0 {
			return nil, Throw("Conversion = '%%'")
		}
		flags, verb := rest[:end], rest[end]
		layout = rest[end+1:]
		switch verb {
		case '%':
			b.WriteByte('%')
			continue
		case 'n':
			b.WriteByte('\n')
			continue
		}
		if next >= len(args) {
			return nil, Throw("Format specifier '%%%s%c'", flags, verb)
		}
		shown, err := formattedOne(flags, verb, args[next])
		if err != nil {
			return nil, err
		}
		next++
		if b.WriteString(shown); b.Len() > MaxText {
			return nil, TooLarge()
		}
	}
	return b.String(), nil
}

// formattedOne shows one argument.
func formattedOne(flags string, verb byte, arg any) (string, error) {
	grouped := strings.Contains(flags, ",")
	flags = strings.ReplaceAll(flags, ",", "")
	if strings.Trim(flags, "-+ 0123456789.#(") != "" || len(flags) > 7 {
		return "", Throw("Format specifier '%%%s%c'", flags, verb)
	}
	upper := verb >= 'A' && verb <= 'Z'
	lower := verb | 0x20
	var shown string
	switch n, isWhole := arg.(int64); {
	case lower == 's':
		shown = fmt.Sprintf("%"+flags+"s", text(arg))
	case lower == 'b':
		shown = fmt.Sprintf("%"+flags+"t", arg != nil && arg != false)
	case verb == 'd' && isWhole:
		shown = fmt.Sprintf("%"+flags+"d", n)
	case (lower == 'x' || verb == 'o') && isWhole:
		if n < 0 && n >= math.MinInt32 {
			n &= math.MaxUint32 // as Java shows an int
		}
		shown = fmt.Sprintf("%"+flags+string(lower), uint64(n))
	case verb == 'c' && isText(arg) && javaLength(arg.(string)) == 1:
		shown = fmt.Sprintf("%"+flags+"s", arg)
	case verb == 'f' || lower == 'e' || lower == 'g':
		f, isFloat := arg.(float64)
		if !isFloat {
			return "", Throw("%c != java.lang.%T", verb, arg)
		}
		shown = fmt.Sprintf("%"+flags+string(lower), f)
	default:
		return "", Throw("Conversion = '%c'", verb)
	}
	if grouped {
		shown = thousands(shown)
	}
	if upper {
		shown = strings.ToUpper(shown)
	}
	return shown, nil
}

// thousands puts commas between the digits of a number.
func thousands(s string) string {
	from := strings.IndexAny(s, "0123456789")
	if from < 0 {
		return s
	}
	to := from
	for to < len(s) && s[to] >= '0' && s[to] <= '9' {
		to++
	}
	var b strings.Builder
	b.WriteString(s[:from])
	for i := from; i < to; i++ {
		if i > from && (to-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteByte(s[i])
	}
	b.WriteString(s[to:])
	return b.String()
}
