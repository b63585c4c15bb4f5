package table

import (
	"encoding/binary"

	"maru.dev/maru/kv"
	"maru.dev/maru/service/dynamodb/attr"
	"maru.dev/maru/service/dynamodb/number"
)

// hashBytes is how many bytes of a partition's hash lead its rows.
const hashBytes = 4

// encode returns the order-preserving form of a key attribute's value.
func encode(dst []byte, v attr.Value) []byte {
	if v.Kind != attr.Number {
		return append(dst, v.Text...)
	}
	d, err := number.Parse(v.Text)
	if err != nil { // values are canonical: this cannot be
		return append(dst, v.Text...)
	}
	return d.AppendKey(dst)
}

// Sort returns the encoded form of a sort key's value.
func Sort(v attr.Value) []byte { return encode(nil, v) }

// partition returns the first part of a row's key: the hash, then the value.
func partition(v attr.Value) []byte {
	p := encode(make([]byte, hashBytes, hashBytes+len(v.Text)+3), v)
	binary.BigEndian.PutUint32(p, spread(p[hashBytes:]))
	return p
}

// spread hashes an encoded partition key: FNV-1a, then a mixing of its bits.
// Which row lies where depends on it: it is part of the stored form.
func spread(key []byte) uint32 {
	x := uint64(14695981039346656037)
	for _, b := range key {
		x = (x ^ uint64(b)) * 1099511628211
	}
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	return uint32(x >> 32)
}

// Row is where an item is.
type Row struct {
	Key  kv.Key
	part []byte
	sort []byte // nil without a sort key
}

// Row returns where the item with these key attributes is.
func (t *Table) Row(key attr.Item) Row {
	r := Row{part: partition(key.Get(t.Hash))}
	if t.Range == "" {
		r.Key = t.items.With(r.part)
		return r
	}
	r.sort = Sort(key.Get(t.Range))
	r.Key = t.items.With(r.part, r.sort)
	return r
}

// under continues a key by where r is.
func (r Row) under(k kv.Key) kv.Key {
	if r.sort == nil {
		return k.With(r.part)
	}
	return k.With(r.part, r.sort)
}

// hash is what the row's partition hashes to.
func (r Row) hash() uint32 { return binary.BigEndian.Uint32(r.part) }

// row returns where item is in x; ok is false when it has no place there.
func (x *Index) row(item attr.Item, base Row) (key kv.Key, ok bool) {
	h := item.Get(x.Hash)
	if h.Kind == attr.Missing {
		return nil, false
	}
	var sort []byte
	if x.Range != "" {
		r := item.Get(x.Range)
		if r.Kind == attr.Missing {
			return nil, false
		}
		sort = Sort(r)
	}
	return base.under(x.rows.With(partition(h), sort)), true
}

// At returns where a row with the attributes of an exclusive start key is: of
// t, or of x when it is not nil.
func (t *Table) At(x *Index, start attr.Item) kv.Key {
	row := t.Row(start)
	if x == nil {
		return row.Key
	}
	key, _ := x.row(start, row)
	return key
}

// Partition is the range of the rows of one partition, of t or of x.
func (t *Table) Partition(x *Index, hash attr.Value) Partition {
	rows := t.items
	if x != nil {
		rows = x.rows
	}
	return Partition{rows.With(partition(hash))}
}

// Partition is the rows of one partition in the order of the sort key.
type Partition struct{ key kv.Key }

// All is the whole of p.
func (p Partition) All() kv.Range {
	r := kv.Prefix(p.key)
	r.From = p.key // a table without a sort key has its item here
	return r
}

// From is what is in p from a sort key on; or, after, from behind it.
func (p Partition) From(sort []byte, after bool) kv.Range {
	r := p.All()
	r.From = p.bound(sort, after)
	return r
}

// Until narrows r, a range of p, to what is before a sort key; or, through,
// to what is not behind it.
func (p Partition) Until(r kv.Range, sort []byte, through bool) kv.Range {
	r.To = p.bound(sort, through)
	return r
}

// bound is the key of the first row at a sort key or, behind, of the first one
// after it: the next byte string is the same with a zero at its end.
func (p Partition) bound(sort []byte, behind bool) kv.Key {
	if behind {
		sort = append(sort[:len(sort):len(sort)], 0)
	}
	return p.key.With(sort)
}

// Starting is what is in p with a sort key that begins with prefix.
func (p Partition) Starting(prefix []byte) kv.Range {
	r := p.From(prefix, false)
	for i := len(prefix) - 1; i >= 0; i-- {
		if prefix[i] < 0xff { // the first string behind all that begin with prefix
			next := append(append([]byte(nil), prefix[:i]...), prefix[i]+1)
			return p.Until(r, next, false)
		}
	}
	return r
}

// Segment is the range of one of total parts of all rows, of t or of x.
func (t *Table) Segment(x *Index, segment, total int) kv.Range {
	rows := t.items
	if x != nil {
		rows = x.rows
	}
	r := kv.Prefix(rows)
	if segment > 0 {
		r.From = rows.With(cut(segment, total))
	}
	if segment+1 < total {
		r.To = rows.With(cut(segment+1, total))
	}
	return r
}

// cut is the first hash of a segment.
func cut(segment, total int) []byte {
	return binary.BigEndian.AppendUint32(nil, uint32(uint64(segment)<<32/uint64(total)))
}
