// Package number holds DynamoDB's numbers: up to 38 significant decimal digits
// and magnitudes from 1E-130 to 9.99…E+125, exact, with an order-preserving
// binary form for sort keys.
package number

import (
	"errors"
	"strings"

	"github.com/cockroachdb/apd/v3"
)

// The limits of a number.
const (
	MaxDigits   = 38
	maxExponent = 125
	minExponent = -130
)

// Why a text is no number, or a number cannot be kept. The words are AWS's.
var (
	ErrPrecision = errors.New("Attempting to store more than 38 significant digits in a Number")
	ErrOverflow  = errors.New("Number overflow. Attempting to store a number with magnitude larger than supported range")
	ErrUnderflow = errors.New("Number underflow. Attempting to store a number with magnitude smaller than supported range")
	errSyntax    = errors.New("The parameter cannot be converted to a numeric value")
	errKey       = errors.New("number key is torn")
	errArguments = errors.New("arithmetic on numbers that are not canonical")
)

// SyntaxError is a text that is no number.
type SyntaxError struct{ Text string }

// Error is what AWS says, with the text unless it is empty.
func (e *SyntaxError) Error() string {
	if e.Text == "" {
		return errSyntax.Error()
	}
	return errSyntax.Error() + ": " + e.Text
}

// Decimal is a number in its one normal form: d.ddd × 10^exp, where digits has
// neither leading nor trailing zeros. Zero has no digits.
type Decimal struct {
	neg    bool
	digits string
	exp    int
}

// Normal returns the canonical text of a number: plain decimal notation
// without superfluous zeros, as DynamoDB returns it.
func Normal(text string) (string, error) {
	if isPlainInteger(text) {
		return text, nil
	}
	d, err := Parse(text)
	if err != nil {
		return "", err
	}
	return d.String(), nil
}

// isPlainInteger tells whether text already is canonical in the way most
// numbers are, so that the hot path neither parses nor allocates.
func isPlainInteger(text string) bool {
	s := strings.TrimPrefix(text, "-")
	if s == "" || len(s) > MaxDigits || s[0] == '0' && text != "0" {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// Parse reads a number in any form that DynamoDB accepts.
func Parse(text string) (Decimal, error) {
	rest, d := text, Decimal{}
	if rest != "" && (rest[0] == '-' || rest[0] == '+') {
		d.neg = rest[0] == '-'
		rest = rest[1:]
	}
	mantissa, exponent, ok := splitExponent(rest)
	if !ok {
		return Decimal{}, &SyntaxError{text}
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	if whole == "" && fraction == "" || !allDigits(whole) || !allDigits(fraction) {
		return Decimal{}, &SyntaxError{text}
	}
	digits := whole
	if fraction != "" {
		digits += fraction
	}
	trimmed := strings.TrimLeft(digits, "0")
	d.exp = exponent + len(whole) - 1 - (len(digits) - len(trimmed))
	d.digits = strings.TrimRight(trimmed, "0")
	return d, d.check()
}

// splitExponent cuts s at its exponent. An exponent too long to matter is
// clamped: it is out of range whatever the mantissa is.
func splitExponent(s string) (mantissa string, exponent int, ok bool) {
	i := strings.IndexAny(s, "eE")
	if i < 0 {
		return s, 0, true
	}
	text, sign := s[i+1:], 1
	if text != "" && (text[0] == '-' || text[0] == '+') {
		if text[0] == '-' {
			sign = -1
		}
		text = text[1:]
	}
	if text == "" || !allDigits(text) {
		return "", 0, false
	}
	const clamp = 1 << 30
	for _, c := range text {
		exponent = min(exponent*10+int(c-'0'), clamp)
	}
	return s[:i], sign * exponent, true
}

// allDigits tells whether s has no other character.
func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// check normalises zero and holds d against the limits.
func (d *Decimal) check() error {
	switch {
	case d.digits == "":
		*d = Decimal{}
	case d.exp > maxExponent:
		return ErrOverflow
	case d.exp < minExponent:
		return ErrUnderflow
	case len(d.digits) > MaxDigits:
		return ErrPrecision
	}
	return nil
}

// String returns d in plain decimal notation.
func (d Decimal) String() string {
	if d.digits == "" {
		return "0"
	}
	var b strings.Builder
	if d.neg {
		b.WriteByte('-')
	}
	switch point := d.exp + 1; {
	case point <= 0:
		b.WriteString("0.")
		b.WriteString(strings.Repeat("0", -point))
		b.WriteString(d.digits)
	case point >= len(d.digits):
		b.WriteString(d.digits)
		b.WriteString(strings.Repeat("0", point-len(d.digits)))
	default:
		b.WriteString(d.digits[:point])
		b.WriteByte('.')
		b.WriteString(d.digits[point:])
	}
	return b.String()
}

// Compare returns how d stands to o: -1, 0 or 1.
func (d Decimal) Compare(o Decimal) int {
	if s, t := d.sign(), o.sign(); s != t {
		if s < t {
			return -1
		}
		return 1
	}
	c := d.compareMagnitude(o)
	if d.neg {
		return -c
	}
	return c
}

// sign returns -1, 0 or 1.
func (d Decimal) sign() int {
	switch {
	case d.digits == "":
		return 0
	case d.neg:
		return -1
	}
	return 1
}

// compareMagnitude compares without the signs.
func (d Decimal) compareMagnitude(o Decimal) int {
	switch {
	case d.digits == "" || d.exp == o.exp:
		return strings.Compare(d.digits, o.digits)
	case d.exp < o.exp:
		return -1
	}
	return 1
}

// Compare compares two canonical texts.
func Compare(a, b string) int {
	if a == b {
		return 0
	}
	x, errX := Parse(a)
	y, errY := Parse(b)
	if errX != nil || errY != nil {
		return strings.Compare(a, b)
	}
	return x.Compare(y)
}

// Size is what DynamoDB counts for a canonical text: one byte, and one for
// each pair of significant digits (aligned at the decimal point), and one for
// a minus sign.
func Size(text string) int {
	d, err := Parse(text)
	if err != nil || d.digits == "" {
		return 1
	}
	n := 1 + (len(d.digits)+1)/2
	if len(d.digits)%2 == 0 && d.exp%2 == 0 {
		n++
	}
	if d.neg {
		n++
	}
	return n
}

// Add returns a + b, both canonical.
func Add(a, b string) (string, error) { return arithmetic(a, b, (*apd.Context).Add) }

// Sub returns a - b, both canonical.
func Sub(a, b string) (string, error) { return arithmetic(a, b, (*apd.Context).Sub) }

// arithmetic runs op with more digits than any sum of two numbers has, so that
// a result is exact or refused, never rounded.
func arithmetic(a, b string, op func(c *apd.Context, d, x, y *apd.Decimal) (apd.Condition, error)) (string, error) {
	x, _, errX := apd.NewFromString(a)
	y, _, errY := apd.NewFromString(b)
	if errX != nil || errY != nil {
		return "", errArguments
	}
	ctx := apd.BaseContext.WithPrecision(400)
	var sum apd.Decimal
	if _, err := op(ctx, &sum, x, y); err != nil {
		return "", err
	}
	return Normal(sum.Text('f'))
}
