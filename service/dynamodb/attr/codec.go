package attr

import (
	"encoding/binary"
	"errors"
	"slices"
)

// formatVersion is the first byte of every encoded item. A later format takes
// the next number, and Decode reads both.
const formatVersion = 1

// maxDepth bounds what Decode follows, well above what the API lets in.
const maxDepth = 64

// ErrTorn is an encoded item that is not what Append wrote.
var ErrTorn = errors.New("encoded item is torn")

// Append appends the stored form of m: the version, then the number of
// attributes and for each its name, its type, and its content. Lengths are
// varints.
func (m Item) Append(dst []byte) []byte {
	return m.appendBody(append(dst, formatVersion))
}

// Encode returns the stored form of m.
func (m Item) Encode() []byte { return m.Append(make([]byte, 0, m.Size()+6*len(m)+8)) }

func (m Item) appendBody(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(m)))
	for i := range m {
		dst = appendText(dst, m[i].Name)
		dst = m[i].Value.append(dst)
	}
	return dst
}

func (v Value) append(dst []byte) []byte {
	dst = append(dst, byte(v.Kind))
	switch v.Kind {
	case String, Number, Binary:
		dst = appendText(dst, v.Text)
	case Bool:
		if v.Bool {
			return append(dst, 1)
		}
		return append(dst, 0)
	case List:
		dst = binary.AppendUvarint(dst, uint64(len(v.List)))
		for _, e := range v.List {
			dst = e.append(dst)
		}
	case StringSet, NumberSet, BinarySet:
		dst = binary.AppendUvarint(dst, uint64(len(v.List)))
		for _, e := range v.List {
			dst = appendText(dst, e.Text)
		}
	case Map:
		dst = v.Map.appendBody(dst)
	}
	return dst
}

func appendText(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

// Decode reads what Encode wrote. The texts of the item share one copy of b.
func Decode(b []byte) (Item, error) {
	if len(b) == 0 || b[0] != formatVersion {
		return nil, ErrTorn
	}
	d := decoder[string]{data: string(b), at: 1}
	m := d.item(0)
	if !d.done() {
		return nil, ErrTorn
	}
	return m, nil
}

// decoder walks an encoded item: a copy of it whose texts are kept, or the
// bytes themselves. Once torn, it returns zeros. It counts along data rather
// than cut it, which would tell the garbage collector of each step.
type decoder[T string | []byte] struct {
	data T
	at   int
	torn bool
}

// fail marks the input as torn and ends all loops over it.
func (d *decoder[T]) fail() { d.torn, d.at = true, len(d.data) }

// done tells whether all of the input was an item.
func (d *decoder[T]) done() bool { return !d.torn && d.at == len(d.data) }

func (d *decoder[T]) byte() byte {
	if d.at >= len(d.data) {
		d.fail()
		return 0
	}
	c := d.data[d.at]
	d.at++
	return c
}

func (d *decoder[T]) uvarint() uint64 {
	if d.at < len(d.data) && d.data[d.at] < 0x80 { // most of them
		d.at++
		return uint64(d.data[d.at-1])
	}
	var n uint64
	for shift := 0; shift < 64; shift += 7 {
		c := d.byte()
		n |= uint64(c&0x7f) << shift
		if c < 0x80 {
			return n
		}
	}
	d.fail()
	return 0
}

// count reads how many elements follow; each takes at least a byte, so a count
// beyond the input is torn before anything is allocated for it.
func (d *decoder[T]) count() int {
	n := d.uvarint()
	if n > uint64(len(d.data)-d.at) {
		d.fail()
		return 0
	}
	return int(n)
}

func (d *decoder[T]) text() T {
	n := d.count()
	d.at += n
	return d.data[d.at-n : d.at]
}

func (d *decoder[T]) item(depth int) Item {
	m := make(Item, d.count())
	for i := range m {
		if d.torn {
			return nil
		}
		m[i].Name = string(d.text())
		m[i].Value = d.value(depth)
	}
	return slices.Clip(m)
}

func (d *decoder[T]) value(depth int) Value {
	if depth > maxDepth {
		d.fail()
		return Value{}
	}
	v := Value{Kind: Kind(d.byte())}
	switch v.Kind {
	case String, Number, Binary:
		v.Text = string(d.text())
	case Bool:
		v.Bool = d.byte() != 0
	case Null:
	case List:
		v.List = make([]Value, d.count())
		for i := 0; i < len(v.List) && !d.torn; i++ {
			v.List[i] = d.value(depth + 1)
		}
	case StringSet, NumberSet, BinarySet:
		v.List = make([]Value, d.count())
		for i := 0; i < len(v.List) && !d.torn; i++ {
			v.List[i] = Value{Kind: v.Kind.Element(), Text: string(d.text())}
		}
	case Map:
		v.Map = d.item(depth + 1)
	default:
		d.fail()
	}
	return v
}
