package wire

import (
	"math"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// SetText sets a scalar from its text form: a query parameter, an XML element,
// a header, a path label. Integers must be whole here. The format is the
// member's or shape's where it says one, and otherwise the place's.
func SetText(text string, t *Type, format TimeFormat, v reflect.Value) error {
	switch t.Shape.Kind {
	case String:
		v.SetString(text)
	case Blob:
		b, err := decodeBase64(strings.TrimSpace(text))
		if err != nil {
			return err
		}
		return setBlob(v, b)
	case Boolean:
		switch text {
		case "true", "True", "TRUE", "1":
			v.SetBool(true)
		case "false", "False", "FALSE", "0":
			v.SetBool(false)
		default:
			return badText(text, "Boolean")
		}
	case Integer, Long:
		n, err := strconv.ParseInt(strings.TrimSpace(text), 10, v.Type().Bits())
		if err != nil {
			return badText(text, javaName(t))
		}
		v.SetInt(n)
	case Float, Double:
		f, err := parseFloat(strings.TrimSpace(text), v.Type().Bits())
		if err != nil {
			return badText(text, javaName(t))
		}
		v.SetFloat(f)
	case Timestamp:
		return SetTime(text, format, v)
	default:
		return SerializationError("A structure, list or map is expected where the request has text.")
	}
	return nil
}

// badText tells of a scalar that cannot be read.
func badText(text, kind string) error {
	if len(text) > 256 {
		text = strings.ToValidUTF8(text[:256], "") + "..."
	}
	return serializationErrorf("%s can not be converted to an %s", text, kind)
}

// parseFloat is strconv's without hexadecimal and underscored forms and the
// spellings of infinity that AWS does not know.
func parseFloat(text string, bits int) (float64, error) {
	switch text {
	case "NaN", "Infinity", "-Infinity":
	default:
		if strings.ContainsAny(text, "xXpP_iInN") {
			return 0, strconv.ErrSyntax
		}
	}
	return strconv.ParseFloat(text, bits)
}

// Text writes a scalar as text.
func Text(t *Type, format TimeFormat, v reflect.Value) string {
	switch t.Shape.Kind {
	case String:
		return v.String()
	case Boolean:
		return strconv.FormatBool(v.Bool())
	case Integer, Long:
		return strconv.FormatInt(v.Int(), 10)
	case Float, Double:
		return FormatFloat(v.Float(), v.Type().Bits())
	case Blob:
		return encodeBase64(v.Bytes())
	case Timestamp:
		return FormatTime(timeOf(v), format)
	default:
		return ""
	}
}

// FormatFloat writes a number in AWS's text form.
func FormatFloat(f float64, bits int) string {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	}
	if a := math.Abs(f); a != 0 && (a < 1e-6 || a >= 1e21) {
		return strconv.FormatFloat(f, 'E', -1, bits)
	}
	return strconv.FormatFloat(f, 'f', -1, bits)
}

func timeOf(v reflect.Value) time.Time { return v.Interface().(time.Time) }

// The forms of ISO 8601 that AWS reads.
var isoLayouts = [...]string{
	"2006-01-02T15:04:05.999999999Z07:00", "2006-01-02T15:04:05.999999999Z0700",
	"2006-01-02T15:04:05.999999999", "2006-01-02T15:04Z07:00", "2006-01-02T15:04", "2006-01-02", "20060102T150405Z",
}

// SetTime sets a timestamp from any of the forms, the given one first.
func SetTime(text string, format TimeFormat, v reflect.Value) error {
	text = strings.TrimSpace(text)
	at, ok := parseTime(text, format)
	if sec := at.Unix(); !ok || sec < minEpoch || sec > maxEpoch { // a zone may lead out of the years
		return badText(text, "Date")
	}
	v.Set(reflect.ValueOf(at))
	return nil
}

func parseTime(text string, format TimeFormat) (time.Time, bool) {
	if format == RFC822 {
		if at, err := http.ParseTime(text); err == nil {
			return at.UTC(), true
		}
	}
	if at, ok := parseEpoch(text); ok && (format == UnixTime || format == DefaultTime || len(text) != len("20060102")) {
		return at, true
	}
	for _, layout := range isoLayouts {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC(), true
		}
	}
	for _, layout := range [...]string{http.TimeFormat, time.RFC1123Z, time.RFC1123, time.RFC850, time.ANSIC, "Mon, 02 Jan 2006 15:04:05.999999999 GMT"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC(), true
		}
	}
	return time.Time{}, false
}

// The epoch seconds of years 1 and 9999, beyond which no service goes.
const (
	minEpoch = -62135596800
	maxEpoch = 253402300799
)

// parseEpoch reads seconds with a fraction. The decimal form is exact to the
// nanosecond; one with an exponent goes through a float, to the millisecond.
func parseEpoch(text string) (time.Time, bool) {
	whole, fraction, _ := strings.Cut(text, ".")
	sec, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || strings.Trim(fraction, "0123456789") != "" {
		f, err := strconv.ParseFloat(text, 64)
		if err != nil || !(f >= minEpoch && f <= maxEpoch) || strings.ContainsAny(text, "xXpP_iInN") {
			return time.Time{}, false
		}
		return time.UnixMilli(int64(math.Round(f * 1000))).UTC(), true
	}
	if sec < minEpoch || sec > maxEpoch {
		return time.Time{}, false
	}
	nanos, _ := strconv.ParseInt((fraction + "000000000")[:9], 10, 64)
	if strings.HasPrefix(whole, "-") {
		nanos = -nanos
	}
	return time.Unix(sec, nanos).UTC(), true
}

// FormatTime writes a timestamp: seconds, with milliseconds only where there
// are any. DefaultTime stands for ISO 8601.
func FormatTime(at time.Time, format TimeFormat) string {
	at = at.UTC().Truncate(time.Millisecond)
	switch format {
	case UnixTime:
		return string(appendEpoch(nil, at))
	case RFC822:
		return at.Format(http.TimeFormat)
	default:
		if at.Nanosecond() == 0 {
			return at.Format("2006-01-02T15:04:05Z")
		}
		return at.Format("2006-01-02T15:04:05.000Z")
	}
}

// appendEpoch writes epoch seconds to the millisecond.
func appendEpoch(dst []byte, at time.Time) []byte {
	ms := at.UnixMilli()
	if ms%1000 == 0 {
		return strconv.AppendInt(dst, ms/1000, 10)
	}
	return strconv.AppendFloat(dst, float64(ms)/1000, 'f', 3, 64)
}

// TimeFormatOf is the format of a timestamp member: its own, its shape's, or
// that of the place.
func TimeFormatOf(f *Field, place TimeFormat) TimeFormat {
	switch {
	case f.TimeFormat != DefaultTime:
		return f.TimeFormat
	case f.Type.Shape.TimeFormat != DefaultTime:
		return f.Type.Shape.TimeFormat
	default:
		return place
	}
}
