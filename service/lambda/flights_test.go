package lambda

import "testing"

// What is under way of a target with provisioned environments is counted by
// itself, so that it is known when one more is too many for them.
func TestProvisionedFlightsAreCountedByTarget(t *testing.T) {
	t.Parallel()
	fl := newFlights()
	first, land := fl.boardProvisioned("fn:1")
	second, landSecond := fl.boardProvisioned("fn:1")
	other, landOther := fl.boardProvisioned("fn:live")
	if first != 1 || second != 2 || other != 1 {
		t.Errorf("%d, %d and %d are under way", first, second, other)
	}
	land()
	landSecond()
	landOther()
	if again, land := fl.boardProvisioned("fn:1"); again != 1 || len(fl.provisioned) != 1 {
		t.Errorf("%d are under way after all have landed; %v", again, fl.provisioned)
	} else {
		land()
	}
}
