package flow

import "maru.dev/maru/pattern/value"

// The limits of data.
const (
	MaxPayload   = 256 << 10 // bytes of a state's input, output or result
	MaxVariable  = 256 << 10 // bytes of one variable, and of one Assign together
	MaxVariables = 10 << 20  // bytes of all variables that a state can read
)

// surely is how many times the limit value.Size must say for a value to be beyond
// it whatever is in it: it takes a digit for a number of twenty.
const surely = 32

// tooLarge tells whether a value's JSON text is longer than limit. It is not
// written for that if it is much longer: a value can hold another many times.
func tooLarge(v any, limit int) bool {
	n, _ := value.Size(v, surely*limit)
	return n > surely*limit || n > limit && len(value.Text(v)) > limit
}

// written is a value's JSON text for people, who are not shown what is much
// larger than anything that a state passes on.
func written(v any) []byte {
	if n, _ := value.Size(v, surely*MaxPayload); n > surely*MaxPayload {
		return []byte(`"..."`)
	}
	return value.Text(v)
}
