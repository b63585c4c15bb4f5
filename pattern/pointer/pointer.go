// Package pointer reads and writes the parts of JSON pointers, in which a slash
// stands as ~1 and a tilde as ~0.
//
// Spec: RFC 6901.
package pointer

import "strings"

// Escape writes a name as a part of a pointer.
func Escape(name string) string {
	return strings.ReplaceAll(strings.ReplaceAll(name, "~", "~0"), "/", "~1")
}

// Steps are the names along a pointer. Empty parts lead nowhere, and are left out.
func Steps(pointer string) (names []string) {
	for part := range strings.SplitSeq(pointer, "/") {
		if part != "" {
			names = append(names, Unescape(part))
		}
	}
	return names
}

// Unescape reads the name that a part of a pointer is.
func Unescape(part string) string {
	return strings.ReplaceAll(strings.ReplaceAll(part, "~1", "/"), "~0", "~")
}
