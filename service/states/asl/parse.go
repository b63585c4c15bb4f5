package asl

// Parse reads a definition and checks it for a state machine of the standard
// type. With findings that refuse it (see Refused) the machine is nil.
func Parse(definition []byte) (*Machine, []Finding) {
	return ParseType(definition, false)
}

// ParseType is Parse for a state machine of the express type, if express is true.
func ParseType(definition []byte, express bool) (*Machine, []Finding) {
	return nil, nil
}

// ParseState reads a single state, as TestState takes it, and checks it without
// its surroundings: whether its Next exists is not asked.
func ParseState(definition []byte) (*State, []Finding) {
	return nil, nil
}
