// Package scan goes through short texts, as the parsers of expressions do.
package scan

import "strings"

// Reader is a text and a place in it.
type Reader struct {
	Text string
	At   int
}

// Done tells whether the text is at its end.
func (r *Reader) Done() bool { return r.At >= len(r.Text) }

// Rest returns what was not taken yet.
func (r *Reader) Rest() string { return r.Text[r.At:] }

// Peek returns the next byte, 0 at the end.
func (r *Reader) Peek() byte {
	if r.Done() {
		return 0
	}
	return r.Text[r.At]
}

// Accept takes the byte if it comes next.
func (r *Reader) Accept(c byte) bool {
	if r.Peek() == c && !r.Done() {
		r.At++
		return true
	}
	return false
}

// AcceptText takes the text if it comes next.
func (r *Reader) AcceptText(s string) bool {
	if strings.HasPrefix(r.Text[r.At:], s) {
		r.At += len(s)
		return true
	}
	return false
}

// Spaces takes white space.
func (r *Reader) Spaces() {
	for !r.Done() && strings.IndexByte(" \t\r\n", r.Peek()) >= 0 {
		r.At++
	}
}

// Until takes what comes before any of the bytes, or the end.
func (r *Reader) Until(ends string) string {
	from := r.At
	for !r.Done() && strings.IndexByte(ends, r.Peek()) < 0 {
		r.At++
	}
	return r.Text[from:r.At]
}
