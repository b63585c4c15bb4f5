package wire

import (
	"errors"
	"reflect"
)

// Emitter is a value that writes itself. It stands in the place of a member's
// Go value where a service holds the value in an encoded form of its own: made
// into Go values, it would only be taken apart again. Which members are held so
// is said by "emitted" in models/overlays; inputs never are.
type Emitter interface {
	// Emit writes one value of the member's shape. It may be called more than
	// once, and from any goroutine.
	Emit(s Sink) error
}

// Sink takes a value from an Emitter, from left to right, in whichever
// protocol: a map or structure as many keys, each with one value behind it; a
// list as many values. It keeps none of the bytes it is given.
type Sink interface {
	BeginMap(n int)
	Member(name string) // a structure's key, which needs no escapes
	Key(name []byte)    // a map's key
	EndMap()
	BeginList(n int)
	EndList()
	Text(b []byte)
	Blob(b []byte)
	Bool(v bool)
	// Tagged writes a structure of one member that is a text: what most unions
	// are, and so most of what is written, in one call in place of four.
	Tagged(member string, text []byte)
}

// emitterType is what a field is whose member is emitted.
var emitterType = reflect.TypeFor[Emitter]()

// errNotEmitted is a value that should write itself, but is none.
var errNotEmitted = errors.New("wire: an emitted member holds no Emitter")

// EmitterOf returns the Emitter that v, the field of an emitted member, holds.
func EmitterOf(v reflect.Value) (Emitter, error) {
	e, ok := v.Interface().(Emitter)
	if !ok {
		return nil, errNotEmitted
	}
	return e, nil
}

// jsonSink appends what it is given as JSON. Where a comma is due shows in the
// byte before.
type jsonSink struct{ dst []byte }

// appendEmitted writes an emitted value behind dst.
func appendEmitted(dst []byte, v reflect.Value) ([]byte, error) {
	e, err := EmitterOf(v)
	if err != nil {
		return dst, err
	}
	s := jsonSink{dst}
	err = e.Emit(&s)
	return s.dst, err
}

// next begins a key or an element.
func (s *jsonSink) next() {
	if len(s.dst) == 0 {
		return
	}
	switch s.dst[len(s.dst)-1] {
	case '{', '[', ':', ',':
	default:
		s.dst = append(s.dst, ',')
	}
}

// BeginMap implements Sink.
func (s *jsonSink) BeginMap(int) {
	s.next()
	s.dst = append(s.dst, '{')
}

// Member implements Sink.
func (s *jsonSink) Member(name string) {
	s.next()
	s.dst = append(s.dst, '"')
	s.dst = append(s.dst, name...)
	s.dst = append(s.dst, '"', ':')
}

// Key implements Sink.
func (s *jsonSink) Key(name []byte) {
	s.next()
	s.dst = append(appendText(s.dst, name), ':')
}

// EndMap implements Sink.
func (s *jsonSink) EndMap() { s.dst = append(s.dst, '}') }

// BeginList implements Sink.
func (s *jsonSink) BeginList(int) {
	s.next()
	s.dst = append(s.dst, '[')
}

// EndList implements Sink.
func (s *jsonSink) EndList() { s.dst = append(s.dst, ']') }

// Text implements Sink.
func (s *jsonSink) Text(b []byte) {
	s.next()
	s.dst = appendText(s.dst, b)
}

// Tagged implements Sink.
func (s *jsonSink) Tagged(member string, text []byte) {
	s.next()
	dst := append(s.dst, '{', '"')
	dst = append(dst, member...)
	dst = append(dst, '"', ':')
	s.dst = append(appendText(dst, text), '}')
}

// Blob implements Sink.
func (s *jsonSink) Blob(b []byte) {
	s.next()
	s.dst = append(s.dst, '"')
	s.dst = AppendBase64(s.dst, b)
	s.dst = append(s.dst, '"')
}

// Bool implements Sink.
func (s *jsonSink) Bool(v bool) {
	s.next()
	if v {
		s.dst = append(s.dst, "true"...)
		return
	}
	s.dst = append(s.dst, "false"...)
}
