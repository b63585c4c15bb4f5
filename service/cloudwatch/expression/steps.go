package expression

import "fmt"

// Steps count the points that a request's expressions look at and make: a few
// characters may ask for one in every second of a thousand years. Nil is without
// end.
type Steps struct {
	of, left int
	over     bool
}

// NewSteps returns n steps.
func NewSteps(n int) *Steps { return &Steps{of: n, left: n} }

// Take takes n steps. It is false once there are not so many left.
func (s *Steps) Take(n int) bool {
	if s == nil {
		return true
	}
	s.over = s.over || n > s.left
	if !s.over {
		s.left -= max(n, 0)
	}
	return !s.over
}

// Err tells that there were too few steps, if there were.
func (s *Steps) Err() error {
	if s == nil || !s.over {
		return nil
	}
	return &Error{fmt.Sprintf("More than %d data points are needed: use a longer period or a shorter time range", s.of)}
}

// size is how many steps it takes to look at a value.
func (v *Value) size() int {
	n := len(v.Series)
	for i := range v.Series {
		n += len(v.Series[i].Points)
	}
	return n
}
