// Package attr holds items and their values as the DynamoDB service works with
// them: normalised, ordered, sized, and with a compact encoding for the store.
package attr

import (
	"slices"
	"strings"

	"maru.dev/maru/service/dynamodb/number"
)

// Kind is a value's data type.
type Kind uint8

// The data types. Their numbers are part of the stored form.
const (
	Missing Kind = iota // no value at all
	String
	Number
	Binary
	Bool
	Null
	List
	Map
	StringSet
	NumberSet
	BinarySet
)

// names are the types as the API writes them, by Kind.
var names = [...]string{"", "S", "N", "B", "BOOL", "NULL", "L", "M", "SS", "NS", "BS"}

// String returns the API's name of k: S, N, BOOL and so on.
func (k Kind) String() string { return names[k] }

// KindOf returns the Kind that the API calls name, or Missing.
func KindOf(name string) Kind {
	for k, n := range names {
		if n == name && k > 0 {
			return Kind(k)
		}
	}
	return Missing
}

// IsSet tells whether k is one of the three set types.
func (k Kind) IsSet() bool { return k >= StringSet }

// Element returns the type of a set's members.
func (k Kind) Element() Kind { return k - StringSet + String }

// SetOf returns the set type whose members are of type k: a String, Number or Binary.
func SetOf(k Kind) Kind { return k - String + StringSet }

// Value is one attribute's value. The zero Value is Missing.
//
// Values share what they are made of and are never changed in place: an update
// builds new ones.
type Value struct {
	Kind Kind
	Bool bool
	Text string  // String; Number in canonical form; Binary as raw bytes
	List []Value // List; members of a set, sorted and each once
	Map  Item
}

// Attr is a named value.
type Attr struct {
	Name  string
	Value Value
}

// Item is a map of attributes, sorted by name: a whole item, or a value of type Map.
type Item []Attr

// Str returns a String value.
func Str(s string) Value { return Value{Kind: String, Text: s} }

// Num returns a Number value of a canonical text.
func Num(s string) Value { return Value{Kind: Number, Text: s} }

// Get returns the value named name, or Missing.
func (m Item) Get(name string) Value {
	if i, ok := m.find(name); ok {
		return m[i].Value
	}
	return Value{}
}

// Has tells whether there is a value named name.
func (m Item) Has(name string) bool {
	_, ok := m.find(name)
	return ok
}

// find returns where name is, or would be.
func (m Item) find(name string) (int, bool) {
	if len(m) <= 8 { // most items: a scan beats the search
		for i := range m {
			if m[i].Name >= name {
				return i, m[i].Name == name
			}
		}
		return len(m), false
	}
	return slices.BinarySearchFunc(m, name, func(a Attr, n string) int { return strings.Compare(a.Name, n) })
}

// Sort brings m into the order that every Item has.
func (m Item) Sort() {
	slices.SortFunc(m, func(a, b Attr) int { return strings.Compare(a.Name, b.Name) })
}

// Equal tells whether two values are the same to DynamoDB: same type, same
// content, whatever the order of a set.
func Equal(a, b Value) bool {
	if a.Kind != b.Kind {
		return false
	}
	switch a.Kind {
	case Bool:
		return a.Bool == b.Bool
	case String, Number, Binary:
		return a.Text == b.Text
	case List, StringSet, NumberSet, BinarySet:
		return slices.EqualFunc(a.List, b.List, Equal)
	case Map:
		return EqualItems(a.Map, b.Map)
	}
	return true
}

// EqualItems is Equal for maps.
func EqualItems(a, b Item) bool {
	return slices.EqualFunc(a, b, func(x, y Attr) bool { return x.Name == y.Name && Equal(x.Value, y.Value) })
}

// Compare orders two values of the same scalar type; ok is false for others.
func Compare(a, b Value) (order int, ok bool) {
	if a.Kind != b.Kind {
		return 0, false
	}
	switch a.Kind {
	case String, Binary:
		return strings.Compare(a.Text, b.Text), true
	case Number:
		return number.Compare(a.Text, b.Text), true
	}
	return 0, false
}

// NewSet returns a set of members, sorted. ok is false when one is there twice.
func NewSet(kind Kind, members []Value) (set Value, ok bool) {
	slices.SortFunc(members, compareMembers)
	for i := 1; i < len(members); i++ {
		if members[i].Text == members[i-1].Text {
			return Value{}, false
		}
	}
	return Value{Kind: kind, List: members}, true
}

// compareMembers orders the members of one set.
func compareMembers(a, b Value) int {
	c, _ := Compare(a, b)
	return c
}

// Union returns the members of either set.
func Union(a, b Value) Value {
	x, y := a.List, b.List
	out := make([]Value, 0, len(x)+len(y))
	for len(x) > 0 && len(y) > 0 {
		switch c := compareMembers(x[0], y[0]); {
		case c < 0:
			out, x = append(out, x[0]), x[1:]
		case c > 0:
			out, y = append(out, y[0]), y[1:]
		default:
			out, x, y = append(out, x[0]), x[1:], y[1:]
		}
	}
	return Value{Kind: a.Kind, List: append(append(out, x...), y...)}
}

// Minus returns the members of a that are not in b.
func Minus(a, b Value) Value {
	out := make([]Value, 0, len(a.List))
	for _, v := range a.List {
		if !b.HasMember(v) {
			out = append(out, v)
		}
	}
	return Value{Kind: a.Kind, List: out}
}

// HasMember tells whether member is in the set v, whose members are of its type.
func (v Value) HasMember(member Value) bool {
	_, there := slices.BinarySearchFunc(v.List, member, compareMembers)
	return there
}
