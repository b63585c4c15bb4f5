package jsonata

import (
	"encoding/base64"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"maru.dev/maru/pattern/value"
	"maru.dev/maru/service/states/jsonata/fault"
	"maru.dev/maru/service/states/jsonata/picture"
)

// stringFunction is $string.
func stringFunction(ev *evaluator, args []any) (any, error) {
	v := argument(args, 0)
	if isUndefined(v) {
		return v, nil
	}
	if a, ok := v.(*array); ok && a.outer {
		v = a.items[0]
	}
	pretty, _ := argument(args, 1).(bool)
	return ev.stringify(v, pretty)
}

// stringify makes a string of a value: itself if it is one, else its JSON text.
func (ev *evaluator) stringify(v any, pretty bool) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case callable:
		return "", nil
	case float64:
		if math.IsInf(v, 0) || math.IsNaN(v) {
			return "", fault.Of("D3001", v)
		}
	}
	w := jsonWriter{ev: ev, pretty: pretty}
	if err := w.write(v, 0); err != nil {
		return "", err
	}
	return string(w.out), ev.text(len(w.out))
}

// jsonWriter writes JSON text as JavaScript does.
type jsonWriter struct {
	ev     *evaluator
	out    []byte
	pretty bool
}

// write writes a value that lies depth levels deep.
func (w *jsonWriter) write(v any, depth int) error {
	if depth > maxNesting {
		return fault.New("U1004")
	}
	if len(w.out) > w.ev.limits.Text {
		return fault.New("U1002")
	}
	switch v := v.(type) {
	case nil, Undefined:
		w.out = append(w.out, "null"...)
	case bool:
		w.out = strconv.AppendBool(w.out, v)
	case string:
		w.string(v)
	case callable:
		w.out = append(w.out, `""`...)
	case int64:
		w.out = strconv.AppendInt(w.out, v, 10)
	case float64:
		if math.IsInf(v, 0) {
			return fault.Of("D1001", v)
		}
		w.out = append(w.out, picture.Number(rounded(v))...)
	case *value.Object:
		return w.object(v, depth)
	default:
		items, _ := list(v)
		return w.array(items, depth)
	}
	return nil
}

// string writes a string in quotes. Halves of characters beyond the first plane
// are written as escapes.
func (w *jsonWriter) string(s string) {
	w.out, _ = jsontext.AppendQuote(w.out, s)
}

// line begins a line, if lines there are.
func (w *jsonWriter) line(depth int) {
	if w.pretty {
		w.out = append(w.out, '\n')
		for range depth {
			w.out = append(w.out, "  "...)
		}
	}
}

func (w *jsonWriter) array(items []any, depth int) error {
	w.out = append(w.out, '[')
	for i, item := range items {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		w.line(depth + 1)
		if err := w.write(item, depth+1); err != nil {
			return err
		}
	}
	if len(items) > 0 {
		w.line(depth)
	}
	w.out = append(w.out, ']')
	return nil
}

func (w *jsonWriter) object(o *value.Object, depth int) error {
	w.out = append(w.out, '{')
	first := true
	for name, member := range o.All() {
		if !first {
			w.out = append(w.out, ',')
		}
		first = false
		w.line(depth + 1)
		w.string(name)
		w.out = append(w.out, ':')
		if w.pretty {
			w.out = append(w.out, ' ')
		}
		if err := w.write(member, depth+1); err != nil {
			return err
		}
	}
	if !first {
		w.line(depth)
	}
	w.out = append(w.out, '}')
	return nil
}

// rounded takes from a fraction what is beyond fifteen digits, where the traces
// of binary arithmetic are.
func rounded(f float64) float64 {
	if f == math.Trunc(f) || math.IsNaN(f) {
		return f
	}
	r, _ := strconv.ParseFloat(strconv.FormatFloat(f, 'e', 14, 64), 64)
	return r
}

// substring takes characters by their places; a negative start counts from the
// end.
func substring(_ *evaluator, s string, args []any) (any, error) {
	start, ok := numberArgument(args, 1)
	if !ok {
		start = 0
	}
	runes := []rune(s)
	n := float64(len(runes))
	if n+start < 0 {
		start = 0
	}
	end := n
	if l, there := numberArgument(args, 2); there {
		if l <= 0 || !ok {
			return "", nil
		}
		if end = start + l; start < 0 {
			end += n
		}
	}
	from, to := slicePlace(start, n), slicePlace(end, n)
	if from >= to {
		return "", nil
	}
	return string(runes[from:to]), nil
}

// slicePlace is the place that JavaScript's slice understands.
func slicePlace(f, n float64) int {
	f = math.Trunc(f)
	if math.IsNaN(f) {
		return 0
	}
	if f < 0 {
		f = math.Max(0, f+n)
	}
	return int(math.Min(f, n))
}

func substringBefore(_ *evaluator, s string, args []any) (any, error) {
	chars, ok := stringArgument(args, 1)
	if !ok {
		return s, nil
	}
	before, _, _ := strings.Cut(s, chars)
	return before, nil
}

func substringAfter(_ *evaluator, s string, args []any) (any, error) {
	chars, ok := stringArgument(args, 1)
	if !ok {
		return s, nil
	}
	if _, after, found := strings.Cut(s, chars); found {
		return after, nil
	}
	return s, nil
}

// lowercase is JavaScript's: of İ the dot remains.
func lowercase(_ *evaluator, s string, _ []any) (any, error) {
	return strings.ToLower(strings.ReplaceAll(s, "İ", "i\u0307")), nil
}

