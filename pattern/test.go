package pattern

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"

	"maru.dev/maru/pattern/glob"
)

// op is how a test compares.
type op uint8

const (
	equals op = iota
	equalsFold
	prefix
	prefixFold
	suffix
	suffixFold
	wildcard
	anythingBut
	numeric
	cidr
	exists
	absent
)

// test looks at one value of an event.
type test struct {
	op     op
	want   value // of equals
	text   string
	pieces []string // of a wildcard: what stands between the stars
	not    []test
	low    bound
	high   bound
	block  netip.Prefix
}

// bound is an end of a range of numbers.
type bound struct {
	at        float64
	set, open bool // open: without the number itself
}

// The numbers that ranges may name.
const maxNumber = 5e9

// holds tells whether a value passes the test. Objects and lists pass none.
func (t *test) holds(v *value) bool {
	switch t.op {
	case equals:
		return v.same(&t.want)
	case exists:
		return true
	case absent:
		return false
	case anythingBut:
		for i := range t.not {
			if t.not[i].holds(v) {
				return false
			}
		}
		return true
	case numeric:
		return v.kind == numberKind && t.low.below(v.number) && t.high.above(v.number)
	}
	return v.kind == stringKind && t.holdsText(v.text)
}

// holdsText tells whether a string passes.
func (t *test) holdsText(s string) bool {
	switch t.op {
	case equalsFold:
		return strings.EqualFold(s, t.text)
	case prefix:
		return strings.HasPrefix(s, t.text)
	case suffix:
		return strings.HasSuffix(s, t.text)
	case prefixFold:
		n := runesOf(s, utf8.RuneCountInString(t.text))
		return n >= 0 && strings.EqualFold(s[:n], t.text)
	case suffixFold:
		n := runesOf(s, utf8.RuneCountInString(s)-utf8.RuneCountInString(t.text))
		return n >= 0 && strings.EqualFold(s[n:], t.text)
	case wildcard:
		return glob.Pieces(t.pieces, s)
	case cidr:
		address, err := netip.ParseAddr(s)
		return err == nil && t.block.Contains(address)
	}
	return false
}

// runesOf returns how many bytes the first n characters of s take; -1 if there
// are not as many.
func runesOf(s string, n int) int {
	if n < 0 {
		return -1
	}
	for i := range s {
		if n == 0 {
			return i
		}
		n--
	}
	if n == 0 {
		return len(s)
	}
	return -1
}

// same tells whether two values that are neither objects nor lists are equal.
func (v *value) same(o *value) bool {
	return v.kind == o.kind && v.number == o.number && v.text == o.text
}

// below tells whether n is not under a lower bound.
func (b bound) below(n float64) bool { return !b.set || n > b.at || n == b.at && !b.open }

// above tells whether n is not over an upper bound.
func (b bound) above(n float64) bool { return !b.set || n < b.at || n == b.at && !b.open }

// compile reads one element of a field's array: a value, or an object with one
// operator.
func (t *test) compile(v *value) error {
	switch v.kind {
	case objectKind:
	case listKind:
		return errors.New("Match value must be String, number, true, false, or null")
	default:
		t.want = *v
		return nil
	}
	if len(v.items) != 1 {
		return errors.New("Only one key allowed in match expression")
	}
	operand := &v.items[0]
	switch name := operand.name; name {
	case "exists":
		if operand.kind != boolKind {
			return errors.New("exists match pattern must be either true or false.")
		}
		t.op = absent
		if operand.number != 0 {
			t.op = exists
		}
		return nil
	case "anything-but":
		t.op = anythingBut
		return t.compileNot(operand)
	case "numeric":
		t.op = numeric
		return t.compileRange(operand)
	case "cidr":
		t.op = cidr
		return t.compileBlock(operand)
	default:
		return t.compileText(name, operand)
	}
}

// compileText reads an operator over strings.
func (t *test) compileText(name string, operand *value) error {
	switch name {
	case "prefix":
		t.op = prefix
	case "suffix":
		t.op = suffix
	case "equals-ignore-case":
		t.op = equalsFold
	case "wildcard":
		t.op = wildcard
	default:
		return fmt.Errorf("Unrecognized match type %s", name)
	}
	if operand.kind == objectKind && (t.op == prefix || t.op == suffix) {
		if len(operand.items) != 1 {
			return errors.New("Only one key allowed in match expression")
		}
		if inner := operand.items[0].name; inner != "equals-ignore-case" {
			return fmt.Errorf("Unsupported %s match pattern: %s", name, inner)
		}
		t.op, operand = t.op+1, &operand.items[0]
		if operand.kind != stringKind {
			return errors.New("equals-ignore-case match pattern must be a string")
		}
	}
	if operand.kind != stringKind {
		return fmt.Errorf("%s match pattern must be a string", name)
	}
	t.text = operand.text
	if t.op == wildcard {
		pieces, err := glob.Cut(t.text)
		t.pieces = pieces
		return err
	}
	return nil
}

