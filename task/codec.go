package task

import (
	"fmt"

	"github.com/fxamacker/cbor/v2"
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
	if err := cbor.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("decode task: %w", err)
	}
	return nil
}
