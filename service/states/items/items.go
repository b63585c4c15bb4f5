// Package items reads what a distributed map's items come from: JSON, JSON Lines
// and CSV files, and writes what its results become.
package items

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"maru.dev/maru/service/states/asl"
	"maru.dev/maru/service/states/value"
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

// Read reads the items of a file, up to limit if that is not 0.
func Read(r *asl.ItemReader, pointer string, limit int64, file io.Reader) ([]Item, error) {
	switch r.InputType {
	case "CSV":
		return readCSV(r, limit, file)
	case "JSONL":
		return readLines(limit, file)
	case "JSON", "":
		return readJSON(pointer, limit, file)
	}
	return nil, faulty("InputType %s is not supported by maru", r.InputType)
}

// Of takes a JSON value's elements or members as items.
func Of(v any, limit int64) ([]Item, error) {
	var out []Item
	full := func() bool { return limit > 0 && int64(len(out)) >= limit }
	switch x := v.(type) {
	case []any:
		for _, e := range x {
			if full() {
				break
			}
			out = append(out, Item{Value: e})
		}
	case *value.Object:
		for key, e := range x.All() {
			if full() {
				break
			}
			out = append(out, Item{Key: key, HasKey: true, Value: e})
		}
	default:
		return nil, faulty("Attempting to map over non-iterable node.")
	}
	return out, nil
}

// readJSON reads a JSON file whose value, or the one that a pointer leads to,
// holds the items.
func readJSON(pointer string, limit int64, file io.Reader) ([]Item, error) {
	text, err := io.ReadAll(file)
	if err != nil {
		return nil, err
	}
	v, err := value.Parse(bytes.TrimPrefix(text, []byte("\uFEFF")))
	if err != nil {
		return nil, faulty("Unable to parse the JSON file: %v", err)
	}
	for _, step := range strings.Split(pointer, "/") {
		if step == "" {
			continue
		}
		o, ok := v.(*value.Object)
		if ok {
			v, ok = o.Get(strings.NewReplacer("~1", "/", "~0", "~").Replace(step))
		}
		if !ok {
			return nil, faulty("ItemsPointer %s does not lead to an array or object", pointer)
		}
	}
	return Of(v, limit)
}

// readLines reads a JSON Lines file.
func readLines(limit int64, file io.Reader) ([]Item, error) {
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, maxLine)
	var out []Item
	for n := 1; lines.Scan() && (limit == 0 || int64(len(out)) < limit); n++ {
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 {
			continue
		}
		v, err := value.Parse(line)
		if err != nil {
			return nil, faulty("Unable to parse line %d of the JSONL file: %v", n, err)
		}
		out = append(out, Item{Value: v})
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return nil, faulty("A line of the JSONL file is longer than 8 MB")
	}
	return out, lines.Err()
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
func readCSV(r *asl.ItemReader, limit int64, file io.Reader) ([]Item, error) {
	rows := csv.NewReader(file)
	rows.Comma, rows.FieldsPerRecord, rows.LazyQuotes, rows.ReuseRecord = delimiter(r.CSVDelimiter), -1, true, true
	headers := r.CSVHeaders
	var out []Item
	for limit == 0 || int64(len(out)) < limit {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if bad, ok := errors.AsType[*csv.ParseError](err); ok {
			return nil, faulty("Unable to parse the CSV file: %v", bad)
		}
		if err != nil {
			return nil, err
		}
		if headers == nil {
			headers = append([]string{}, row...)
			headers[0] = strings.TrimPrefix(headers[0], "\uFEFF")
			continue
		}
		o := value.NewObject(len(headers))
		for i, name := range headers {
			if i < len(row) {
				o.Set(name, strings.Clone(row[i]))
			} else {
				o.Set(name, "")
			}
		}
		out = append(out, Item{Value: o})
	}
	return out, nil
}
