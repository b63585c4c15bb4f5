package patch

import (
	"slices"
	"strconv"
	"strings"

	"maru.dev/maru/service/apigateway/fault"
	"maru.dev/maru/wire"
)

// Replace is a rule for what can be replaced only.
func Replace(path string, set func(value string) error) Rule {
	return Rule{Path: path, Replace: func(_ []string, v string) error { return set(v) }}
}

// Only is a rule for a text that can be replaced only. An empty one removes it.
func Only(path string, to **string) Rule {
	return Replace(path, func(v string) error {
		if *to = &v; v == "" {
			*to = nil
		}
		return nil
	})
}

// Text is a rule for a text.
func Text(path string, to **string) Rule {
	return Rule{
		Path:    path,
		Replace: func(_ []string, v string) error { *to = &v; return nil },
		Remove:  func([]string, *string) error { *to = nil; return nil },
	}
}

// Bool is a rule for a switch.
func Bool(path string, set func(bool)) Rule {
	return Replace(path, func(v string) error {
		b, err := strconv.ParseBool(strings.ToLower(v))
		if err != nil {
			return fault.BadRequest("Invalid boolean value '%s' specified for path '%s'", v, path)
		}
		set(b)
		return nil
	})
}

// Int is a rule for a whole number.
func Int(path string, set func(int32)) Rule {
	return Replace(path, func(v string) error {
		n, err := strconv.ParseInt(v, 10, 32)
		if err != nil {
			return fault.BadRequest("Invalid integer value '%s' specified for path '%s'", v, path)
		}
		set(int32(n))
		return nil
	})
}

// Float is a rule for a number.
func Float(path string, set func(float64)) Rule {
	return Replace(path, func(v string) error {
		f, err := strconv.ParseFloat(v, 64)
		if err != nil {
			return fault.BadRequest("Invalid number value '%s' specified for path '%s'", v, path)
		}
		set(f)
		return nil
	})
}

// Map is a rule for the entries of a map: path ends in the part for their name,
// as "/variables/{name}".
func Map(path string, to *map[string]string) Rule {
	r := Entries(path, to, func(v string) string { return v }, nil)
	r.Replace = r.Add
	return r
}

// Entries is a rule for the entries of a map that read makes of an operation's
// value. missing is the error where one is to be replaced or removed that is not
// there; nil for none. A map without entries is none.
func Entries[T any](path string, to *map[string]T, read func(string) T, missing error) Rule {
	put := func(at []string, v string) {
		if *to == nil {
			*to = make(map[string]T)
		}
		(*to)[at[len(at)-1]] = read(v)
	}
	there := func(at []string) error {
		if _, ok := (*to)[at[len(at)-1]]; !ok {
			return missing
		}
		return nil
	}
	return Rule{
		Path: path,
		Add:  func(at []string, v string) error { put(at, v); return nil },
		Replace: func(at []string, v string) error {
			err := there(at)
			if err == nil {
				put(at, v)
			}
			return err
		},
		Remove: func(at []string, _ *string) error {
			if err := there(at); err != nil {
				return err
			}
			if delete(*to, at[len(at)-1]); len(*to) == 0 {
				*to = nil
			}
			return nil
		},
	}
}

// Set is a rule for a list of different texts: path ends in the part for one of
// them, as "/binaryMediaTypes/{type}".
func Set(path string, to *[]string) Rule {
	return Rule{
		Path: path,
		Add: func(at []string, _ string) error {
			add(to, at[len(at)-1])
			return nil
		},
		Remove: func(at []string, _ *string) error {
			remove(to, at[len(at)-1])
			return nil
		},
	}
}

// Values is a rule for a list of different texts that operations name as their
// value, as {"op":"add","path":"/providerARNs","value":"arn:…"}.
func Values(path string, to *[]string) Rule {
	return Rule{
		Path: path,
		Add: func(_ []string, v string) error {
			add(to, v)
			return nil
		},
		Remove: func(_ []string, v *string) error {
			remove(to, wire.Value(v))
			return nil
		},
	}
}

// add puts a text into a list, once.
func add(to *[]string, v string) {
	if !slices.Contains(*to, v) {
		*to = append(*to, v)
	}
}

// remove takes a text out of a list.
func remove(from *[]string, v string) {
	*from = slices.DeleteFunc(*from, func(s string) bool { return s == v })
}
