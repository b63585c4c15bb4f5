package rpcv2cbor

import (
	"reflect"

	"maru.dev/maru/wire"
)

// sink appends what an emitted value is made of. CBOR says how many entries
// follow before they do, so nothing needs an end.
type sink struct{ dst []byte }

// appendEmitted writes a value that writes itself.
func appendEmitted(dst []byte, v reflect.Value) ([]byte, error) {
	e, err := wire.EmitterOf(v)
	if err != nil {
		return dst, err
	}
	s := sink{dst}
	err = e.Emit(&s)
	return s.dst, err
}

// BeginMap implements wire.Sink.
func (s *sink) BeginMap(n int) { s.dst = appendHead(s.dst, majorMap, uint64(n)) }

// Member implements wire.Sink.
func (s *sink) Member(name string) { s.dst = appendText(s.dst, name) }

// Key implements wire.Sink.
func (s *sink) Key(name []byte) { s.Text(name) }

// EndMap implements wire.Sink.
func (s *sink) EndMap() {}

// BeginList implements wire.Sink.
func (s *sink) BeginList(n int) { s.dst = appendHead(s.dst, majorArray, uint64(n)) }

// EndList implements wire.Sink.
func (s *sink) EndList() {}

// Text implements wire.Sink.
func (s *sink) Text(b []byte) { s.dst = append(appendHead(s.dst, majorText, uint64(len(b))), b...) }

// Blob implements wire.Sink.
func (s *sink) Blob(b []byte) { s.dst = append(appendHead(s.dst, majorBytes, uint64(len(b))), b...) }

// Tagged implements wire.Sink.
func (s *sink) Tagged(member string, text []byte) {
	s.BeginMap(1)
	s.Member(member)
	s.Text(text)
}

// Bool implements wire.Sink.
func (s *sink) Bool(v bool) {
	if v {
		s.dst = append(s.dst, simpleTrue)
		return
	}
	s.dst = append(s.dst, simpleFalse)
}
