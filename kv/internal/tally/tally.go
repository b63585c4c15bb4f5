// Package tally counts how often each counter of a store has been added to.
package tally

const (
	// foldEvery is how many additions to a counter stand beside each other before
	// they are made one value: who reads the counter adds them up, at each
	// PutEvents, say.
	foldEvery = 32
	// maxAddends bounds the memory for counters that are added to now and then.
	maxAddends = 10_000
)

// Addends counts the additions to each counter since its last value, by the
// hash of its key. It is a hint: what is forgotten is folded later.
type Addends map[uint64]int

// Full counts an addition, and says whether it is time to fold.
func (a *Addends) Full(hash uint64) bool {
	if *a == nil || len(*a) >= maxAddends {
		*a = make(Addends)
	}
	(*a)[hash]++
	if (*a)[hash] < foldEvery {
		return false
	}
	delete(*a, hash)
	return true
}
