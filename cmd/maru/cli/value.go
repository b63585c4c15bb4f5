package cli

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Value is a variable that a flag or an argument sets.
type Value interface {
	pflag.Value

	// Offers are what a shell completes to.
	Offers() ([]cobra.Completion, cobra.ShellCompDirective)
}

// variable is a Value of what its text means.
type variable[T any] struct {
	into   *T
	kind   kind
	read   func(text string) (T, error)
	write  func(T) string // as help shows a default: nothing where there is none
	offers []cobra.Completion
	files  cobra.ShellCompDirective
}

// Set reads the variable from text.
func (v *variable[T]) Set(text string) error {
	read, err := v.read(text)
	if err == nil {
		*v.into = read
	}
	return err
}

func (v *variable[T]) String() string { return v.write(*v.into) }

// Type is how the value is given.
func (v *variable[T]) Type() string { return string(v.kind) }

// Offers are what a shell completes to.
func (v *variable[T]) Offers() ([]cobra.Completion, cobra.ShellCompDirective) {
	return v.offers, v.files
}

// kind is how a flag is given, in words that cobra's completion reads.
type kind string

// The kinds.
const (
	one   kind = "one"
	many  kind = "manySlice" // may be repeated
	onOff kind = "bool"      // needs no value
)

// as makes a Value of a variable, which is or until it is set.
func as[T any](into *T, or T, how kind, read func(string) (T, error), write func(T) string) *variable[T] {
	*into = or
	return &variable[T]{into: into, kind: how, read: read, write: write, files: cobra.ShellCompDirectiveNoFileComp}
}

// Text is any text.
func Text(into *string, or string) Value {
	return as(into, or, one, func(text string) (string, error) { return text, nil }, plain)
}

// plain is text as it is.
func plain(text string) string { return text }

// Choice is one of a few words.
func Choice(into *string, or string, words ...string) Value {
	v := as(into, or, one, func(text string) (string, error) {
		if text == or {
			return text, nil
		}
		return text, among(words, text)
	}, plain)
	v.offers = words
	return v
}

// among tells whether a word is one of those that may be.
func among(words []string, word string) error {
	if slices.Contains(words, word) {
		return nil
	}
	last := len(words) - 1
	return fmt.Errorf("want %s or %s, not %q", strings.Join(words[:last], ", "), words[last], word)
}

// Folder is the path of a folder, which need not be there yet.
func Folder(into *string, or string) Value {
	v := as(into, or, one, func(text string) (string, error) {
		if text == "" {
			return or, nil
		}
		return absolute(text)
	}, plain)
	v.files = cobra.ShellCompDirectiveFilterDirs
	return v
}

// File is the path of a file that is there.
func File(into *string) Value {
	v := as(into, "", one, func(text string) (string, error) {
		path, err := absolute(text)
		if err != nil {
			return "", err
		}
		switch found, err := os.Stat(path); {
		case err != nil:
			return "", err
		case found.IsDir():
			return "", fmt.Errorf("%q is a folder; want a file", text)
		}
		return path, nil
	}, plain)
	v.files = cobra.ShellCompDirectiveDefault
	return v
}

// absolute is a path from the root of the file system. A shell leaves the ~ of
// --data=~/maru to us.
func absolute(path string) (string, error) {
	if inHome, ok := strings.CutPrefix(path, "~/"); ok {
		home, err := os.UserHomeDir()
		return filepath.Join(home, inHome), err
	}
	return filepath.Abs(path)
}

// Duration is how long.
func Duration(into *time.Duration, or time.Duration) Value {
	return as(into, or, one, func(text string) (time.Duration, error) {
		d, err := time.ParseDuration(text)
		if err != nil {
			return 0, fmt.Errorf("want a duration such as 90s, 15m or 24h, not %q", text)
		}
		return d, nil
	}, short)
}

// short is a duration without the zeros at its end.
func short(d time.Duration) string {
	if d == 0 {
		return ""
	}
	text := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, zero) {
			text = text[:len(text)-2]
		}
	}
	return text
}

// Moment is a time.
func Moment(into *time.Time) Value {
	return as(into, time.Time{}, one, func(text string) (time.Time, error) {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return at, fmt.Errorf("want a time such as 2027-01-01T00:00:00Z, not %q", text)
		}
		return at, nil
	}, func(time.Time) string { return "" })
}

// Number is a whole number.
func Number(into *int, or int) Value {
	return as(into, or, one, func(text string) (int, error) {
		n, err := strconv.ParseInt(text, 0, strconv.IntSize)
		if err != nil {
			return 0, fmt.Errorf("want a whole number, not %q", text)
		}
		return int(n), nil
	}, func(n int) string {
		if n == 0 {
			return ""
		}
		return strconv.Itoa(n)
	})
}

// Switch is on or off.
func Switch(into *bool) Value {
	return as(into, false, onOff, func(text string) (bool, error) {
		switch strings.ToLower(text) {
		case "true", "1", "yes":
			return true, nil
		case "false", "0", "no":
			return false, nil
		}
		return false, fmt.Errorf("want true, 1, yes, false, 0 or no, not %q", text)
	}, func(bool) string { return "" })
}

// List is any number of texts, parted by commas or given one by one. A comma
// of their own has a backslash before it.
func List(into *[]string) Value {
	return as(into, nil, many, func(text string) ([]string, error) {
		return append(*into, split(text, ",")...), nil
	}, func(list []string) string { return strings.Join(list, ",") })
}

// Choices are any number of a few words.
func Choices(into *[]string, words ...string) Value {
	v := as(into, nil, many, func(text string) ([]string, error) {
		list := split(text, ",")
		for _, word := range list {
			if err := among(words, word); err != nil {
				return nil, err
			}
		}
		return append(*into, list...), nil
	}, func(list []string) string { return strings.Join(list, ",") })
	v.offers = words
	return v
}

// Pairs are values by their keys. Each is given by itself; where there is a
// separator, it may part more of them.
func Pairs(into *map[string]string, separator string) Value {
	return as(into, nil, many, func(text string) (map[string]string, error) {
		pairs := maps.Clone(*into)
		if pairs == nil {
			pairs = make(map[string]string)
		}
		for _, pair := range split(text, separator) {
			key, value, ok := strings.Cut(pair, "=")
			if !ok {
				return nil, fmt.Errorf("want KEY=VALUE, not %q", pair)
			}
			pairs[key] = value
		}
		return pairs, nil
	}, func(map[string]string) string { return "" })
}

// split parts text at a separator that has no backslash before it. No separator
// parts nothing.
func split(text, separator string) []string {
	if separator == "" {
		return []string{text}
	}
	var parts []string
	whole := true // the next piece begins a part
	for piece := range strings.SplitSeq(text, separator) {
		if whole {
			parts = append(parts, piece)
		} else {
			last := &parts[len(parts)-1]
			*last = strings.TrimSuffix(*last, `\`) + separator + piece
		}
		whole = !strings.HasSuffix(piece, `\`)
	}
	return slices.DeleteFunc(parts, func(part string) bool { return part == "" })
}
