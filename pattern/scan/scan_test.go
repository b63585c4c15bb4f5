package scan

import "testing"

// What is taken is gone, what is not stays, and the end is no byte.
func TestReaderTakesWhatComesNext(t *testing.T) {
	t.Parallel()
	r := Reader{Text: " \ta=$.b"}
	r.Spaces()
	if r.Accept('b') || !r.Accept('a') || r.AcceptText("=.") || !r.AcceptText("=$") {
		t.Errorf("stands at %q", r.Rest())
	}
	if got := r.Until("b"); got != "." {
		t.Errorf("before b stands %q", got)
	}
	if got := r.Until("."); got != "b" || !r.Done() || r.Peek() != 0 || r.Accept(0) {
		t.Errorf("at the end: %q", got)
	}
}
