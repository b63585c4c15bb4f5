// Package lock keeps a data folder to one process.
package lock

import "errors"

// ErrInUse says that another process uses the data folder.
var ErrInUse = errors.New("data folder is in use")
