// Package items reads what a distributed map's items come from: JSON, JSON Lines
// and CSV files, and manifests that lead to them. Files are read as they come, so
// one of any size costs no more memory than its largest item.
package items

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"maru.dev/maru/pattern/pointer"
	"maru.dev/maru/pattern/value"
	"maru.dev/maru/service/states/asl"
)

// maxLine is how long a line of a JSON Lines file may be.
const maxLine = 8 << 20

// Error is a fault of the file, as the map's failure tells it.
type Error struct{ Cause string }

// Error returns the cause.
func (e *Error) Error() string { return e.Cause }

// faulty makes an Error.
func faulty(format string, args ...any) error { return &Error{fmt.Sprintf(format, args...)} }

// Item is an item, with its key if it is an object's member.
type Item struct {
	Key    string
	HasKey bool
	Value  any
}

// Seq is a sequence of items, which an error ends.
type Seq = iter.Seq2[Item, error]

// Fail is a sequence that is an error.
func Fail(err error) Seq {
	return func(yield func(Item, error) bool) { yield(Item{}, err) }
}

// Read reads the items of a file.
func Read(r *asl.ItemReader, pointer string, file io.Reader) Seq {
	switch r.InputType {
	case "CSV":
		return readCSV(r, file)
	case "JSONL":
		return readLines(file)
	case "JSON", "":
		return readJSON(pointer, file)
	}
	return Fail(faulty("InputType %s is not supported by maru", r.InputType))
}

// Of takes a JSON value's elements or members as items.
func Of(v any) Seq {
	switch x := v.(type) {
	case []any:
		return func(yield func(Item, error) bool) {
			for _, e := range x {
				if !yield(Item{Value: e}, nil) {
					return
				}
			}
		}
	case *value.Object:
		return func(yield func(Item, error) bool) {
			for key, e := range x.All() {
				if !yield(Item{Key: key, HasKey: true, Value: e}, nil) {
					return
				}
			}
		}
	}
	return Fail(errNoItems)
}

// errNoItems says that a value has no elements.
var errNoItems = faulty("Attempting to map over non-iterable node.")

// readJSON reads a JSON file whose value, or the one that a pointer leads to,
// holds the items.
func readJSON(pointer string, file io.Reader) Seq {
	return func(yield func(Item, error) bool) {
		text := bufio.NewReader(file)
		if mark, _ := text.Peek(3); string(mark) == "\uFEFF" {
			_, _ = text.Discard(3)
		}
		d := jsontext.NewDecoder(text, jsontext.AllowDuplicateNames(true))
		err := follow(d, pointer)
		if err == nil {
			var more bool
			if more, err = readMembers(d, yield); !more && err == nil {
				return
			}
		}
		if err == nil {
			err = readRest(d)
		}
		if syntax, ok := errors.AsType[*jsontext.SyntacticError](err); ok || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
			if ok {
				err = syntax
			}
			err = faulty("Unable to parse the JSON file: %v", err)
		}
		if err != nil {
			yield(Item{}, err)
		}
	}
}

// follow reads up to the value that a pointer leads to.
func follow(d *jsontext.Decoder, place string) error {
	for _, step := range pointer.Steps(place) {
		found, err := enter(d, step)
		if err != nil {
			return err
		}
		if !found {
			return faulty("ItemsPointer %s does not lead to an array or object", place)
		}
	}
	return nil
}

// enter reads up to one member or element of the next value.
func enter(d *jsontext.Decoder, step string) (found bool, err error) {
	t, err := d.ReadToken()
	if err != nil {
		return false, err
	}
	if t.Kind() != '{' && t.Kind() != '[' {
		return false, nil
	}
	inArray := t.Kind() == '['
	for n := 0; ; n++ {
		if k := d.PeekKind(); k == '}' || k == ']' {
			return false, nil
		}
		name := strconv.Itoa(n)
		if !inArray {
			t, err := d.ReadToken()
			if err != nil {
				return false, err
			}
			name = t.String()
		}
		if name == step {
			return true, nil
		}
		if err := d.SkipValue(); err != nil {
			return false, err
		}
	}
}