// compileNot reads what a value may not be: values, or one operator over
// strings with what it may not find.
func (t *test) compileNot(operand *value) error {
	switch operand.kind {
	case stringKind, numberKind:
		t.not = []test{{want: *operand}}
		return nil
	case listKind:
		return t.compileNotValues(operand)
	case objectKind:
	default:
		return errors.New("Value of anything-but must be an array or single string/number value.")
	}
	if len(operand.items) != 1 {
		return errors.New("Only one key allowed in match expression")
	}
	inner := &operand.items[0]
	name := inner.name
	switch name {
	case "prefix", "suffix", "equals-ignore-case", "wildcard":
	default:
		return fmt.Errorf("Unsupported anything-but pattern: %s", name)
	}
	list := []value{*inner}
	if inner.kind == listKind {
		if list = inner.items; len(list) == 0 {
			return errors.New("Empty arrays are not allowed")
		}
	}
	t.not = make([]test, len(list))
	for i := range list {
		if err := t.not[i].compileText(name, &list[i]); err != nil {
			return err
		}
		if t.not[i].text == "" && name != "equals-ignore-case" && name != "wildcard" {
			return fmt.Errorf("Null %s not allowed", name)
		}
	}
	return nil
}

// compileNotValues reads a list of values that are excluded.
func (t *test) compileNotValues(list *value) error {
	if len(list.items) == 0 {
		return errors.New("Empty arrays are not allowed")
	}
	for i := range list.items {
		v := list.items[i]
		if v.kind != stringKind && v.kind != numberKind {
			return errors.New("Inside anything but list, start|null|boolean is not supported.")
		}
		if v.kind != list.items[0].kind {
			return errors.New("Inside anything but list, either all values are number or string, mixed type is not supported")
		}
		t.not = append(t.not, test{want: v})
	}
	return nil
}

// compileRange reads one comparison with a number, or two that are a range.
func (t *test) compileRange(operand *value) error {
	if operand.kind != listKind {
		return errors.New("Value of numeric must be an array.")
	}
	list := operand.items
	if len(list) == 0 {
		return errors.New("Invalid member in numeric match: ]")
	}
	for i := 0; i < len(list); i += 2 {
		if i >= 4 || i == 2 && (t.low.set && t.high.set) {
			return errors.New("Too many elements in numeric expression")
		}
		if list[i].kind != stringKind {
			return errors.New("Invalid member in numeric match: " + list[i].written())
		}
		sign := list[i].text
		if !strings.Contains(" = < <= > >= ", " "+sign+" ") || sign == "" {
			return errors.New("Unrecognized numeric range operator: " + sign)
		}
		if i+1 >= len(list) || list[i+1].kind != numberKind {
			if sign == "=" {
				return errors.New("Value of equals must be numeric")
			}
			return fmt.Errorf("Value of %s must be numeric", sign)
		}
		if err := t.addBound(sign, list[i+1].number); err != nil {
			return err
		}
	}
	if t.low.set && t.high.set && t.low != t.high && t.low.at >= t.high.at {
		return errors.New("Bottom must be less than top")
	}
	return nil
}

// addBound narrows the range by one comparison.
func (t *test) addBound(sign string, at float64) error {
	if at < -maxNumber || at > maxNumber {
		return errors.New("Value must be between -5.0E9 and 5.0E9, inclusive")
	}
	b := bound{at: at, set: true, open: len(sign) == 1 && sign != "="}
	switch {
	case sign == "=":
		if t.low.set || t.high.set {
			return errors.New("Too many elements in numeric expression")
		}
		t.low, t.high = b, b
	case sign[0] == '>':
		if t.low.set {
			return errors.New("Bad numeric range operator: " + sign)
		}
		t.low = b
	default:
		if t.high.set {
			return errors.New("Bad numeric range operator: " + sign)
		}
		t.high = b
	}
	return nil
}

// written is a value as messages show it.
func (v *value) written() string {
	switch v.kind {
	case boolKind:
		return strconv.FormatBool(v.number != 0)
	case numberKind:
		return strconv.FormatFloat(v.number, 'g', -1, 64)
	case stringKind:
		return v.text
	case listKind:
		return "["
	case objectKind:
		return "{"
	}
	return "null"
}

// compileBlock reads a range of addresses; one address is a range of its own.
func (t *test) compileBlock(operand *value) error {
	if operand.kind != stringKind {
		return errors.New("prefix match pattern must be a string")
	}
	address, bits, found := strings.Cut(operand.text, "/")
	switch {
	case !found:
		return errors.New("Malformed CIDR, one '/' required")
	case strings.Contains(bits, "/"):
		return errors.New("Malformed CIDR, only one '/' allowed")
	}
	n, err := strconv.Atoi(bits)
	if err != nil {
		return errors.New("Malformed CIDR, mask bits must be an integer")
	}
	a, err := netip.ParseAddr(address)
	if err != nil || a.Zone() != "" {
		return errors.New("Nonstandard IP address: " + address)
	}
	switch {
	case n < 0:
		return errors.New("Malformed CIDR, mask bits must not be negative")
	case a.Is4() && n > 32:
		return errors.New("IPv4 mask bits must be < 32")
	case n > 128:
		return errors.New("IPv6 mask bits must be < 128")
	}
	t.block = netip.PrefixFrom(a, n).Masked()
	return nil
}
