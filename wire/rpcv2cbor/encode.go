package rpcv2cbor

import (
	"encoding/binary"
	"math"
	"reflect"
	"time"

	"maru.dev/maru/wire"
)

// The major types of CBOR that replies use, in the place of their three bits.
const (
	majorUint   = 0 << 5
	majorNegInt = 1 << 5
	majorBytes  = 2 << 5
	majorText   = 3 << 5
	majorArray  = 4 << 5
	majorMap    = 5 << 5
	tagEpoch    = 0xc1
	simpleFalse = 0xf4
	simpleTrue  = 0xf5
	simpleNull  = 0xf6
	float32Head = 0xfa
	float64Head = 0xfb
)

// appendHead writes an item's first byte and its number, in the shortest form.
func appendHead(dst []byte, major byte, n uint64) []byte {
	switch {
	case n < 24:
		return append(dst, major|byte(n))
	case n <= math.MaxUint8:
		return append(dst, major|24, byte(n))
	case n <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(dst, major|25), uint16(n))
	case n <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(dst, major|26), uint32(n))
	default:
		return binary.BigEndian.AppendUint64(append(dst, major|27), n)
	}
}

func appendText(dst []byte, s string) []byte {
	return append(appendHead(dst, majorText, uint64(len(s))), s...)
}

// pair is an entry that is not of the model.
type pair struct{ key, value string }

func appendPairs(dst []byte, pairs []pair) []byte {
	for _, p := range pairs {
		dst = appendText(appendText(dst, p.key), p.value)
	}
	return dst
}

// appendStructure writes a structure as a map of its present members, with
// extra entries before them.
func appendStructure(dst []byte, t *wire.Type, v reflect.Value, extra []pair) ([]byte, error) {
	n := len(extra)
	for i := range t.Fields {
		if _, ok := t.Fields[i].Of(v); ok && t.Fields[i].Type.Shape.Kind != wire.Events {
			n++
		}
	}
	dst = appendPairs(appendHead(dst, majorMap, uint64(n)), extra)
	var err error
	for i := range t.Fields {
		f := &t.Fields[i]
		value, ok := f.Of(v)
		if !ok || f.Type.Shape.Kind == wire.Events {
			continue
		}
		dst = appendText(dst, f.Name)
		if f.Emitted {
			dst, err = appendEmitted(dst, value)
		} else {
			dst, err = appendValue(dst, f.Type, value)
		}
		if err != nil {
			return dst, err
		}
	}
	return dst, nil
}

func appendValue(dst []byte, t *wire.Type, v reflect.Value) ([]byte, error) {
	switch t.Shape.Kind {
	case wire.Structure:
		return appendStructure(dst, t, v, nil)
	case wire.List:
		dst = appendHead(dst, majorArray, uint64(v.Len()))
		for i := range v.Len() {
			var err error
			if dst, err = appendElement(dst, t.Elem, v.Index(i)); err != nil {
				return dst, err
			}
		}
	case wire.Map:
		dst = appendHead(dst, majorMap, uint64(v.Len()))
		for _, k := range wire.SortedKeys(v) {
			var err error
			if dst, err = appendElement(appendText(dst, k.String()), t.Elem, v.MapIndex(k)); err != nil {
				return dst, err
			}
		}
	case wire.String:
		return appendText(dst, v.String()), nil
	case wire.Blob:
		b, err := wire.BlobBytes(v)
		return append(appendHead(dst, majorBytes, uint64(len(b))), b...), err
	case wire.Boolean:
		if v.Bool() {
			return append(dst, simpleTrue), nil
		}
		return append(dst, simpleFalse), nil
	case wire.Integer, wire.Long:
		return appendInt(dst, v.Int()), nil
	case wire.Float:
		return binary.BigEndian.AppendUint32(append(dst, float32Head), math.Float32bits(float32(v.Float()))), nil
	case wire.Double:
		return appendFloat64(dst, v.Float()), nil
	case wire.Timestamp:
		at, _ := v.Interface().(time.Time)
		return appendTime(dst, at), nil
	default:
		return append(dst, simpleNull), nil
	}
	return dst, nil
}

func appendElement(dst []byte, f *wire.Field, v reflect.Value) ([]byte, error) {
	if f.Ptr {
		if v.IsNil() {
			return append(dst, simpleNull), nil
		}
		v = v.Elem()
	}
	return appendValue(dst, f.Type, v)
}

func appendInt(dst []byte, n int64) []byte {
	if n < 0 {
		return appendHead(dst, majorNegInt, uint64(-1-n))
	}
	return appendHead(dst, majorUint, uint64(n))
}

func appendFloat64(dst []byte, f float64) []byte {
	return binary.BigEndian.AppendUint64(append(dst, float64Head), math.Float64bits(f))
}

// appendTime writes tagged epoch seconds, with a fraction only where there is
// one.
func appendTime(dst []byte, at time.Time) []byte {
	dst = append(dst, tagEpoch)
	if ms := at.UnixMilli(); ms%1000 != 0 {
		return appendFloat64(dst, float64(ms)/1000)
	}
	return appendInt(dst, at.Unix())
}
