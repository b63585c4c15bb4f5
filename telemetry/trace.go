// Package telemetry is what the platform itself tells of its work: which spans
// a request's trace is made of.
package telemetry

import (
	"encoding/hex"
	"strings"
	"time"

	"maru.dev/maru/ids"
)

// Trace is an X-Amzn-Trace-Id header in its parts.
type Trace struct {
	Root    string // "1-5759e988-bd862e3fe1be46a994272793"
	Parent  string // span that caused this one: 16 hexadecimal digits
	Sampled string // "1", "0", "?" or nothing said
	Lineage string // which functions have run in it, and how often: see Generations
}

// The decisions about a trace that a header tells. Anything else leaves it open.
const (
	kept    = "1"
	notKept = "0"
)

// NewTrace starts a trace at now. Whether it is kept is open.
func NewTrace(now time.Time, source ids.Source) Trace {
	return Trace{Root: newRoot(now, source)}
}

// Kept tells whether the trace is to be kept: whoever began it has decided so.
func (t Trace) Kept() bool { return t.Sampled == kept }

// Open tells whether nobody has decided yet whether the trace is kept.
func (t Trace) Open() bool { return t.Sampled != kept && t.Sampled != notKept }

// Decided returns t with the decision.
func (t Trace) Decided(keep bool) Trace {
	t.Sampled = notKept
	if keep {
		t.Sampled = kept
	}
	return t
}

// newRoot makes a trace id: version, seconds since the epoch, 96 random bits.
func newRoot(now time.Time, source ids.Source) string {
	sec := uint32(now.Unix())
	var since [8]byte
	hex.Encode(since[:], []byte{byte(sec >> 24), byte(sec >> 16), byte(sec >> 8), byte(sec)})
	return "1-" + string(since[:]) + "-" + source.Hex(24)
}

// Continue reads the header of an incoming request, and starts a trace where
// it names none or a malformed one.
func Continue(header string, now time.Time, source ids.Source) Trace {
	t, ok := ParseTrace(header)
	if !ok {
		return NewTrace(now, source)
	}
	return t
}

// ParseTrace reads a header. Fields that it does not know (Self, …) are left out,
// and so is a Lineage that is none or too long.
func ParseTrace(header string) (Trace, bool) {
	var t Trace
	for field := range strings.SplitSeq(header, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(field), "=")
		switch name {
		case "Root":
			t.Root = value
		case "Parent":
			t.Parent = value
		case "Sampled":
			t.Sampled = value
		case "Lineage":
			t.Lineage = value
		}
	}
	if t.Parent != "" && !isHex(t.Parent, 16) {
		t.Parent = ""
	}
	if t.Sampled != "1" && t.Sampled != "0" && t.Sampled != "?" {
		t.Sampled = ""
	}
	if !validLineage(t.Lineage) {
		t.Lineage = ""
	}
	return t, validRoot(t.Root)
}

// validRoot keeps what a stranger may write into our logs to the form of a
// trace id.
func validRoot(root string) bool {
	return len(root) == 35 && root[:2] == "1-" && root[10] == '-' &&
		isHex(root[2:10], 8) && isHex(root[11:], 24)
}

// isHex tells whether s is n hexadecimal digits.
func isHex(s string, n int) bool {
	if len(s) != n {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
			return false
		}
	}
	return true
}

// Under returns t as the children of the span see it.
func (t Trace) Under(span string) Trace {
	t.Parent = span
	return t
}

// Onward is the header with which work goes on that carries a header of its own,
// as a message does, and was taken in by a call with another: the call's, where
// both are of one trace, so that what took the work in is on the way.
func Onward(own, called string) string {
	theirs, ok := ParseTrace(own)
	if ours, known := ParseTrace(called); known && (!ok || ours.Root == theirs.Root) {
		return called
	}
	return own
}

// String writes t as a header's value.
func (t Trace) String() string {
	if t.Root == "" {
		return ""
	}
	b := make([]byte, 0, 96+len(t.Lineage))
	b = append(b, "Root="...)
	b = append(b, t.Root...)
	if t.Parent != "" {
		b = append(b, ";Parent="...)
		b = append(b, t.Parent...)
	}
	if t.Sampled != "" {
		b = append(b, ";Sampled="...)
		b = append(b, t.Sampled...)
	}
	if t.Lineage != "" {
		b = append(b, lineageField...)
		b = append(b, t.Lineage...)
	}
	return string(b)
}