// readMembers yields the elements or members of the next value; it returns
// whether more are wanted.
func readMembers(d *jsontext.Decoder, yield func(Item, error) bool) (more bool, err error) {
	t, err := d.ReadToken()
	if err != nil {
		return false, err
	}
	if t.Kind() != '{' && t.Kind() != '[' {
		return false, errNoItems
	}
	inObject := t.Kind() == '{'
	for {
		if k := d.PeekKind(); k == '}' || k == ']' {
			return true, nil
		}
		it := Item{HasKey: inObject}
		if inObject {
			name, err := d.ReadToken()
			if err != nil {
				return false, err
			}
			it.Key = name.String()
		}
		text, err := d.ReadValue()
		if err != nil {
			return false, err
		}
		if it.Value, err = value.Parse(text); err != nil {
			return false, faulty("Unable to parse the JSON file: %v", err)
		}
		if !yield(it, nil) {
			return false, nil
		}
	}
}

// readRest sees that nothing wrong follows.
func readRest(d *jsontext.Decoder) error {
	for d.StackDepth() > 0 {
		if _, err := d.ReadToken(); err != nil {
			return err
		}
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return faulty("Unable to parse the JSON file: more than one JSON value")
	}
	return nil
}

// readLines reads a JSON Lines file.
func readLines(file io.Reader) Seq {
	return func(yield func(Item, error) bool) {
		lines := bufio.NewScanner(file)
		lines.Buffer(nil, maxLine)
		for n := 1; lines.Scan(); n++ {
			line := bytes.TrimSpace(lines.Bytes())
			if len(line) == 0 {
				continue
			}
			v, err := value.Parse(line)
			if err != nil {
				yield(Item{}, faulty("Unable to parse line %d of the JSONL file: %v", n, err))
				return
			}
			if !yield(Item{Value: v}, nil) {
				return
			}
		}
		err := lines.Err()
		if errors.Is(err, bufio.ErrTooLong) {
			err = faulty("A line of the JSONL file is longer than 8 MB")
		}
		if err != nil {
			yield(Item{}, err)
		}
	}
}

// delimiter is the rune of a CSVDelimiter.
func delimiter(name string) rune {
	switch name {
	case "PIPE":
		return '|'
	case "SEMICOLON":
		return ';'
	case "SPACE":
		return ' '
	case "TAB":
		return '\t'
	}
	return ','
}

// readCSV reads a CSV file: each row is an object of strings.
func readCSV(r *asl.ItemReader, file io.Reader) Seq {
	return func(yield func(Item, error) bool) {
		rows := csv.NewReader(file)
		rows.Comma, rows.FieldsPerRecord, rows.LazyQuotes, rows.ReuseRecord = delimiter(r.CSVDelimiter), -1, true, true
		headers := r.CSVHeaders
		for {
			row, err := rows.Read()
			if errors.Is(err, io.EOF) {
				return
			}
			if bad, ok := errors.AsType[*csv.ParseError](err); ok {
				err = faulty("Unable to parse the CSV file: %v", bad)
			}
			if err != nil {
				yield(Item{}, err)
				return
			}
			if headers == nil {
				headers = slices.Clone(row)
				headers[0] = strings.TrimPrefix(headers[0], "\uFEFF")
				continue
			}
			if !yield(Item{Value: rowOf(headers, row)}, nil) {
				return
			}
		}
	}
}

// rowOf is a row of a CSV file as an object.
func rowOf(headers, row []string) *value.Object {
	o := value.NewObject(len(headers))
	for i, name := range headers {
		if i < len(row) {
			o.Set(name, strings.Clone(row[i]))
		} else {
			o.Set(name, "")
		}
	}
	return o
}
