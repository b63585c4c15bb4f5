package kv

import (
	"fmt"
	"iter"
	"reflect"

	"github.com/fxamacker/cbor/v2"
)

// Records keep times to the nanosecond and their zone's offset; maps in fields
// of type any come back with string keys, as JSON's do. Texts come back as they
// were put, even those that are not UTF-8: a row that was written can be read.
var (
	encoding = must(cbor.EncOptions{Time: cbor.TimeRFC3339Nano}.EncMode())
	decoding = must(cbor.DecOptions{
		DefaultMapType:   reflect.TypeFor[map[string]any](),
		UTF8:             cbor.UTF8DecodeInvalid,
		MaxArrayElements: MaxValue,
		MaxMapPairs:      MaxValue,
	}.DecMode())
)

// must returns v; options that are constant cannot be wrong at run time only.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// Fixed is implemented by records that are written so often that CBOR is too
// dear. They have a form of their own, behind a byte with which CBOR begins no
// structure, and are read in either.
type Fixed interface {
	// AppendFixed appends the fixed form to b; ok is false for a record that it
	// cannot hold, which then is CBOR.
	AppendFixed(b []byte) (form []byte, ok bool)
	// ReadFixed reads what AppendFixed appended.
	ReadFixed(form []byte) error
}

// fixedMark is the byte before a fixed form.
const fixedMark = 0x01

// encode returns the stored form of a record.
func encode[T any](value T) ([]byte, error) {
	if f, ok := any(&value).(Fixed); ok {
		if raw, ok := f.AppendFixed([]byte{fixedMark}); ok {
			return raw, nil
		}
	}
	return encoding.Marshal(value)
}

// Row is one decoded row of a scan.
type Row[T any] struct {
	Key   Key
	Value T
}

// Get reads and decodes the record at key.
func Get[T any](tx *Tx, key Key) (value T, ok bool, err error) {
	raw, ok, err := tx.Get(key)
	if err != nil || !ok {
		return value, false, err
	}
	if err := decode(raw, &value); err != nil {
		return value, false, fmt.Errorf("decode record %v: %w", key, err)
	}
	return value, true, nil
}

// Put encodes and writes the record at key. Records are CBOR, by field name
// (tags: cbor, else json), so that fields can be added; see Fixed for others.
func Put[T any](tx *Tx, key Key, value T) error {
	raw, err := encode(value)
	if err != nil {
		return fmt.Errorf("encode record %v: %w", key, err)
	}
	return tx.Put(key, raw)
}

// PutAtCommit encodes and writes a record with the commit's version in its key;
// see Tx.PutAtCommit.
func PutAtCommit[T any](tx *Tx, prefix Key, suffix []any, value T) error {
	raw, err := encode(value)
	if err != nil {
		return fmt.Errorf("encode record %v: %w", prefix, err)
	}
	return tx.PutAtCommit(prefix, suffix, raw)
}

// Scan decodes the records of r.
func Scan[T any](tx *Tx, r Range) iter.Seq2[Row[T], error] {
	return func(yield func(Row[T], error) bool) {
		for pair, err := range tx.Scan(r) {
			row := Row[T]{Key: pair.Key}
			if err == nil {
				if err = decode(pair.Value, &row.Value); err != nil {
					err = fmt.Errorf("decode record %v: %w", pair.Key, err)
				}
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

// decode reads one record.
func decode(raw []byte, into any) error {
	if len(raw) > 0 && raw[0] == fixedMark {
		if f, ok := into.(Fixed); ok {
			return f.ReadFixed(raw[1:])
		}
	}
	return decoding.Unmarshal(raw, into)
}
