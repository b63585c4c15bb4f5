package s3

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"

	"maru.dev/maru/kv"
)

// listing asks for a page of keys in order, some of them rolled up into common
// prefixes.
type listing struct {
	prefix, delimiter string
	after             string // only what is behind it
	rolled            bool   // after is a common prefix, and what it stands for is behind us
	max               int
}

// entry is a line of a listing: an object, or a common prefix.
type entry[T any] struct {
	name   string // key, or prefix
	rolled bool   // it is a prefix
	record T
}

// rollUp returns the common prefix that a key goes into; ok is false if it
// stands for itself.
func (l *listing) rollUp(key string) (prefix string, ok bool) {
	if l.delimiter == "" {
		return "", false
	}
	at := strings.Index(key[len(l.prefix):], l.delimiter)
	if at < 0 {
		return "", false
	}
	return key[:len(l.prefix)+at+len(l.delimiter)], true
}

// start is the range of a folder's keys that can be in the listing.
func (l *listing) start(b *bucket, folder string) kv.Range {
	rows := b.startingWith(folder, l.prefix)
	switch {
	case l.rolled:
		rows = rows.After(b.key(folder, behind(l.after)))
	case l.after != "":
		rows = rows.After(b.key(folder, l.after))
	}
	return rows
}

// keyPart is where in a row's key the object's key is.
const keyPart = 5

// page reads up to max entries of the rows, and whether there are more. It passes over what
// is rolled up with one seek for each common prefix.
func page[T any](tx *kv.Tx, b *bucket, folder string, rows kv.Range, l *listing) (out []entry[T], more bool, err error) {
	for {
		seek := ""
		for row, err := range kv.Scan[T](tx, rows) {
			if err != nil {
				return nil, false, fmt.Errorf("list objects: %w", err)
			}
			var key string
			if err := row.Key.Scan(keyPart, &key); err != nil {
				return nil, false, fmt.Errorf("list objects: %w", err)
			}
			prefix, rolled := l.rollUp(key)
			if rolled && prefix == l.after {
				seek = prefix
				break
			}
			if len(out) == l.max {
				return out, true, nil
			}
			if rolled {
				out = append(out, entry[T]{name: prefix, rolled: true})
				seek = prefix
				break
			}
			out = append(out, entry[T]{name: key, record: row.Value})
		}
		if seek == "" {
			return out, false, nil
		}
		rows = rows.After(b.key(folder, behind(seek)))
	}
}

// token is where a page ended, for the next one to go on. Clients do not look
// into it.
func token[T any](last entry[T]) *string {
	kind := "k"
	if last.rolled {
		kind = "p"
	}
	return new(base64.RawURLEncoding.EncodeToString([]byte(kind + last.name)))
}

// from goes on where a token says.
func (l *listing) from(token string) error {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(raw) == 0 || raw[0] != 'k' && raw[0] != 'p' {
		return invalidArgument("continuation-token", token, "The continuation token provided is incorrect")
	}
	l.after, l.rolled = string(raw[1:]), raw[0] == 'p'
	return nil
}

// pageSize reads a max-keys parameter or one of its kind.
func pageSize(asked *int32, name string) (int, error) {
	switch {
	case asked == nil:
		return maxPage, nil
	case *asked < 0:
		return 0, invalidArgument(name, fmt.Sprint(*asked), "Argument "+name+" must be an integer between 0 and 2147483647")
	default:
		return min(int(*asked), maxPage), nil
	}
}

// encoder is how names are written in a listing: as they are, or escaped for
// those that XML cannot hold.
func encoder(encodingType *string) (func(string) *string, error) {
	switch {
	case encodingType == nil || *encodingType == "":
		return func(s string) *string { return &s }, nil
	case *encodingType == "url":
		return func(s string) *string {
			return new(strings.NewReplacer("%2F", "/", "%2A", "*").Replace(url.QueryEscape(s)))
		}, nil
	default:
		return nil, invalidArgument("encoding-type", *encodingType, "Invalid Encoding Method specified in Request")
	}
}

// given is a parameter as the reply repeats it: not at all if it was not given.
func given(value *string, encode func(string) *string) *string {
	if value == nil || *value == "" {
		return nil
	}
	return encode(*value)
}
