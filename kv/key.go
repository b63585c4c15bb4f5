package kv

// Key is a tuple of typed parts, encoded so that keys sort as their parts do:
// first part first; within a part by its type's own order.
type Key []byte

// NewKey returns the key of parts: string, []byte, bool, int, int64, uint64 or
// time.Time (to the nanosecond). By convention the first three are account,
// region and service ("" for what is global). It panics on another type.
func NewKey(parts ...any) Key { panic("not yet") }

// With returns a new key that continues k with parts.
func (k Key) With(parts ...any) Key { panic("not yet") }

// Parts decodes k: strings, []byte, bool, int64, uint64 and time.Time (UTC).
func (k Key) Parts() ([]any, error) { panic("not yet") }

// Scan decodes k's parts from the given index into pointers of matching types
// (*string, *[]byte, *bool, *int64, *uint64, *time.Time); nil skips a part.
func (k Key) Scan(from int, into ...any) error { panic("not yet") }

// String is for people: the parts between slashes.
func (k Key) String() string { panic("not yet") }
