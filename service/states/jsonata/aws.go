package jsonata

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"hash"
	"math"
	"math/rand/v2"

	"maru.dev/maru/pattern/value"
	"maru.dev/maru/service/states/jsonata/fault"
)

// StepFunctions returns the functions that Step Functions adds to the language:
// $partition, $range, $hash, $random with a seed, $uuid and $parse.
//
// Spec: Step Functions Developer Guide, Transforming data with JSONata.
func StepFunctions() map[string]Function {
	return map[string]Function{
		"partition": {Signature: "<an:a>", Arity: 2, Call: partition},
		"range":     {Signature: "<nnn:a>", Arity: 3, Call: rangeFunction},
		"hash":      {Signature: "<ss:s>", Arity: 2, Call: hashFunction},
		"random":    {Signature: "<n?:n>", Arity: 1, Call: seededRandom},
		"uuid":      {Signature: "<:s>", Arity: 0, Call: uuid},
		"parse":     {Signature: "<s:x>", Arity: 1, Call: parse},
	}
}

// refused says why a function of Step Functions cannot do what it was asked.
func refused(name, format string, args ...any) error {
	return &fault.Error{Code: "U1005", Token: name, Detail: fmt.Sprintf(format, args...)}
}

// wholeArgument returns an argument that must be a whole number.
func wholeArgument(args []any, i int) (int64, bool) {
	f, ok := numberArgument(args, i)
	if !ok || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return 0, false
	}
	return int64(f), true
}

// partition cuts an array into arrays of a size; the last may be smaller.
func partition(_ Call, args []any) (any, error) {
	items, ok := list(argument(args, 0))
	if !ok {
		return Undefined{}, nil
	}
	size, ok := wholeArgument(args, 1)
	if !ok || size <= 0 {
		return nil, refused("partition", "the chunk size must be a positive integer")
	}
	chunks := []any{}
	for len(items) > 0 {
		n := min(int(size), len(items))
		chunks = append(chunks, items[:n:n])
		items = items[n:]
	}
	return chunks, nil
}

// rangeFunction counts from the first number to the second, both included, by
// the third.
func rangeFunction(_ Call, args []any) (any, error) {
	first, ok1 := wholeArgument(args, 0)
	last, ok2 := wholeArgument(args, 1)
	step, ok3 := wholeArgument(args, 2)
	switch {
	case !ok1 || !ok2 || !ok3:
		return nil, refused("range", "its arguments must be integers")
	case step == 0:
		return nil, refused("range", "the third argument must not be 0")
	}
	count := int64(0)
	if last == first || (last > first) == (step > 0) {
		count = (last-first)/step + 1
	}
	if count > maxRange {
		return nil, fault.Of("D2014", count)
	}
	numbers := make([]any, count)
	for i := range count {
		numbers[i] = first + i*step
	}
	return numbers, nil
}

// hashFunction returns the hash of a string as hexadecimal digits.
func hashFunction(_ Call, args []any) (any, error) {
	data, ok := stringArgument(args, 0)
	if !ok {
		return Undefined{}, nil
	}
	var h hash.Hash
	switch algorithm, _ := stringArgument(args, 1); algorithm {
	case "MD5":
		h = md5.New()
	case "SHA-1":
		h = sha1.New()
	case "SHA-256":
		h = sha256.New()
	case "SHA-384":
		h = sha512.New384()
	case "SHA-512":
		h = sha512.New()
	default:
		return nil, refused("hash", "the algorithm must be one of MD5, SHA-1, SHA-256, SHA-384, SHA-512")
	}
	h.Write([]byte(data))
	return hex.EncodeToString(h.Sum(nil)), nil
}

// seededRandom returns a number from 0 up to, not including, 1: for one seed
// always the same.
func seededRandom(c Call, args []any) (any, error) {
	seed, ok := numberArgument(args, 0)
	if !ok {
		return c.Random(), nil
	}
	if seed != math.Trunc(seed) {
		return nil, refused("random", "the seed must be an integer")
	}
	bits := math.Float64bits(seed)
	return rand.New(rand.NewPCG(bits, bits^0x9E3779B97F4A7C15)).Float64(), nil
}

// uuid returns a new UUID of version 4.
func uuid(c Call, _ []any) (any, error) {
	if c.UUID == nil {
		return nil, refused("uuid", "there is no source of UUIDs")
	}
	return c.UUID(), nil
}

// parse reads JSON text.
func parse(_ Call, args []any) (any, error) {
	text, ok := stringArgument(args, 0)
	if !ok {
		return Undefined{}, nil
	}
	v, err := value.Parse([]byte(text))
	if err != nil {
		return nil, refused("parse", "the argument is not valid JSON: %v", err)
	}
	return v, nil
}
