package wiretest

import (
	"fmt"
	"maps"
	"slices"

	"maru.dev/maru/wire"
)

// Emitted is a value that writes itself: a string, []byte, bool, []any or
// map[string]any of such.
type Emitted struct{ Value any }

// Emit implements wire.Emitter.
func (e Emitted) Emit(s wire.Sink) error {
	switch v := e.Value.(type) {
	case string:
		s.Text([]byte(v))
	case []byte:
		s.Blob(v)
	case bool:
		s.Bool(v)
	case []any:
		s.BeginList(len(v))
		for _, element := range v {
			if err := (Emitted{element}).Emit(s); err != nil {
				return err
			}
		}
		s.EndList()
	case map[string]any:
		if tag, text, ok := tagged(v); ok {
			s.Tagged(tag, []byte(text))
			return nil
		}
		s.BeginMap(len(v))
		for _, key := range slices.Sorted(maps.Keys(v)) {
			s.Key([]byte(key))
			if err := (Emitted{v[key]}).Emit(s); err != nil {
				return err
			}
		}
		s.EndMap()
	default:
		return fmt.Errorf("%T is nothing to emit", v)
	}
	return nil
}

// tagged tells whether v is a structure of one text.
func tagged(v map[string]any) (tag, text string, ok bool) {
	for k, member := range v {
		tag = k
		text, ok = member.(string)
	}
	return tag, text, ok && len(v) == 1
}
