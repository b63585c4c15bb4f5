package insights

import (
	"cmp"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"
)

// kind tells what a value is.
type kind uint8

const (
	missing  kind = iota
	text          // of a log line, or written in the query
	number        // computed, or a number of JSON
	instant       // milliseconds, shown as a date
	compound      // a map or list of jsonParse
)

// value is what a field of a record holds.
type value struct {
	kind kind
	num  float64
	text string // of a number: how the log wrote it, if it did
	any  any    // of a compound
}

func textValue(s string) value    { return value{kind: text, text: s} }
func numberValue(n float64) value { return value{kind: number, num: n} }
func timeValue(ms int64) value    { return value{kind: instant, num: float64(ms)} }

// truth is how a condition is shown.
func truth(b bool) value {
	if b {
		return numberValue(1)
	}
	return numberValue(0)
}

// number reads a value as a number.
func (v value) number() (float64, bool) {
	switch v.kind {
	case number, instant:
		return v.num, true
	case text:
		return readNumber(v.text)
	case missing, compound:
	}
	return 0, false
}

// readNumber reads text as a number. Most text is none, and says so by its first
// character.
func readNumber(s string) (float64, bool) {
	s = strings.TrimSpace(s)
	if s == "" || len(s) > 64 {
		return 0, false
	}
	switch c := s[0]; {
	case c >= '0' && c <= '9', c == '-', c == '+', c == '.':
	default:
		return 0, false
	}
	if strings.ContainsAny(s, "xX_pP") {
		return 0, false
	}
	n, err := strconv.ParseFloat(s, 64)
	return n, err == nil && !math.IsInf(n, 0)
}

// true says whether a value counts as a condition that holds.
func (v value) true() bool {
	switch v.kind {
	case number, instant:
		return v.num != 0
	case text:
		if n, ok := readNumber(v.text); ok {
			return n != 0
		}
		return strings.EqualFold(v.text, "true")
	case missing, compound:
	}
	return false
}

// timeFormat is how dates are shown.
const timeFormat = "2006-01-02 15:04:05.000"

// String is how a value is shown: numbers with four decimals at most.
func (v value) String() string {
	switch v.kind {
	case text:
		return v.text
	case instant:
		return time.UnixMilli(int64(v.num)).UTC().Format(timeFormat)
	case compound:
		b, err := json.Marshal(v.any)
		if err != nil {
			return ""
		}
		return string(b)
	case number:
		if v.text != "" {
			return v.text
		}
		return formatNumber(v.num)
	case missing:
	}
	return ""
}

func formatNumber(n float64) string {
	if n == math.Trunc(n) && math.Abs(n) < 1e15 {
		return strconv.FormatInt(int64(n), 10)
	}
	if a := math.Abs(n); a >= 1e15 {
		return strconv.FormatFloat(n, 'E', -1, 64)
	}
	s := strconv.FormatFloat(n, 'f', 4, 64)
	s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	if s == "-0" || s == "" {
		return "0"
	}
	return s
}

// equal compares two values: as numbers when one of them is a number and the
// other can be read as one, else as text.
func equal(a, b value) bool {
	if a.kind == missing || b.kind == missing {
		return a.kind == b.kind
	}
	if a.kind == text && b.kind == text {
		return a.text == b.text
	}
	if x, ok := a.number(); ok {
		if y, ok := b.number(); ok {
			return x == y
		}
	}
	if word, ok := truthWord(a, b); ok {
		return word
	}
	return a.String() == b.String()
}

// truthWord compares a condition of JSON, which is shown as 1 or 0, with the
// word for it.
func truthWord(a, b value) (same, ok bool) {
	if a.kind != number {
		a, b = b, a
	}
	if a.kind != number || b.kind != text {
		return false, false
	}
	switch strings.ToLower(b.text) {
	case "true":
		return a.num == 1, true
	case "false":
		return a.num == 0, true
	}
	return false, false
}

// compare orders two values: what is missing first, then numbers by size, then
// text by its bytes.
func compare(a, b value) int {
	if a.kind == missing || b.kind == missing {
		return cmp.Compare(min(a.kind, 1), min(b.kind, 1))
	}
	x, okX := a.number()
	y, okY := b.number()
	switch {
	case okX && okY:
		return cmp.Compare(x, y)
	case okX != okY:
		if okX {
			return -1
		}
		return 1
	}
	return strings.Compare(a.String(), b.String())
}

// member follows one step of a path into a compound.
func (v value) member(step string) value {
	switch in := v.any.(type) {
	case map[string]any:
		if m, ok := in[step]; ok {
			return fromJSON(m)
		}
	case []any:
		if i, err := strconv.Atoi(step); err == nil && i >= 0 && i < len(in) {
			return fromJSON(in[i])
		}
	}
	return value{}
}

// path follows a path into a compound. A member's own name may have dots.
func (v value) path(name string) value {
	if m := v.member(name); m.kind != missing {
		return m
	}
	for i := range len(name) {
		if name[i] != '.' {
			continue
		}
		if m := v.member(name[:i]); m.kind == compound {
			if found := m.path(name[i+1:]); found.kind != missing {
				return found
			}
		}
	}
	return value{}
}

// fromJSON is the value of something decoded with numbers as json.Number.
func fromJSON(x any) value {
	switch x := x.(type) {
	case string:
		return textValue(x)
	case json.Number:
		n, err := x.Float64()
		if err != nil {
			return textValue(x.String())
		}
		return value{kind: number, num: n, text: x.String()}
	case float64:
		return numberValue(x)
	case bool:
		return truth(x)
	case map[string]any, []any:
		return value{kind: compound, any: x}
	}
	return value{}
}
