package wire

import (
	"encoding/binary"
	"reflect"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// plainReader reads requests as clients write nearly all of them, in a third of
// the time that jsonReader takes token by token. It judges nothing: whatever it
// does not expect (an unknown member, a null, a wrong type, an escape in a name,
// anything malformed) makes it give up, and jsonReader begins anew. So there is
// one place that knows what is wrong with a request and how to say so.
type plainReader struct {
	*Reading

	data []byte
	text string // data's own copy, which texts are pieces of; "" for a large one
	at   int
	nest int
}

// plainText is up to which size of a request its texts share one copy of it: who
// keeps one keeps all.
const plainText = 4 << 10

// plain reads data into v, which is of type t and zero. When it gives up, v is
// zero again.
func (r *Reading) plain(data []byte, t *Type, v reflect.Value) bool {
	memory := r.memory
	d := plainReader{Reading: r, data: data}
	if len(data) <= plainText {
		d.text = string(data)
	}
	if d.value(t, v) && d.skip() == 0 && d.at == len(data) {
		return true
	}
	r.memory = memory
	v.SetZero()
	return false
}

// skip passes white space and returns what follows, or zero at the end.
func (d *plainReader) skip() byte {
	for ; d.at < len(d.data); d.at++ {
		switch c := d.data[d.at]; c {
		case ' ', '\n', '\r', '\t':
		default:
			return c
		}
	}
	return 0
}

// take passes c, if it is next.
func (d *plainReader) take(c byte) bool {
	if d.skip() != c {
		return false
	}
	d.at++
	return true
}

// value reads a value of type t.
func (d *plainReader) value(t *Type, v reflect.Value) bool {
	switch t.Shape.Kind {
	case Structure:
		return d.within('{') && d.structure(t, v)
	case Map:
		return d.within('{') && d.entries(t, v)
	case List:
		return d.within('[') && d.list(t, v)
	case String:
		text, ok := d.string()
		v.SetString(text)
		return ok
	case Boolean:
		return d.boolean(v)
	case Integer, Long:
		return d.integer(v)
	default:
		return false
	}
}

// within begins an object or a list, if it may nest that deep.
func (d *plainReader) within(c byte) bool {
	d.nest++
	return d.nest < d.depth && d.take(c)
}

// more ends an object or a list, or passes the comma before its next part. ok is
// false if there is neither.
func (d *plainReader) more(end byte) (more, ok bool) {
	switch d.skip() {
	case ',':
		d.at++
		return true, true
	case end:
		d.at++
		d.nest--
		return false, true
	}
	return false, false
}

// empty ends an object or a list that has no parts.
func (d *plainReader) empty(end byte) bool {
	if !d.take(end) {
		return false
	}
	d.nest--
	return true
}

// structure reads members.
func (d *plainReader) structure(t *Type, v reflect.Value) bool {
	if d.Spend(t) != nil {
		return false
	}
	var seen Seen
	for more := !d.empty('}'); more; {
		name, ok := d.name()
		if !ok {
			return false
		}
		f := t.byName[name]
		if f == nil {
			return false
		}
		seen.Add(f)
		if !d.value(f.Type, f.Set(v)) {
			return false
		}
		if more, ok = d.more('}'); !ok {
			return false
		}
	}
	return t.byValue&^uint64(seen) == 0
}

// entries reads a map.
func (d *plainReader) entries(t *Type, v reflect.Value) bool {
	m := NewMapWriter(d.Reading, t, v)
	defer m.Close()
	for more := !d.empty('}'); more; {
		name, ok := d.name()
		if !ok {
			return false
		}
		e, err := m.Next()
		if err != nil || !d.value(t.Elem.Type, e) {
			return false
		}
		m.Put(name)
		if more, ok = d.more('}'); !ok {
			return false
		}
	}
	return true
}

// list reads elements.
func (d *plainReader) list(t *Type, v reflect.Value) bool {
	if v.IsNil() {
		v.Set(reflect.MakeSlice(t.Go, 0, 1))
	}
	for more := !d.empty(']'); more; {
		e, err := d.Append(t, v)
		if err != nil || !d.value(t.Elem.Type, e) {
			return false
		}
		var ok bool
		if more, ok = d.more(']'); !ok {
			return false
		}
	}
	return true
}

// name reads a name without escapes, and the colon behind it.
func (d *plainReader) name() (string, bool) {
	from, to, escaped, ok := d.quoted()
	if !ok || escaped || !d.take(':') {
		return "", false
	}
	return d.piece(from, to), true
}

// string reads a text.
func (d *plainReader) string() (string, bool) {
	from, to, escaped, ok := d.quoted()
	switch {
	case !ok:
		return "", false
	case !escaped:
		return d.piece(from, to), true
	}
	b, err := jsontext.AppendUnquote(make([]byte, 0, to-from), d.data[from-1:to+1])
	return string(b), err == nil
}

// piece is a part of data as a string of its own.
func (d *plainReader) piece(from, to int) string {
	if d.text != "" {
		return d.text[from:to]
	}
	return string(d.data[from:to])
}

// Words of eight equal bytes.
const (
	ones  = 0x0101010101010101
	highs = 0x80 * ones
)

// quoted passes a text in quotes and returns its bounds. It may be escaped, and
// holds neither control characters nor what is no UTF-8.
func (d *plainReader) quoted() (from, to int, escaped, ok bool) {
	if !d.take('"') {
		return 0, 0, false, false
	}
	ascii := true
	for from = d.at; d.at < len(d.data); d.at++ {
		for d.at+8 <= len(d.data) { // eight at a time, while there is nothing to see
			x := binary.LittleEndian.Uint64(d.data[d.at:])
			quote, escape := x^'"'*ones, x^'\\'*ones
			if ((x-' '*ones)&^x|(quote-ones)&^quote|(escape-ones)&^escape|x)&highs != 0 {
				break
			}
			d.at += 8
		}
		if d.at == len(d.data) {
			break
		}
		switch c := d.data[d.at]; {
		case c == '"':
			to = d.at
			d.at++
			return from, to, escaped, ascii || utf8.Valid(d.data[from:to])
		case c < ' ':
			return 0, 0, false, false
		case c == '\\':
			escaped = true
			d.at++ // and what is escaped, which may be a quote
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	return 0, 0, false, false
}

// boolean reads true or false.
func (d *plainReader) boolean(v reflect.Value) bool {
	for _, word := range [...]string{"true", "false"} {
		if d.skip() == word[0] && len(d.data)-d.at >= len(word) && string(d.data[d.at:d.at+len(word)]) == word {
			d.at += len(word)
			v.SetBool(word == "true")
			return true
		}
	}
	return false
}

// integer reads an integer of up to 18 digits.
func (d *plainReader) integer(v reflect.Value) bool {
	negative := d.take('-')
	from, n := d.at, int64(0)
	for ; d.at < len(d.data) && d.data[d.at]-'0' <= 9; d.at++ {
		n = 10*n + int64(d.data[d.at]-'0')
	}
	digits := d.at - from
	if digits == 0 || digits > 18 || digits > 1 && d.data[from] == '0' {
		return false
	}
	if negative {
		n = -n
	}
	if v.OverflowInt(n) {
		return false
	}
	v.SetInt(n)
	return true
}
