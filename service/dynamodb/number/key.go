package number

// The first byte of a key: negative numbers, zero, positive ones.
const (
	negative = 0x40
	zero     = 0x80
	positive = 0xc0
	// ends closes the digits of a negative key: above every digit's complement,
	// so that of two negative numbers the one with more digits sorts first.
	ends = 0xff
)

// AppendKey appends the binary form of d: bytes that sort as numbers do.
//
// A positive number is its sign byte, the exponent, and pairs of digits plus
// one; a negative one is the same with exponent and pairs complemented.
func (d Decimal) AppendKey(dst []byte) []byte {
	if d.digits == "" {
		return append(dst, zero)
	}
	sign, flip := byte(positive), byte(0)
	if d.neg {
		sign, flip = negative, 0xff
	}
	dst = append(dst, sign, byte(d.exp-minExponent)^flip)
	for i := 0; i < len(d.digits); i += 2 {
		pair := (d.digits[i] - '0') * 10
		if i+1 < len(d.digits) {
			pair += d.digits[i+1] - '0'
		}
		dst = append(dst, (pair+1)^flip)
	}
	if d.neg {
		dst = append(dst, ends)
	}
	return dst
}

// DecodeKey reads what AppendKey wrote.
func DecodeKey(key []byte) (Decimal, error) {
	if len(key) == 1 && key[0] == zero {
		return Decimal{}, nil
	}
	if len(key) < 3 || key[0] != positive && key[0] != negative {
		return Decimal{}, errKey
	}
	d, flip, pairs := Decimal{}, byte(0), key[2:]
	if key[0] == negative {
		d.neg, flip = true, 0xff
		if pairs[len(pairs)-1] != ends {
			return Decimal{}, errKey
		}
		pairs = pairs[:len(pairs)-1]
	}
	d.exp = int(key[1]^flip) + minExponent
	digits := make([]byte, 0, 2*len(pairs))
	for _, p := range pairs {
		p = p ^ flip - 1
		if p > 99 {
			return Decimal{}, errKey
		}
		digits = append(digits, '0'+p/10, '0'+p%10)
	}
	if n := len(digits); n > 0 && digits[n-1] == '0' {
		digits = digits[:n-1]
	}
	d.digits = string(digits)
	return d, d.check()
}
