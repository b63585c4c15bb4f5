package integrate

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// words splits a name of a model at its word boundaries, as the AWS SDK for Java
// does: "DBInstanceARN" is DB, Instance, ARN; "SESv2" is SES, v2.
func words(name string) []string {
	var out []string
	runes := []rune(name)
	start := 0
	cut := func(at int) {
		if at > start {
			out = append(out, string(runes[start:at]))
		}
		start = at
	}
	for i := range runes {
		r := runes[i]
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			cut(i)
			start = i + 1
			continue
		}
		if i == start {
			continue
		}
		prev := runes[i-1]
		next := rune(0)
		if i+1 < len(runes) {
			next = runes[i+1]
		}
		switch {
		case r == 'v' && unicode.IsUpper(prev) && unicode.IsDigit(next):
			cut(i)
		case unicode.IsUpper(r) && unicode.IsLower(prev):
			cut(i)
		case unicode.IsUpper(r) && unicode.IsUpper(prev) && unicode.IsLower(next) && (next != 'v' || i+2 >= len(runes) || !unicode.IsDigit(runes[i+2])):
			cut(i)
		case unicode.IsLetter(r) && unicode.IsDigit(prev):
			cut(i)
		}
	}
	cut(len(runes))
	return out
}

// Pascal is how a definition names a member or a service of a model: each word
// with a capital, the rest small ("DbInstanceArn").
func Pascal(name string) string {
	var b strings.Builder
	for _, w := range words(name) {
		first, size := utf8.DecodeRuneInString(w)
		b.WriteRune(unicode.ToUpper(first))
		b.WriteString(strings.ToLower(w[size:]))
	}
	return b.String()
}

// exceptionName is how the SDK for Java names an error of a service's model.
func exceptionName(code string) string {
	if base, ok := strings.CutSuffix(code, "Fault"); ok {
		return Pascal(base) + "Exception"
	}
	if strings.HasSuffix(code, "Exception") {
		return Pascal(code)
	}
	return Pascal(code) + "Exception"
}
