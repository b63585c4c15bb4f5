package attr

import "maru.dev/maru/service/dynamodb/number"

// containerOverhead is what DynamoDB counts for a list or map, full or empty.
const containerOverhead = 3

// Size is what DynamoDB counts for v, its name not included.
func (v Value) Size() int {
	switch v.Kind {
	case String, Binary:
		return len(v.Text)
	case Number:
		return number.Size(v.Text)
	case Bool, Null:
		return 1
	case StringSet, NumberSet, BinarySet:
		n := 0
		for _, m := range v.List {
			n += m.Size()
		}
		return n
	case List:
		n := containerOverhead
		for _, m := range v.List {
			n += 1 + m.Size()
		}
		return n
	case Map:
		return containerOverhead + len(v.Map) + v.Map.Size()
	}
	return 0
}

// Size is what DynamoDB counts for an item: names and values.
func (m Item) Size() int {
	n := 0
	for i := range m {
		n += len(m[i].Name) + m[i].Value.Size()
	}
	return n
}
