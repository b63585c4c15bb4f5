package jsonpath

import (
	"fmt"
	"slices"

	"maru.dev/maru/pattern/value"
)

// MismatchError is that a reference path cannot be written to in a document.
type MismatchError struct {
	// Step is the name or index that could not be taken, Input the value where.
	Step  string
	Input any
}

// Error says which step fits which value not.
func (e *MismatchError) Error() string {
	return fmt.Sprintf("Unable to apply step %q to input %s", e.Step, shown(e.Input))
}

// Set returns doc with v where the reference path leads. Members that are
// missing on the way are made; elements are not. What doc shares with the result
// is not changed. Its error is a *MismatchError.
func (p *Path) Set(doc, v any) (any, error) { return setAt(doc, p.steps, v) }

// setAt returns doc with v below the steps.
func setAt(doc any, steps []step, v any) (any, error) {
	if len(steps) == 0 {
		return v, nil
	}
	if steps[0].kind == stepIndex {
		index := steps[0].indexes[0]
		array, ok := doc.([]any)
		if !ok || place(index, len(array)) < 0 {
			return nil, &MismatchError{Step: fmt.Sprint(index), Input: doc}
		}
		below, err := setAt(array[index], steps[1:], v)
		if err != nil {
			return nil, err
		}
		array = slices.Clone(array)
		array[index] = below
		return array, nil
	}
	name := steps[0].names[0]
	object, ok := doc.(*value.Object)
	if !ok {
		return nil, &MismatchError{Step: name, Input: doc}
	}
	child, ok := object.Get(name)
	if !ok && len(steps) > 1 {
		child = &value.Object{}
	}
	below, err := setAt(child, steps[1:], v)
	if err != nil {
		return nil, err
	}
	object = object.Clone()
	object.Set(name, below)
	return object, nil
}
