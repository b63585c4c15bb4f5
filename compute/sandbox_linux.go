package compute

import "errors"

// newSandbox is not there yet.
func newSandbox() (driver, error) { return nil, errors.New("compute driver sandbox: not on this host") }
