package kv

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// Key is a tuple of typed parts, encoded so that keys sort as their parts do:
// first part first; within a part by its type's own order.
type Key []byte

// The first byte of a part is its type. Types sort in this order. No type is
// 0xff or below 0x10: the first bounds prefixes, and what is below is the
// store's own (see the layout in engine.go).
const (
	typeBytes  = 0x10
	typeString = 0x20
	typeFalse  = 0x30
	typeTrue   = 0x31
	typeInt    = 0x40
	typeUint   = 0x50
	typeTime   = 0x60

	typeFirst = 0x10 // no part begins with less
	typeEnd   = 0xff // no part begins with this
)

// Inside strings and bytes a zero byte becomes zero and escape; a zero byte
// followed by anything else ends the part.
const (
	terminator = 0x00
	escape     = 0xff
)

// errKey says that a key was not made by NewKey.
var errKey = errors.New("kv: malformed key")

// NewKey returns the key of parts: string, []byte, bool, int, int64, uint64 or
// time.Time (to the nanosecond; what int64 nanoseconds around 1970 cannot hold
// is taken as the nearest that they can). By convention the first three are
// account, region and service ("" for what is global). It panics on another
// type.
func NewKey(parts ...any) Key { return Key(nil).With(parts...) }

// With returns a new key that continues k with parts.
func (k Key) With(parts ...any) Key {
	size := len(k)
	for _, part := range parts {
		switch part := part.(type) {
		case string:
			size += len(part) + 2
		case []byte:
			size += len(part) + 2
		default:
			size += 9
		}
	}
	out := make(Key, len(k), size)
	copy(out, k)
	for _, part := range parts {
		out = appendPart(out, part)
	}
	return out
}

// appendPart encodes one part at the end of k.
func appendPart(k Key, part any) Key {
	switch part := part.(type) {
	case string:
		return appendString(append(k, typeString), part)
	case []byte:
		return appendEscaped(append(k, typeBytes), part)
	case bool:
		if part {
			return append(k, typeTrue)
		}
		return append(k, typeFalse)
	case int:
		return appendInt(append(k, typeInt), int64(part))
	case int64:
		return appendInt(append(k, typeInt), part)
	case uint64:
		return binary.BigEndian.AppendUint64(append(k, typeUint), part)
	case time.Time:
		return appendInt(append(k, typeTime), nanoseconds(part))
	default:
		panic("kv: a key cannot hold a " + reflect.TypeOf(part).String()) // fmt would put all parts on the heap
	}
}

// appendString writes s escaped and terminated; most strings hold no zero byte
// and are copied whole.
func appendString(k Key, s string) Key {
	for {
		i := strings.IndexByte(s, terminator)
		if i < 0 {
			return append(append(k, s...), terminator)
		}
		k = append(append(k, s[:i]...), terminator, escape)
		s = s[i+1:]
	}
}

// appendEscaped is appendString for bytes.
func appendEscaped(k Key, b []byte) Key {
	for {
		i := bytes.IndexByte(b, terminator)
		if i < 0 {
			return append(append(k, b...), terminator)
		}
		k = append(append(k, b[:i]...), terminator, escape)
		b = b[i+1:]
	}
}

// appendInt writes v with its sign flipped, so that negative numbers sort first.
func appendInt(k Key, v int64) Key {
	return binary.BigEndian.AppendUint64(k, uint64(v)^1<<63)
}

// The ends of time as keys can hold it.
var (
	firstTime = time.Unix(0, math.MinInt64)
	lastTime  = time.Unix(0, math.MaxInt64)
)

// nanoseconds returns t since 1970, or the nearest that an int64 can hold.
func nanoseconds(t time.Time) int64 {
	switch {
	case t.Before(firstTime):
		return math.MinInt64
	case t.After(lastTime):
		return math.MaxInt64
	default:
		return t.UnixNano()
	}
}

