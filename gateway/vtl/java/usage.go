package java

import "fmt"

// The limits of what templates make.
const (
	MaxText   = 10 << 20  // bytes of a text
	MaxItems  = 100_000   // of a list or map
	maxNested = 200       // collections within each other
	maxSteps  = 3_000_000 // of a run

	bytesPerStep = 64 // of a text that is gone through
)

// ThrownError is what Java would throw, or that a limit is reached: the template's
// fault.
type ThrownError struct{ Reason string }

// Error tells the reason.
func (e *ThrownError) Error() string { return e.Reason }

// Throw makes a ThrownError.
func Throw(format string, args ...any) error {
	return &ThrownError{Reason: fmt.Sprintf(format, args...)}
}

// TooLarge is that a text grows beyond its limit.
func TooLarge() error { return Throw("The template makes a text of more than %d bytes", MaxText) }

// TooLong is that a list or map grows beyond its limit.
func TooLong() error {
	return Throw("The template makes a collection of more than %d elements", MaxItems)
}

// Usage is what a run has used up of what it may do. Methods are called through it,
// so that what takes long counts as much.
type Usage struct {
	steps    int
	weighing int // collections within each other
}

// Step counts one more thing done.
func (u *Usage) Step() error { return u.Spend(1) }

// Spend counts n more things done.
func (u *Usage) Spend(n int) error {
	if u.steps += n; u.steps > maxSteps {
		return Throw("The template takes more than %d steps", maxSteps)
	}
	return nil
}

// Pass counts a text that is written.
func (u *Usage) Pass(s string) error { return u.Spend(len(s)/bytesPerStep + 1) }

// Weigh counts what it takes to go through a value, which is done before it is.
func (u *Usage) Weigh(v any) error {
	switch v := v.(type) {
	case string:
		return u.Spend(len(v) / bytesPerStep)
	case *List:
		for _, e := range v.Items {
			if err := u.weighPart(e); err != nil {
				return err
			}
		}
	case *Map:
		for _, k := range v.keys {
			if err := u.weighPart(v.values[k]); err != nil {
				return err
			}
		}
	case *Entry:
		return u.weighPart(v.Of.values[v.Key])
	}
	return nil
}

// weighPart counts a part of a value, within which another may lie, and even the
// value itself.
func (u *Usage) weighPart(v any) error {
	if err := u.Step(); err != nil {
		return err
	}
	if u.weighing++; u.weighing > maxNested {
		return Throw("The template makes a collection that is nested too deep")
	}
	defer func() { u.weighing-- }()
	return u.Weigh(v)
}

// Text returns a value as it is printed.
func (u *Usage) Text(v any) (string, error) {
	if err := u.Weigh(v); err != nil {
		return "", err
	}
	return text(v), nil
}

// Concat puts the texts of two values together.
func (u *Usage) Concat(a, b any) (any, error) {
	left, err := u.Text(a)
	if err != nil {
		return nil, err
	}
	right, err := u.Text(b)
	if err != nil {
		return nil, err
	}
	if len(left)+len(right) > MaxText {
		return nil, TooLarge()
	}
	return left + right, nil
}
