package testenv

import "testing"

// Two tests are never given one address, not even while nobody listens on it.
func TestAFreeAddressIsOneTests(t *testing.T) {
	t.Parallel()
	given := map[string]bool{}
	for range 50 {
		address := FreeAddress(t)
		if given[address] {
			t.Fatalf("%s was given twice", address)
		}
		given[address] = true
	}
	var again string
	t.Run("ends", func(t *testing.T) { again = FreeAddress(t) })
	if given[again] {
		t.Errorf("%s was given while a test has it", again)
	}
}
