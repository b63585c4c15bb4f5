package wire

// Members that may be left out are pointers in generated structs. These three
// go between them and plain values.

// Value is what an optional member holds, or the zero value where it was left
// out.
func Value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// Or is what an optional member holds, or otherwise where it was left out.
func Or[T any](p *T, otherwise T) T {
	if p == nil {
		return otherwise
	}
	return *p
}

// Optional is a member that is left out where v is the zero value.
func Optional[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}
