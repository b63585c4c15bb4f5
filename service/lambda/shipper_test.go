package lambda

import (
	"strings"
	"testing"

	"maru.dev/maru/clock"
	"maru.dev/maru/compute"
	"maru.dev/maru/service"
)

// A function that writes faster than its lines can be stored loses lines, and none of
// the platform's.
func TestAFloodOfLinesLeavesThePlatformsOwn(t *testing.T) {
	t.Parallel()
	s := newShipper(service.Deps{Clock: clock.System{}})
	stream := compute.Stream{Group: "g", Name: "n"}
	for range 100 {
		s.Lines(stream, []compute.Line{{Text: strings.Repeat("x", maxPending/10)}})
	}
	s.Lines(stream, []compute.Line{{Text: "END\n", Platform: true}, {Text: "REPORT\n", Platform: true}})
	p := s.streams[stream]
	if last := p.lines[len(p.lines)-1].Text; last != "REPORT\n" || p.dropped != 90 || p.bytes > maxPending+100 {
		t.Errorf("%d bytes wait, %d lines were dropped, the last is %.10q", p.bytes, p.dropped, last)
	}
	for range 100 {
		s.Lines(stream, []compute.Line{{Text: strings.Repeat("x", maxPending/10), Platform: true}})
	}
	if p.bytes > 2*maxPending {
		t.Errorf("%d bytes wait", p.bytes)
	}
}
