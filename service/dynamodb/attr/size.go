package attr

import (
	"math"

	"maru.dev/maru/service/dynamodb/number"
)

// MaxItem is how large an item may be, as Size counts it.
const MaxItem = 400 << 10

// containerOverhead is what DynamoDB counts for a list or map, full or empty.
const containerOverhead = 3

// Size is what DynamoDB counts for v, its name not included.
func (v Value) Size() int { return v.sizeUpTo(math.MaxInt) }

// Size is what DynamoDB counts for an item: names and values.
func (m Item) Size() int { return m.SizeUpTo(math.MaxInt) }

// SizeUpTo is Size, or anything above limit once it is known to be. Values
// share what they are made of, so that an item may be far larger than what it
// was made from.
func (m Item) SizeUpTo(limit int) int {
	n := 0
	for i := range m {
		if n > limit {
			break
		}
		n += len(m[i].Name) + m[i].Value.sizeUpTo(limit-n)
	}
	return n
}

// sizeUpTo is SizeUpTo for a value.
func (v Value) sizeUpTo(limit int) int {
	switch v.Kind {
	case String, Binary:
		return len(v.Text)
	case Number:
		return number.Size(v.Text)
	case Bool, Null:
		return 1
	case StringSet, NumberSet, BinarySet:
		return elementsUpTo(limit, v.List, 0)
	case List:
		return containerOverhead + elementsUpTo(limit, v.List, 1)
	case Map:
		return containerOverhead + len(v.Map) + v.Map.SizeUpTo(limit)
	}
	return 0
}

// elementsUpTo is SizeUpTo for elements, with what each of them takes by itself.
func elementsUpTo(limit int, list []Value, overhead int) int {
	n := 0
	for i := range list {
		if n > limit {
			break
		}
		n += overhead + list[i].sizeUpTo(limit-n)
	}
	return n
}
