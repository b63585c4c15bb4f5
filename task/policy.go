package task

import (
	"math"
	"time"
)

// Policy says how often and how long a failing task is tried. Zero fields take
// the defaults of DefaultPolicy.
type Policy struct {
	MaxAttempts int           `cbor:",omitempty"` // in all; 0 is without limit
	MaxAge      time.Duration `cbor:",omitempty"` // since the task first fell due; 0 is without limit
	MinBackoff  time.Duration `cbor:",omitempty"` // before the second attempt, jittered
	MaxBackoff  time.Duration `cbor:",omitempty"`
	Factor      float64       `cbor:",omitempty"` // growth of the backoff from one attempt to the next; 2 when zero
	// Phases, if any, say the delays before each further attempt exactly,
	// without jitter. A task that has gone through all of them is given up.
	// MinBackoff, MaxBackoff and Factor do not matter then.
	Phases []Phase `cbor:",omitempty"`
}

// Phase is a row of further attempts after a first one, as SNS's delivery
// policies have them.
type Phase struct {
	Tries  int
	Min    time.Duration // before the phase's first try
	Max    time.Duration // before its last one
	Growth Growth
}

// Growth is how the delay goes from a Phase's Min to its Max.
type Growth uint8

// The shapes of growth, from the steadiest to the one that waits till last.
const (
	Linear      Growth = iota // by equal steps
	Arithmetic                // by steps that grow by the same amount
	Geometric                 // by an equal factor
	Exponential               // by steps that double
)

// DefaultPolicy tries without end, from a second apart to five minutes.
func DefaultPolicy() Policy {
	return Policy{MinBackoff: time.Second, MaxBackoff: 5 * time.Minute, Factor: 2}
}

// delay returns how long to wait after the given number of failed attempts.
// random is in [0, 1). It is false when the policy allows no further attempt.
func (p Policy) delay(failed int, random float64) (time.Duration, bool) {
	if p.MaxAttempts > 0 && failed >= p.MaxAttempts {
		return 0, false
	}
	if len(p.Phases) > 0 {
		return phaseDelay(p.Phases, failed-1)
	}
	d := DefaultPolicy()
	if p.MinBackoff > 0 {
		d.MinBackoff = p.MinBackoff
	}
	if p.MaxBackoff > 0 {
		d.MaxBackoff = p.MaxBackoff
	}
	if p.Factor > 0 {
		d.Factor = p.Factor
	}
	ceiling := math.Min(float64(d.MinBackoff)*math.Pow(d.Factor, float64(failed-1)), float64(d.MaxBackoff))
	// Full jitter: those that failed together do not come back together.
	return time.Duration(random * ceiling), true
}

// phaseDelay finds the retry with the given index, from zero, in phases.
func phaseDelay(phases []Phase, retry int) (time.Duration, bool) {
	for _, p := range phases {
		if retry < p.Tries {
			return p.delay(retry), true
		}
		retry -= p.Tries
	}
	return 0, false
}

// delay returns the wait before the phase's try with index i.
func (p Phase) delay(i int) time.Duration {
	if p.Tries <= 1 || p.Max <= p.Min {
		return p.Min
	}
	n, x := float64(p.Tries-1), float64(i)
	least, most := float64(p.Min), float64(p.Max)
	var share float64
	switch p.Growth {
	case Linear:
		share = x / n
	case Arithmetic:
		share = x * (x + 1) / (n * (n + 1))
	case Geometric:
		floor := math.Max(least, float64(time.Second)/10) // a factor cannot lead away from zero
		if i == 0 {
			return p.Min
		}
		return time.Duration(floor * math.Pow(most/floor, x/n))
	case Exponential:
		// (2^x - 1) / (2^n - 1), kept finite for long phases.
		share = (math.Exp2(x-n) - math.Exp2(-n)) / (1 - math.Exp2(-n))
	}
	return p.Min + time.Duration(share*(most-least))
}
