package attr

import (
	"maps"
	"slices"

	"maru.dev/maru/wire"
)

// Raw is the stored form of an item: what Encode returns. It goes into replies
// as it is, since reading an item is mostly copying it from one form into
// another.
type Raw []byte

// Reply returns an item as a reply holds it: nil when there is none.
func Reply(m Item) wire.Emitter {
	if m == nil {
		return nil
	}
	return Raw(m.Encode())
}

// Reply returns b as a reply holds it: nil when there is none.
func (b Raw) Reply() wire.Emitter {
	if b == nil {
		return nil
	}
	return b
}

// Emit implements wire.Emitter.
func (b Raw) Emit(s wire.Sink) error {
	if len(b) == 0 || b[0] != formatVersion {
		return ErrTorn
	}
	d := decoder[[]byte]{data: b, at: 1}
	d.emitItem(s, 0)
	if !d.done() {
		return ErrTorn
	}
	return nil
}

// Items is a list of items for a reply.
type Items []Raw

// Emit implements wire.Emitter.
func (l Items) Emit(s wire.Sink) error {
	s.BeginList(len(l))
	for _, b := range l {
		if err := b.Emit(s); err != nil {
			return err
		}
	}
	s.EndList()
	return nil
}

// Tables are lists of items by the names of their tables.
type Tables map[string]Items

// Emit implements wire.Emitter.
func (m Tables) Emit(s wire.Sink) error {
	s.BeginMap(len(m))
	for _, name := range slices.Sorted(maps.Keys(m)) {
		s.Key([]byte(name))
		if err := m[name].Emit(s); err != nil {
			return err
		}
	}
	s.EndMap()
	return nil
}

// emitItem writes the item that d stands before.
func (d *decoder[T]) emitItem(s wire.Sink, depth int) {
	n := d.count()
	s.BeginMap(n)
	for i := 0; i < n && !d.torn; i++ {
		s.Key([]byte(d.text()))
		d.emitValue(s, depth)
	}
	s.EndMap()
}

// emitValue writes the value that d stands before, as the API has it: an
// object whose one member is named by the type.
func (d *decoder[T]) emitValue(s wire.Sink, depth int) {
	kind := Kind(d.byte())
	if depth > maxDepth || kind < String || kind > BinarySet {
		d.fail()
		return
	}
	if kind <= Number {
		s.Tagged(names[kind], []byte(d.text()))
		return
	}
	s.BeginMap(1)
	s.Member(names[kind])
	switch kind {
	case Binary:
		s.Blob([]byte(d.text()))
	case Bool:
		s.Bool(d.byte() != 0)
	case Null:
		s.Bool(true)
	case Map:
		d.emitItem(s, depth+1)
	case List:
		n := d.count()
		s.BeginList(n)
		for i := 0; i < n && !d.torn; i++ {
			d.emitValue(s, depth+1)
		}
		s.EndList()
	default:
		d.emitSet(s, kind)
	}
	s.EndMap()
}

// emitSet writes the members of a set.
func (d *decoder[T]) emitSet(s wire.Sink, kind Kind) {
	n := d.count()
	s.BeginList(n)
	for i := 0; i < n && !d.torn; i++ {
		if text := []byte(d.text()); kind == BinarySet {
			s.Blob(text)
		} else {
			s.Text(text)
		}
	}
	s.EndList()
}
