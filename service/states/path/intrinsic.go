package path

// Intrinsic is a compiled call of an intrinsic function. It may be used by many
// at once.
type Intrinsic struct {
	source string
	call   *call
}

// String returns the call as it was written.
func (i *Intrinsic) String() string { return i.source }
