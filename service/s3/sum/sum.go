// Package sum computes the checksums of S3's integrity checks: of a stream, of
// a list of parts, and of a whole from the checksums of its parts.
package sum

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"hash"
	"hash/crc32"
	"strings"

	"github.com/minio/crc64nvme"
)

// Algorithm is one of S3's checksum algorithms, by the name on the wire.
type Algorithm string

// The algorithms that maru computes.
const (
	CRC32     Algorithm = "CRC32"
	CRC32C    Algorithm = "CRC32C"
	CRC64NVME Algorithm = "CRC64NVME"
	SHA1      Algorithm = "SHA1"
	SHA256    Algorithm = "SHA256"
)

// Default is what S3 computes when a client names no algorithm.
const Default = CRC64NVME

// How a checksum of several parts relates to them.
const (
	FullObject = "FULL_OBJECT" // of all bytes, as if sent at once
	Composite  = "COMPOSITE"   // of the parts' checksums
)

// All returns the algorithms in the order of S3's documentation.
func All() []Algorithm { return []Algorithm{CRC32, CRC32C, CRC64NVME, SHA1, SHA256} }

// Parse reads a name, in any case as headers have it.
func Parse(name string) (Algorithm, bool) {
	a := Algorithm(strings.ToUpper(name))
	return a, a.size() > 0
}

// Header is the name of the header or trailer that has a's value.
func (a Algorithm) Header() string { return "x-amz-checksum-" + strings.ToLower(string(a)) }

// size is the length of a's value in bytes; 0 for what is no algorithm.
func (a Algorithm) size() int {
	switch a {
	case CRC32, CRC32C:
		return crc32.Size
	case CRC64NVME:
		return crc64nvme.Size
	case SHA1:
		return sha1.Size
	case SHA256:
		return sha256.Size
	}
	return 0
}

// New returns a running checksum. It panics on an algorithm that Parse refuses.
func (a Algorithm) New() hash.Hash {
	switch a {
	case CRC32:
		return crc32.NewIEEE()
	case CRC32C:
		return crc32.New(crc32.MakeTable(crc32.Castagnoli))
	case CRC64NVME:
		return crc64nvme.New()
	case SHA1:
		return sha1.New()
	case SHA256:
		return sha256.New()
	}
	panic("sum: no algorithm " + string(a))
}

// Valid tells whether text has the form of one of a's values.
func (a Algorithm) Valid(text string) bool {
	raw, err := base64.StdEncoding.DecodeString(text)
	return err == nil && len(raw) == a.size()
}

// Linear tells whether the checksum of a whole follows from those of its parts.
func (a Algorithm) Linear() bool { return a == CRC32 || a == CRC32C || a == CRC64NVME }

// Text is how a value is written.
func Text(raw []byte) string { return base64.StdEncoding.EncodeToString(raw) }

// Part is what is known of one part of a whole.
type Part struct {
	Sum  string // its checksum, as text
	Size int64
}

// OfParts returns the composite checksum of parts, without its "-N"; ok is
// false if a part's checksum is not one of a's.
func (a Algorithm) OfParts(parts []Part) (text string, ok bool) {
	h := a.New()
	for _, p := range parts {
		raw, err := base64.StdEncoding.DecodeString(p.Sum)
		if err != nil || len(raw) != a.size() {
			return "", false
		}
		h.Write(raw)
	}
	return Text(h.Sum(nil)), true
}

// Combine returns the checksum of the bytes of parts one behind the other; ok
// is false if a is not Linear or a part's checksum is not one of a's.
func (a Algorithm) Combine(parts []Part) (text string, ok bool) {
	if !a.Linear() {
		return "", false
	}
	shifts := newShifter(a)
	var total uint64
	for _, p := range parts {
		raw, err := base64.StdEncoding.DecodeString(p.Sum)
		if err != nil || len(raw) != a.size() {
			return "", false
		}
		total = shifts.over(total, p.Size) ^ number(raw)
	}
	raw := binary.BigEndian.AppendUint64(nil, total)
	return Text(raw[len(raw)-a.size():]), true
}

// number reads a big-endian value of four or eight bytes.
func number(raw []byte) (n uint64) {
	for _, b := range raw {
		n = n<<8 | uint64(b)
	}
	return n
}

// shifter moves a CRC over zero bytes: appending n bytes to a text changes its
// CRC as n zero bytes would, but for the CRC of the bytes themselves. Moving
// over one zero bit is a linear map on the CRC's bits, held as a matrix; moving
// over 2^k bytes is that matrix squared k+3 times.
type shifter struct {
	bits   int
	powers [][]uint64 // powers[k] moves over 2^k bytes; made as needed
}

// Polynomials in reversed bit order, as the CRCs run.
const (
	polyIEEE       = 0xedb88320
	polyCastagnoli = 0x82f63b78
	polyNVME       = 0x9a6c9329ac4bc9b5
)

// newShifter returns the shifter of one of the linear algorithms.
func newShifter(a Algorithm) *shifter {
	bits, poly := 32, uint64(polyIEEE)
	switch a {
	case CRC32C:
		poly = polyCastagnoli
	case CRC64NVME:
		bits, poly = 64, polyNVME
	}
	m := make([]uint64, bits)
	m[0] = poly
	for i := 1; i < bits; i++ {
		m[i] = 1 << (i - 1)
	}
	for range 3 { // one bit to eight
		m = square(m)
	}
	return &shifter{bits: bits, powers: [][]uint64{m}}
}

// over moves crc over n zero bytes.
func (s *shifter) over(crc uint64, n int64) uint64 {
	for k := 0; n > 0; k, n = k+1, n>>1 {
		if k == len(s.powers) {
			s.powers = append(s.powers, square(s.powers[k-1]))
		}
		if n&1 == 1 {
			crc = apply(s.powers[k], crc)
		}
	}
	return crc
}

// apply multiplies a matrix of columns with a vector of bits.
func apply(m []uint64, v uint64) (out uint64) {
	for i := 0; v != 0; i, v = i+1, v>>1 {
		if v&1 == 1 {
			out ^= m[i]
		}
	}
	return out
}

// square multiplies a matrix with itself.
func square(m []uint64) []uint64 {
	out := make([]uint64, len(m))
	for i := range m {
		out[i] = apply(m, m[i])
	}
	return out
}
