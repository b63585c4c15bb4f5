package task

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/fxamacker/cbor/v2"

	"maru.dev/maru/kv"
)

// encoding keeps times to the nanosecond, as kv's records do. It never changes.
var encoding = func() cbor.EncMode {
	mode, err := cbor.EncOptions{Time: cbor.TimeRFC3339Nano}.EncMode()
	if err != nil {
		panic(err) // constant options
	}
	return mode
}()

// encode writes a handler's own record.
func encode(v any) ([]byte, error) {
	raw, err := encoding.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode task: %w", err)
	}
	return raw, nil
}

// decode reads what encode wrote.
func decode(raw []byte, into any) error {
	if err := reading.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("decode task: %w", err)
	}
	return nil
}

// reading takes texts as they are, as encoding does. Stores of before Add refused such texts have
// tasks whose keys or owners are not valid UTF-8, and they are to run, too.
var reading = func() cbor.DecMode {
	mode, err := cbor.DecOptions{UTF8: cbor.UTF8DecodeInvalid}.DecMode()
	if err != nil {
		panic(err) // constant options
	}
	return mode
}()

// errUnreadable is found in a row that is no record at all.
var errUnreadable = errors.New("task: the row cannot be read")

// read reads a row of this package's own.
func read[T any](raw []byte) (row T, err error) {
	if err := reading.Unmarshal(raw, &row); err != nil {
		return row, fmt.Errorf("%w: %w", errUnreadable, err)
	}
	return row, nil
}

// load reads the row at key, if it is there.
func load[T any](tx *kv.Tx, key kv.Key) (row T, ok bool, err error) {
	raw, ok, err := tx.Get(key)
	if err != nil || !ok {
		return row, false, err
	}
	row, err = read[T](raw)
	return row, err == nil, err
}

// check tells why a task cannot be stored: its texts are read again as CBOR's,
// which are UTF-8.
func (t *Task) check() error {
	if t.Kind == "" {
		return errors.New("add task: it has no kind")
	}
	for _, text := range [...]string{t.Kind, t.Owner, t.Key, t.Account, t.Region, t.TraceID} {
		if !utf8.ValidString(text) {
			return fmt.Errorf("add task of kind %q: %q is not valid UTF-8", t.Kind, text)
		}
	}
	return nil
}
