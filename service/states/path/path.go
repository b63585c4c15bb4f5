package path

import "maru.dev/maru/service/states/value"

// Root tells what a path begins with.
type Root uint8

const (
	// Input paths begin with $, the state's input.
	Input Root = iota
	// Context paths begin with $$, the context object.
	Context
	// Variable paths begin with a workflow variable, as in $name.
	Variable
)

// Path is a compiled JSONPath. It may be used by many at once.
type Path struct {
	source   string
	root     Root
	variable string
	steps    []step
	definite bool
	function *function
}

// Env is what paths and intrinsic functions are evaluated with.
type Env struct {
	// Input is what $ means.
	Input any

	// Context is the context object, which $$ means.
	Context *value.Object

	// Variable returns a workflow variable's value.
	Variable func(name string) (any, bool)

	// Random returns numbers from 0 up to, not including, 1.
	Random func() float64

	// UUID returns a new UUID.
	UUID func() string
}

// String returns the path as it was written.
func (p *Path) String() string { return p.source }

// Root returns what the path begins with.
func (p *Path) Root() Root { return p.root }

// Variable returns the name of the variable that the path begins with.
func (p *Path) Variable() string { return p.variable }

type step struct{}

type function struct{}

type call struct{}
