package resource

import "fmt"

// existsError is the fault of a resource whose name is taken, found before it
// was made.
type existsError struct{ name string }

// Error is the status reason.
func (e existsError) Error() string {
	return fmt.Sprintf("%s already exists", e.name)
}

// alreadyExists is the fault of a taken name.
func alreadyExists(name string) error { return existsError{name} }

// adopt drops an error that says that the resource is there already, when an
// earlier attempt may have made it.
func (r *Request) adopt(err error) error {
	if r.Repeat && exists(err) {
		return nil
	}
	return err
}