// uppercase is JavaScript's: it knows ß, too.
func uppercase(_ *evaluator, s string, _ []any) (any, error) {
	return strings.ReplaceAll(strings.ToUpper(s), "ß", "SS"), nil
}

func length(_ *evaluator, s string, _ []any) (any, error) {
	return int64(utf8.RuneCountInString(s)), nil
}

// trim makes one space of each row of white space, and takes those at the ends.
func trim(_ *evaluator, s string, _ []any) (any, error) {
	fields := strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '\t' || r == '\n' || r == '\r' })
	return strings.Join(fields, " "), nil
}

// pad fills a string up to a width; a negative width fills on the left.
func pad(ev *evaluator, s string, args []any) (any, error) {
	width, ok := numberArgument(args, 1)
	if !ok {
		return s, nil
	}
	fill, ok := stringArgument(args, 2)
	if !ok || fill == "" {
		fill = " "
	}
	missing := math.Trunc(math.Abs(width)) - float64(utf8.RuneCountInString(s))
	if !(missing > 0) {
		return s, nil
	}
	if missing > float64(ev.limits.Text) {
		return nil, fault.New("U1002")
	}
	unit := []rune(fill)
	if err := ev.text(len(s) + (int(missing)/len(unit)+1)*len(fill)); err != nil {
		return nil, err
	}
	padding := make([]rune, int(missing))
	for i := range padding {
		padding[i] = unit[i%len(unit)]
	}
	if width > 0 {
		return s + string(padding), nil
	}
	return string(padding) + s, nil
}

// join puts strings together.
func join(ev *evaluator, args []any) (any, error) {
	items, ok := list(argument(args, 0))
	if !ok {
		return Undefined{}, nil
	}
	separator, _ := stringArgument(args, 1)
	parts, size := make([]string, len(items)), 0
	for i, item := range items {
		parts[i], _ = item.(string)
		size += len(parts[i]) + len(separator)
	}
	if err := ev.text(size); err != nil {
		return nil, err
	}
	return strings.Join(parts, separator), nil
}

// base64encode takes of each UTF-16 unit the low byte, as the reference does.
func base64encode(ev *evaluator, s string, _ []any) (any, error) {
	units := utf16.Encode([]rune(s))
	b := make([]byte, len(units))
	for i, u := range units {
		b[i] = byte(u)
	}
	encoded := base64.StdEncoding.EncodeToString(b)
	return encoded, ev.text(len(encoded))
}

// base64decode makes a character of each byte, as the reference does. What is no
// Base64 is passed over.
func base64decode(ev *evaluator, s string, _ []any) (any, error) {
	clean := make([]byte, 0, len(s))
	for i := 0; i < len(s) && s[i] != '='; i++ {
		switch c := s[i]; {
		case c == '-':
			clean = append(clean, '+')
		case c == '_':
			clean = append(clean, '/')
		case c == '+' || c == '/' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z':
			clean = append(clean, c)
		}
	}
	if len(clean)%4 == 1 {
		clean = clean[:len(clean)-1]
	}
	b, err := base64.RawStdEncoding.DecodeString(string(clean))
	if err != nil { // bits too many at the end: they do not count
		b, _ = base64.RawStdEncoding.Strict().DecodeString(string(clean))
	}
	decoded := make([]rune, len(b))
	for i, c := range b {
		decoded[i] = rune(c)
	}
	return string(decoded), ev.text(len(s))
}

// The characters that the functions on addresses leave as they are.
const (
	unreserved = "-_.!~*'()"
	reserved   = ";/?:@&=+$,#"
)

func encodeURLComponent(ev *evaluator, s string, _ []any) (any, error) {
	return percentEncode(ev, s, unreserved, "encodeUrlComponent")
}

func encodeURL(ev *evaluator, s string, _ []any) (any, error) {
	return percentEncode(ev, s, unreserved+reserved, "encodeUrl")
}

func decodeURLComponent(ev *evaluator, s string, _ []any) (any, error) {
	return percentDecode(ev, s, "", "decodeUrlComponent")
}

func decodeURL(ev *evaluator, s string, _ []any) (any, error) {
	return percentDecode(ev, s, reserved, "decodeUrl")
}

// percentEncode writes what is neither letter, digit nor kept as its bytes.
func percentEncode(ev *evaluator, s, kept, function string) (any, error) {
	if !utf8.ValidString(s) {
		return nil, malformed(s, function)
	}
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || strings.IndexByte(kept, c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte("0123456789ABCDEF"[c>>4])
		b.WriteByte("0123456789ABCDEF"[c&15])
	}
	return b.String(), ev.text(b.Len())
}

// percentDecode reads what percentEncode writes; escapes of what is kept stay.
func percentDecode(ev *evaluator, s, kept, function string) (any, error) {
	var b []byte
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			b = append(b, s[i])
			continue
		}
		if i+3 > len(s) {
			return nil, malformed(s, function)
		}
		c, err := strconv.ParseUint(s[i+1:i+3], 16, 8)
		if err != nil {
			return nil, malformed(s, function)
		}
		if c < 0x80 && strings.IndexByte(kept, byte(c)) >= 0 {
			b = append(b, s[i:i+3]...)
		} else {
			b = append(b, byte(c))
		}
		i += 2
	}
	if !utf8.Valid(b) {
		return nil, malformed(s, function)
	}
	return string(b), ev.text(len(b))
}

// malformed refuses an address.
func malformed(s, function string) error {
	e := fault.Of("D3140", s)
	e.Detail = function
	return e
}
