package logs

// sample is a part of what comes, in order and spread evenly over all of it,
// however much that is: of each so many it keeps one, and when it has become too
// long it drops every other one and goes on with half as many.
type sample[T any] struct {
	most   int // how many are wanted
	stride int // one in so many is kept
	seen   int
	kept   []T
}

// wants says whether the next value is one that is kept.
func (s *sample[T]) wants() bool {
	s.stride = max(s.stride, 1)
	s.seen++
	return (s.seen-1)%s.stride == 0
}

// add keeps a value that is wanted.
func (s *sample[T]) add(v T) {
	if s.kept = append(s.kept, v); len(s.kept) < 2*s.most {
		return
	}
	for i := range s.most {
		s.kept[i] = s.kept[2*i]
	}
	clear(s.kept[s.most:])
	s.kept, s.stride = s.kept[:s.most], 2*s.stride
}

// all are the values: at most as many as are wanted. partial tells that there
// were more.
func (s *sample[T]) all() (values []T, partial bool) {
	n := len(s.kept)
	if n <= s.most {
		return s.kept, s.seen > n
	}
	values = make([]T, s.most)
	for i := range values {
		values[i] = s.kept[i*n/s.most]
	}
	return values, true
}
