package rpcv2cbor

import (
	"math"
	"reflect"
	"time"

	"maru.dev/maru/wire"
)

// decoder walks what the library has read. The library has bounded its depth,
// and its size is within a small factor of the body's.
type decoder struct{ *wire.Reading }

// value sets v, unless doc is null.
func (d *decoder) value(doc any, t *wire.Type, v reflect.Value) error {
	if doc == nil {
		return nil
	}
	switch t.Shape.Kind {
	case wire.Structure:
		m, ok := doc.(map[string]any)
		if !ok {
			return mismatch(t)
		}
		return d.structure(m, t, v)
	case wire.List:
		list, ok := doc.([]any)
		if !ok {
			return mismatch(t)
		}
		return d.list(list, t, v)
	case wire.Map:
		m, ok := doc.(map[string]any)
		if !ok {
			return mismatch(t)
		}
		return d.entries(m, t, v)
	}
	if !scalar(doc, t, v) {
		return mismatch(t)
	}
	return nil
}

func mismatch(t *wire.Type) error {
	return wire.SerializationError("The request has a value of the wrong type where a " + t.Shape.Name + " is expected.")
}

func (d *decoder) structure(m map[string]any, t *wire.Type, v reflect.Value) error {
	if err := d.Spend(t); err != nil {
		return err
	}
	var seen wire.Seen
	for i := range t.Fields {
		f := &t.Fields[i]
		doc := m[f.Name]
		if doc == nil {
			continue
		}
		seen.Add(f)
		if err := d.Member(f); err != nil {
			return err
		}
		if err := d.value(doc, f.Type, f.Set(v)); err != nil {
			return err
		}
		d.Leave()
	}
	d.Done(t, seen)
	return nil
}

func (d *decoder) list(list []any, t *wire.Type, v reflect.Value) error {
	v.Set(reflect.MakeSlice(t.Go, 0, 0))
	for _, doc := range list {
		if doc == nil { // lists hold no nulls
			continue
		}
		if err := d.Element(v.Len()); err != nil {
			return err
		}
		e, err := d.Append(t, v)
		if err != nil {
			return err
		}
		if err := d.value(doc, t.Elem.Type, e); err != nil {
			return err
		}
		d.Leave()
	}
	return nil
}

func (d *decoder) entries(m map[string]any, t *wire.Type, v reflect.Value) error {
	w := wire.NewMapWriter(d.Reading, t, v)
	defer w.Close()
	for key, doc := range m {
		if doc == nil {
			continue
		}
		if err := d.Entry(key); err != nil {
			return err
		}
		e, err := w.Next()
		if err != nil {
			return err
		}
		if err := d.value(doc, t.Elem.Type, e); err != nil {
			return err
		}
		w.Put(key)
		d.Leave()
	}
	return nil
}

// scalar sets v from doc, and tells whether the two are of a kind.
func scalar(doc any, t *wire.Type, v reflect.Value) bool {
	switch t.Shape.Kind {
	case wire.String:
		s, ok := doc.(string)
		v.SetString(s)
		return ok
	case wire.Blob:
		b, ok := doc.([]byte)
		if ok && v.Kind() == reflect.Slice {
			v.SetBytes(b)
		}
		return ok
	case wire.Boolean:
		b, ok := doc.(bool)
		v.SetBool(b)
		return ok
	case wire.Integer, wire.Long:
		n, ok := integer(doc)
		if !ok || v.OverflowInt(n) {
			return false
		}
		v.SetInt(n)
		return true
	case wire.Float, wire.Double:
		f, ok := number(doc)
		v.SetFloat(f)
		return ok
	case wire.Timestamp:
		at, ok := timestamp(doc)
		if ok {
			v.Set(reflect.ValueOf(at))
		}
		return ok
	}
	return true // documents have no form in this protocol
}

func integer(doc any) (int64, bool) {
	switch n := doc.(type) {
	case uint64:
		return int64(n), n <= math.MaxInt64
	case int64:
		return n, true
	case float64:
		return int64(n), n == math.Trunc(n) && n >= -1<<63 && n < 1<<63
	}
	return 0, false
}

func number(doc any) (float64, bool) {
	switch n := doc.(type) {
	case uint64:
		return float64(n), true
	case int64:
		return float64(n), true
	case float64:
		return n, true
	}
	return 0, false
}

// timestamp takes tagged times, and bare epoch seconds from lenient clients.
func timestamp(doc any) (time.Time, bool) {
	if at, ok := doc.(time.Time); ok {
		return at.UTC().Round(time.Millisecond), true
	}
	sec, ok := number(doc)
	const year10000 = 253402300800
	if !ok || math.IsNaN(sec) || math.Abs(sec) >= year10000 {
		return time.Time{}, false
	}
	return time.UnixMilli(int64(math.Round(sec * 1000))).UTC(), true
}
