package value

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// maxDepth is how deep arrays and objects may lie in each other.
const maxDepth = 1000

// errDepth refuses a text that nests deeper.
var errDepth = fmt.Errorf("nested deeper than %d levels", maxDepth)

// Parse reads one JSON text. Of members with one name the last counts.
func Parse(text []byte) (any, error) {
	d := jsontext.NewDecoder(bytes.NewReader(text), jsontext.AllowDuplicateNames(true))
	v, err := read(d, 0)
	if err != nil {
		return nil, err
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one JSON value")
	}
	return v, nil
}

// read reads the next value, which lies depth levels deep.
func read(d *jsontext.Decoder, depth int) (any, error) {
	if depth > maxDepth {
		return nil, errDepth
	}
	t, err := d.ReadToken()
	if err != nil {
		return nil, err
	}
	switch t.Kind() {
	case 'n':
		return nil, nil
	case 't', 'f':
		return t.Bool(), nil
	case '"':
		return t.String(), nil
	case '0':
		return Number(t.String())
	case '[':
		return readArray(d, depth)
	default:
		return readObject(d, depth)
	}
}

// readArray reads the rest of an array.
func readArray(d *jsontext.Decoder, depth int) (any, error) {
	array := []any{}
	for d.PeekKind() != ']' {
		v, err := read(d, depth+1)
		if err != nil {
			return nil, err
		}
		array = append(array, v)
	}
	_, err := d.ReadToken()
	return array, err
}

// readObject reads the rest of an object.
func readObject(d *jsontext.Decoder, depth int) (any, error) {
	object := NewObject(4)
	for d.PeekKind() != '}' {
		name, err := d.ReadToken()
		if err != nil {
			return nil, err
		}
		key := name.String() // the token is gone with the next read
		v, err := read(d, depth+1)
		if err != nil {
			return nil, err
		}
		object.Set(key, v)
	}
	_, err := d.ReadToken()
	return object, err
}

// Number returns the value of a JSON number's text: an int64 if it is a whole
// number that fits one, else a float64.
func Number(text string) (any, error) {
	if !strings.ContainsAny(text, ".eE") {
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return n, nil
		}
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil, fmt.Errorf("number %s is out of range", text)
	}
	return f, nil
}

// Text returns the JSON text of v, without white space.
func Text(v any) []byte { return Append(nil, v) }

// Append appends the JSON text of v to dst. A float64 that is not finite has no
// JSON text and is written as null.
func Append(dst []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...)
	case bool:
		return strconv.AppendBool(dst, v)
	case int64:
		return strconv.AppendInt(dst, v, 10)
	case float64:
		return appendFloat(dst, v)
	case string:
		return appendString(dst, v)
	case []any:
		dst = append(dst, '[')
		for i, e := range v {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = Append(dst, e)
		}
		return append(dst, ']')
	case *Object:
		dst = append(dst, '{')
		for i := range v.Len() {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendString(dst, v.names[i]), ':')
			dst = Append(dst, v.values[i])
		}
		return append(dst, '}')
	}
	panic(fmt.Sprintf("value: a %T is no JSON value", v))
}

// appendString appends a string's JSON text; what is no UTF-8 in it becomes the
// replacement character.
func appendString(dst []byte, s string) []byte {
	quoted, _ := jsontext.AppendQuote(dst, s) // its error only tells of replaced bytes
	return quoted
}

// appendFloat appends a number as Java writes a double, which is what users of
// Step Functions see: with a fraction always, and with an exponent from ten
// million on and below a thousandth.
func appendFloat(dst []byte, f float64) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(dst, "null"...)
	}
	abs := math.Abs(f)
	if abs != 0 && (abs < 1e-3 || abs >= 1e7) {
		mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(f, 'e', -1, 64), "e")
		if !strings.Contains(mantissa, ".") {
			mantissa += ".0"
		}
		n, _ := strconv.Atoi(exponent) // as FormatFloat wrote it
		return strconv.AppendInt(append(append(dst, mantissa...), 'E'), int64(n), 10)
	}
	from := len(dst)
	dst = strconv.AppendFloat(dst, f, 'f', -1, 64)
	if !bytes.ContainsRune(dst[from:], '.') {
		dst = append(dst, ".0"...)
	}
	return dst
}
