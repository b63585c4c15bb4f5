package expression

import "fmt"

// Steps count the points that a request's expressions look at and make: a few
// characters may ask for one in every second of a thousand years. Nil is without
// end.
type Steps struct {
	of, left int
	allow    func(n int) error
	err      error
}

// NewSteps returns n steps. Who allows them, if anybody, is asked for as many as are
// taken at a time.
func NewSteps(n int, allow func(n int) error) *Steps { return &Steps{of: n, left: n, allow: allow} }

// Take takes n steps. It is false once there are not so many left, or they are not
// allowed.
func (s *Steps) Take(n int) bool {
	if s == nil {
		return true
	}
	switch n = max(n, 0); {
	case s.err != nil:
	case n > s.left:
		s.err = &Error{fmt.Sprintf("More than %d data points are needed: use a longer period or a shorter time range", s.of)}
	case s.allow != nil:
		s.err = s.allow(n)
	}
	if s.err == nil {
		s.left -= n
	}
	return s.err == nil
}

// Err tells why a step could not be taken, if one could not.
func (s *Steps) Err() error {
	if s == nil {
		return nil
	}
	return s.err
}

// size is how many steps it takes to look at a value.
func (v *Value) size() int {
	n := len(v.Series)
	for i := range v.Series {
		n += len(v.Series[i].Points)
	}
	return n
}