// Parts decodes k: strings, []byte, bool, int64, uint64 and time.Time (UTC).
func (k Key) Parts() ([]any, error) {
	var parts []any
	for rest := []byte(k); len(rest) > 0; {
		part, after, err := cutPart(rest)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
		rest = after
	}
	return parts, nil
}

// cutPart decodes the first part of b.
func cutPart(b []byte) (part any, rest []byte, err error) {
	kind, b := b[0], b[1:]
	switch kind {
	case typeString:
		raw, rest, err := cutEscaped(b)
		return string(raw), rest, err
	case typeBytes:
		raw, rest, err := cutEscaped(b)
		return bytes.Clone(raw), rest, err
	case typeFalse, typeTrue:
		return kind == typeTrue, b, nil
	case typeInt, typeUint, typeTime:
	default:
		return nil, nil, errKey
	}
	if len(b) < 8 {
		return nil, nil, errKey
	}
	n := binary.BigEndian.Uint64(b)
	switch kind {
	case typeUint:
		return n, b[8:], nil
	case typeInt:
		return int64(n ^ 1<<63), b[8:], nil
	default:
		return time.Unix(0, int64(n^1<<63)).UTC(), b[8:], nil
	}
}

// cutEscaped decodes an escaped part up to its terminator. Without escapes the
// result is a piece of b.
func cutEscaped(b []byte) (raw, rest []byte, err error) {
	i := bytes.IndexByte(b, terminator)
	if i < 0 {
		return nil, nil, errKey
	}
	if i+1 == len(b) || b[i+1] != escape {
		return b[:i:i], b[i+1:], nil
	}
	var out []byte
	for {
		i := bytes.IndexByte(b, terminator)
		if i < 0 {
			return nil, nil, errKey
		}
		out = append(out, b[:i]...)
		if i+1 == len(b) || b[i+1] != escape {
			return out, b[i+1:], nil
		}
		out = append(out, terminator)
		b = b[i+2:]
	}
}

// Scan decodes k's parts from the given index into pointers of matching types
// (*string, *[]byte, *bool, *int64, *uint64, *time.Time); nil skips a part.
// Parts of k beyond those asked for do not matter.
func (k Key) Scan(from int, into ...any) error {
	rest := []byte(k)
	for i := range from + len(into) {
		if len(rest) == 0 {
			return fmt.Errorf("kv: key %v has no part %d", k, i)
		}
		part, after, err := cutPart(rest)
		if err != nil {
			return err
		}
		rest = after
		if i < from {
			continue
		}
		if !assignPart(into[i-from], part) {
			return fmt.Errorf("kv: part %d of key %v is a %T, not a %T", i, k, part, into[i-from])
		}
	}
	return nil
}

// assignPart stores part in the pointer into, if it points to part's type.
func assignPart(into, part any) bool {
	switch into := into.(type) {
	case nil:
		return true
	case *string:
		return assign(into, part)
	case *[]byte:
		return assign(into, part)
	case *bool:
		return assign(into, part)
	case *int64:
		return assign(into, part)
	case *uint64:
		return assign(into, part)
	case *time.Time:
		return assign(into, part)
	default:
		return false
	}
}

// assign stores part in into, if it is a T.
func assign[T any](into *T, part any) bool {
	value, ok := part.(T)
	if ok {
		*into = value
	}
	return ok
}

// String is for people: the parts between slashes.
func (k Key) String() string {
	parts, err := k.Parts()
	if err != nil {
		return "0x" + hex.EncodeToString(k)
	}
	var b strings.Builder
	for _, part := range parts {
		b.WriteByte('/')
		switch part := part.(type) {
		case string:
			b.WriteString(part)
		case []byte:
			b.WriteString("0x" + hex.EncodeToString(part))
		case time.Time:
			b.WriteString(part.Format(time.RFC3339Nano))
		case uint64:
			b.WriteString(strconv.FormatUint(part, 10))
		default:
			fmt.Fprint(&b, part)
		}
	}
	return b.String()
}
