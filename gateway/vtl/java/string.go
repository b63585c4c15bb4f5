package java

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// ascii tells whether a text has one byte, and one of Java's chars, a character.
func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// javaLength is the length of a text in Java's chars.
func javaLength(s string) int {
	n := len(s)
	if !ascii(s) {
		n = 0
		for _, c := range s {
			n += utf16.RuneLen(c)
		}
	}
	return n
}

// javaPart returns the chars of a text from one place up to another.
func javaPart(s string, from, to int) string {
	if ascii(s) {
		return s[from:to]
	}
	return string(utf16.Decode(utf16.Encode([]rune(s))[from:to]))
}

// invokeText calls a string's method.
func (u *Usage) invokeText(s, name string, args []any) (any, error) {
	if err := u.Weigh(s); err != nil {
		return nil, err
	}
	if name == "format" || name == "join" || name == "valueOf" {
		return invokeStatic(name, args)
	}
	switch {
	case len(args) == 0:
		return invokeTextAlone(s, name)
	case texts(args, 1):
		return u.invokeTextWith(s, name, args[0].(string))
	case texts(args, 2):
		return u.invokeTextReplace(s, name, args[0].(string), args[1].(string))
	}
	if arg, ok := args[0].(string); ok {
		if n, ok := whole(args, 1); ok && len(args) == 2 {
			return u.invokeTextFrom(s, name, arg, n)
		}
		return nil, ErrNoMethod
	}
	return invokeTextPart(s, name, args)
}

// invokeTextAlone calls a method without arguments.
func invokeTextAlone(s, name string) (any, error) {
	switch name {
	case "length":
		return int64(javaLength(s)), nil
	case "isEmpty":
		return s == "", nil
	case "isBlank":
		return strings.TrimSpace(s) == "", nil
	case "toLowerCase":
		return strings.ToLower(s), nil
	case "toUpperCase":
		return strings.ToUpper(s), nil
	case "trim":
		return strings.TrimFunc(s, func(c rune) bool { return c <= ' ' }), nil
	case "strip":
		return strings.TrimSpace(s), nil
	case "intern":
		return s, nil
	case "hashCode":
		var h int32
		for _, c := range utf16.Encode([]rune(s)) {
			h = 31*h + int32(c)
		}
		return int64(h), nil
	case "toCharArray":
		if len(s) > MaxItems {
			return nil, TooLong()
		}
		l := &List{array: true}
		for _, c := range s {
			l.Items = append(l.Items, string(c))
		}
		return l, nil
	case "getBytes":
		if len(s) > MaxItems {
			return nil, TooLong()
		}
		l := &List{array: true, Items: make([]any, len(s))}
		for i := range len(s) {
			l.Items[i] = int64(int8(s[i]))
		}
		return l, nil
	}
	return nil, ErrNoMethod
}

// invokeTextWith calls a method with a text.
func (u *Usage) invokeTextWith(s, name, arg string) (any, error) {
	switch name {
	case "contains":
		return strings.Contains(s, arg), nil
	case "startsWith":
		return strings.HasPrefix(s, arg), nil
	case "endsWith":
		return strings.HasSuffix(s, arg), nil
	case "equalsIgnoreCase":
		return strings.EqualFold(s, arg), nil
	case "contentEquals":
		return s == arg, nil
	case "concat":
		return u.Concat(s, arg)
	case "indexOf":
		return javaIndex(s, strings.Index(s, arg)), nil
	case "lastIndexOf":
		return javaIndex(s, strings.LastIndex(s, arg)), nil
	case "compareTo":
		return javaCompare(s, arg), nil
	case "compareToIgnoreCase":
		return javaCompare(strings.ToLower(s), strings.ToLower(arg)), nil
	case "matches":
		return u.matches(s, arg)
	case "split":
		return u.split(s, arg, 0)
	}
	return nil, ErrNoMethod
}

// invokeTextReplace calls a method with two texts.
func (u *Usage) invokeTextReplace(s, name, old, with string) (any, error) {
	switch name {
	case "replace":
		n := len(s) + strings.Count(s, old)*(len(with)-len(old))
		if n > MaxText {
			return nil, TooLarge()
		}
		return strings.ReplaceAll(s, old, with), u.Spend(n / 64)
	case "replaceAll":
		return u.replacePattern(s, old, with, -1)
	case "replaceFirst":
		return u.replacePattern(s, old, with, 1)
	}
	return nil, ErrNoMethod
}

// invokeTextPart calls a method with places. Places that are not there fail the run,
// as Java throws.
func invokeTextPart(s, name string, args []any) (any, error) {
	from, ok := whole(args, 0)
	if !ok || len(args) > 2 {
		return nil, ErrNoMethod
	}
	length := javaLength(s)
	to := length
	if len(args) == 2 {
		if to, ok = whole(args, 1); !ok {
			return nil, ErrNoMethod
		}
	}
	switch {
	case name == "substring" || name == "subSequence" && len(args) == 2:
		if from < 0 || to > length || from > to {
			return nil, Throw("begin %d, end %d, length %d", from, to, length)
		}
		return javaPart(s, from, to), nil
	case len(args) != 1:
	case name == "charAt", name == "codePointAt":
		if from < 0 || from >= length {
			return nil, Throw("String index out of range: %d", from)
		}
		c := javaPart(s, from, from+1)
		if name == "codePointAt" {
			code, _ := utf8.DecodeRuneInString(c)
			return int64(code), nil
		}
		return c, nil
	case name == "repeat":
		if from < 0 {
			return nil, Throw("count is negative: %d", from)
		}
		if from > MaxText || from*len(s) > MaxText {
			return nil, TooLarge()
		}
		return strings.Repeat(s, from), nil
	}
	return nil, ErrNoMethod
}

// invokeTextFrom calls a method with a text and a number.
func (u *Usage) invokeTextFrom(s, name, arg string, n int) (any, error) {
	length := javaLength(s)
	switch name {
	case "split":
		return u.split(s, arg, n)
	case "indexOf":
		n = max(n, 0)
		if n > length {
			return int64(-1), nil
		}
		found := javaIndex(javaPart(s, n, length), strings.Index(javaPart(s, n, length), arg))
		if found >= 0 {
			found += int64(n)
		}
		return found, nil
	case "startsWith":
		return n >= 0 && n <= length && strings.HasPrefix(javaPart(s, n, length), arg), nil
	}
	return nil, ErrNoMethod
}

// javaIndex makes a place in bytes one in Java's chars.
func javaIndex(s string, at int) int64 {
	if at < 0 {
		return -1
	}
	return int64(javaLength(s[:at]))
}

// javaCompare is the difference of the first chars that differ, or of the lengths.
func javaCompare(a, b string) int64 {
	x, y := utf16.Encode([]rune(a)), utf16.Encode([]rune(b))
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return int64(x[i]) - int64(y[i])
		}
	}
	return int64(len(x) - len(y))
}
