// Package asl reads state machine definitions in the Amazon States Language, in
// both of its query languages, and tells what is wrong with them as
// ValidateStateMachineDefinition does.
//
// Parse compiles everything once: paths, intrinsic functions, JSONata expressions
// and payload templates become Expr values, of which those that hold nothing to
// compute are constants. What runs a machine only evaluates; see package flow.
//
// A definition with a finding of severity ERROR has no machine. The texts and
// locations of findings are AWS's where they are known from recordings; the API
// page itself warns that order, number and wording may change.
//
// Limits: a definition has 1 MiB, a state's name 80 characters, unique among all
// states at every depth, a label 40, a variable's name 80.
//
// Known differences. Of members of one name in a JSON object only the last is
// seen, so a state written twice in one place is not found. Whether an aws-sdk
// integration names a service and an action that exist is not asked here, nor
// are the arguments of optimised integrations beyond those they cannot do
// without. POSSIBLY_UNDEFINED warnings are not given: a reference to a variable
// that was not assigned fails when it is evaluated. How deep machines may lie in
// each other (64) is our own limit. Faults of JSON syntax have the words of the
// Java library for the commonest mistakes only.
package asl
