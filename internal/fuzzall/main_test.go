package main

import (
	"slices"
	"strconv"
	"testing"
)

// Turn after turn, all targets have theirs, and the same turn has the same ones.
func TestEveryTargetHasItsTurn(t *testing.T) {
	t.Parallel()
	for _, all := range []int{1, 5, 6, 7, 142} {
		var targets []target
		for i := range all {
			targets = append(targets, target{"folder", "Fuzz" + strconv.Itoa(i)})
		}
		const some = 6
		for _, first := range []int64{0, 20_000, -3} {
			seen := map[target]bool{}
			for turn := first; turn < first+int64((all+some-1)/some); turn++ {
				chosen := choose(targets, some, turn)
				if len(chosen) != min(some, all) || !slices.Equal(chosen, choose(targets, some, turn)) {
					t.Errorf("turn %d of %d targets is %v", turn, all, chosen)
				}
				for _, c := range chosen {
					seen[c] = true
				}
			}
			if len(seen) != all {
				t.Errorf("from turn %d on %d of %d targets run", first, len(seen), all)
			}
		}
	}
}
