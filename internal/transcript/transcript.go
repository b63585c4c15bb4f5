// Package transcript is for tests of what writes while they read it: a log, what a
// command prints.
package transcript

import (
	"strings"
	"sync"
)

// Text is what was written so far. The zero value is an empty one.
type Text struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write implements io.Writer.
func (t *Text) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.Write(p)
}

// String returns it.
func (t *Text) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.String()
}
