package path

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"unicode/utf8"

	"maru.dev/maru/pattern/value"
)

// maxText is how long, in characters, the text may be that is encoded or hashed.
const maxText = 10_000

// text returns an argument that must be a string.
func (in *invocation) text(n int) (string, error) {
	s, ok := in.args[n].(string)
	if !ok {
		return "", reasonf("Invalid arguments: the argument %s must be a string", in.name(n))
	}
	return s, nil
}

// name writes an argument as it stands in the definition.
func (in *invocation) name(n int) string {
	a := in.call.args[n]
	switch {
	case a.path != nil:
		return a.path.source
	case a.call != nil:
		return a.call.source
	}
	return string(value.Text(a.constant))
}

// format is States.Format: each {} of the template becomes the next argument.
func format(in *invocation) (any, error) {
	template, ok := in.args[0].(string)
	if !ok {
		return nil, reasonf("Invalid arguments: the template must be a string")
	}
	if in.call.args[0].text {
		template = in.call.args[0].raw
	}
	var b strings.Builder
	used := 0
	for at := 0; at < len(template); at++ {
		c := template[at]
		switch {
		case c == '\\' && at+1 < len(template) && strings.IndexByte(`\'{}`, template[at+1]) >= 0:
			at++
			b.WriteByte(template[at])
		case c == '{' && at+1 < len(template) && template[at+1] == '}':
			at++
			used++
			if used < len(in.args) {
				b.WriteString(rendered(in.args[used]))
			}
		default:
			b.WriteByte(c)
		}
	}
	if used != len(in.args)-1 {
		return nil, reasonf("Invalid arguments: the template has %d places for %d values", used, len(in.args)-1)
	}
	return b.String(), nil
}

// rendered writes a value as States.Format does, which is as Java writes lists
// and maps: {a=1, b=[x, y]}.
func rendered(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []any:
		parts := make([]string, len(v))
		for i, e := range v {
			parts[i] = rendered(e)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case *value.Object:
		parts := make([]string, 0, v.Len())
		for name, m := range v.All() {
			parts = append(parts, name+"="+rendered(m))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	return string(value.Text(v))
}

// stringToJSON is States.StringToJson.
func stringToJSON(in *invocation) (any, error) {
	s, err := in.text(0)
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(s) == "" {
		return nil, nil
	}
	v, err := value.Parse([]byte(s))
	if err != nil {
		return nil, reasonf("Invalid arguments: the text is not valid JSON")
	}
	return v, nil
}

// jsonToString is States.JsonToString.
func jsonToString(in *invocation) (any, error) { return string(value.Text(in.args[0])), nil }

// base64Encode is States.Base64Encode.
func base64Encode(in *invocation) (any, error) {
	s, err := in.text(0)
	if err != nil {
		return nil, err
	}
	if utf8.RuneCountInString(s) > maxText {
		return nil, tooLong()
	}
	return base64.StdEncoding.EncodeToString([]byte(s)), nil
}

// base64Decode is States.Base64Decode.
func base64Decode(in *invocation) (any, error) {
	s, err := in.text(0)
	if err != nil {
		return nil, err
	}
	if utf8.RuneCountInString(s) > maxText {
		return nil, tooLong()
	}
	decoded, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		decoded, err = base64.RawStdEncoding.DecodeString(s)
	}
	if err != nil {
		return nil, reasonf("Invalid arguments: the text is not valid Base64")
	}
	return string(decoded), nil
}

// tooLong refuses a text of more than 10,000 characters.
func tooLong() error {
	return reasonf("Invalid arguments: the text is longer than 10000 characters")
}

// hashOf is States.Hash; what is no string is hashed as its JSON text.
func hashOf(in *invocation) (any, error) {
	data, ok := in.args[0].(string)
	if !ok {
		data = string(value.Text(in.args[0]))
	}
	algorithm, err := in.text(1)
	if err != nil {
		return nil, err
	}
	if utf8.RuneCountInString(data) > maxText {
		return nil, tooLong()
	}
	switch algorithm {
	case "MD5":
		sum := md5.Sum([]byte(data))
		return hex.EncodeToString(sum[:]), nil
	case "SHA-1":
		sum := sha1.Sum([]byte(data))
		return hex.EncodeToString(sum[:]), nil
	case "SHA-256":
		sum := sha256.Sum256([]byte(data))
		return hex.EncodeToString(sum[:]), nil
	case "SHA-384":
		sum := sha512.Sum384([]byte(data))
		return hex.EncodeToString(sum[:]), nil
	case "SHA-512":
		sum := sha512.Sum512([]byte(data))
		return hex.EncodeToString(sum[:]), nil
	}
	return nil, reasonf("Invalid arguments: the algorithm must be one of MD5, SHA-1, SHA-256, SHA-384, SHA-512")
}

// stringSplit is States.StringSplit: every character of the second argument
// separates, and empty parts are left out.
func stringSplit(in *invocation) (any, error) {
	s, err := in.text(0)
	if err != nil {
		return nil, err
	}
	separators, err := in.text(1)
	if err != nil {
		return nil, err
	}
	parts := []any{}
	for _, part := range strings.FieldsFunc(s, func(c rune) bool { return strings.ContainsRune(separators, c) }) {
		parts = append(parts, part)
	}
	return parts, nil
}

// newUUID is States.UUID.
func newUUID(in *invocation) (any, error) { return in.env.UUID(), nil }

// jsonMerge is States.JsonMerge, which merges the outermost members only.
func jsonMerge(in *invocation) (any, error) {
	first, ok1 := in.args[0].(*value.Object)
	second, ok2 := in.args[1].(*value.Object)
	deep, ok3 := in.args[2].(bool)
	switch {
	case !ok1 || !ok2:
		return nil, reasonf("Invalid arguments: the values to merge must be JSON objects")
	case !ok3:
		return nil, reasonf("Invalid arguments: the third argument must be a boolean")
	case deep:
		return nil, reasonf("Invalid arguments: deep merging is not supported")
	}
	merged := first.Clone()
	for name, v := range second.All() {
		merged.Set(name, v)
	}
	return merged, nil
}
