package census_test

import (
	"hash/maphash"
	"strconv"
	"testing"

	"maru.dev/maru/kv/internal/census"
)

// hashes of keys, as a store makes them.
func hasher() func(string) uint64 {
	seed := maphash.MakeSeed()
	return func(key string) uint64 { return maphash.String(seed, key) }
}

// key is the i-th key below a prefix.
func key(prefix string, i int) string { return prefix + strconv.Itoa(i) }

// TestASurveyKnowsNothingUntilItsEnd takes on a prefix with keys: what is written
// meanwhile is noted, and what the survey has been shown.
func TestASurveyKnowsNothingUntilItsEnd(t *testing.T) {
	t.Parallel()
	hash := hasher()
	var c census.Census
	s := c.Survey("p")
	for i := range 1_000 {
		if !s.Note(hash(key("p", i))) {
			t.Fatal("the survey was given up")
		}
	}
	written := key("p", 5_000)
	c.Add(written, hash(written))
	absent := key("p", 7_000)
	if c.Lacks(absent, hash(absent), 9) {
		t.Error("something is known before the end")
	}
	s.End(7)
	for i := range 1_000 {
		if k := key("p", i); c.Lacks(k, hash(k), 9) {
			t.Fatalf("%s was shown", k)
		}
	}
	switch {
	case c.Lacks(written, hash(written), 9):
		t.Error("what was written meanwhile is lacking")
	case !c.Lacks(absent, hash(absent), 9):
		t.Error("what was never there is not known to be lacking")
	case c.Lacks(absent, hash(absent), 6):
		t.Error("something is known of a version before the end")
	}
}

// TestASurveyIsOverWhenItsPrefixIs has keys removed, and another census of them
// begun, while the survey is under way.
func TestASurveyIsOverWhenItsPrefixIs(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(c *census.Census){
		"removed":   func(c *census.Census) { c.Drop("p") },
		"all gone":  func(c *census.Census) { c.Clear() },
		"uncounted": func(c *census.Census) { c.Forget("p1") },
		"new":       func(c *census.Census) { c.Begin("p", 100) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hash := hasher()
			var c census.Census
			s := c.Survey("p")
			end(&c)
			if s.Note(1) {
				t.Error("the survey goes on")
			}
			s.End(5)
			if c.Lacks("p1", hash("p1"), 50) {
				t.Error("an end that came too late counts")
			}
		})
	}
}

// TestWhatIsGivenUpIsNotTakenOnAgain asks whether a prefix is known that was too
// much for the census.
func TestWhatIsGivenUpIsNotTakenOnAgain(t *testing.T) {
	t.Parallel()
	var c census.Census
	c.Begin("p", 1)
	c.Begin("q", 1)
	if n := c.Complete(); n != 2 {
		t.Errorf("%d prefixes are complete, want 2", n)
	}
	c.Forget("p1")
	if !c.Knows("p") || c.Complete() != 1 {
		t.Error("that it was given up is forgotten")
	}
	c.Drop("p")
	if c.Knows("p") {
		t.Error("a prefix whose keys have been removed may be taken on again")
	}
}
