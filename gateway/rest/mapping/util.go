package mapping

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"maru.dev/maru/gateway/vtl/java"
	"maru.dev/maru/pattern/value"
)

// util is $util.
type util struct{}

// Get knows no properties.
func (util) Get(string) any { return nil }

// String shows nothing of use.
func (util) String() string { return "$util" }

// Call calls a function with its one argument.
func (util) Call(name string, args []any) (any, error) {
	if len(args) != 1 {
		return nil, java.ErrNoMethod
	}
	text := java.Text(args[0])
	switch name {
	case "escapeJavaScript":
		return escapeJavaScript(text), nil
	case "parseJson":
		v, err := value.Parse([]byte(text))
		if err != nil {
			return nil, fault(name, err)
		}
		return java.FromJSON(v), nil
	case "urlEncode":
		return strings.NewReplacer("%2A", "*", "~", "%7E").Replace(url.QueryEscape(text)), nil
	case "urlDecode":
		decoded, err := url.QueryUnescape(text)
		if err != nil {
			return nil, fault(name, err)
		}
		return decoded, nil
	case "base64Encode":
		return base64.StdEncoding.EncodeToString([]byte(text)), nil
	case "base64Decode":
		plain := strings.NewReplacer("\r", "", "\n", "", " ", "", "=", "", "-", "+", "_", "/").Replace(text)
		decoded, err := base64.RawStdEncoding.DecodeString(plain)
		if err != nil {
			return nil, fault(name, err)
		}
		return string(decoded), nil
	}
	return nil, java.ErrNoMethod
}

// fault is what a function cannot do, which fails the template.
func fault(name string, err error) error {
	return &java.ThrownError{Reason: "$util." + name + ": " + err.Error()}
}

// escapeJavaScript escapes what a string of JavaScript cannot hold as it is, and all
// that is not ASCII.
func escapeJavaScript(s string) string {
	var b strings.Builder
	for _, c := range s {
		switch c {
		case '\'', '"', '\\', '/':
			b.WriteByte('\\')
			b.WriteRune(c)
		case '\b':
			b.WriteString(`\b`)
		case '\n':
			b.WriteString(`\n`)
		case '\t':
			b.WriteString(`\t`)
		case '\f':
			b.WriteString(`\f`)
		case '\r':
			b.WriteString(`\r`)
		default:
			if c >= ' ' && c < utf8.RuneSelf-1 {
				b.WriteRune(c)
				continue
			}
			for _, unit := range utf16.Encode([]rune{c}) {
				fmt.Fprintf(&b, `\u%04X`, unit)
			}
		}
	}
	return b.String()
}
