package flow

import (
	"context"
	"time"
)

// Retrial is that a failed state is to be tried again.
type Retrial struct {
	// Index is the retrier's place in Retry, whose count goes up by one.
	Index int

	// Delay is the time until the next attempt.
	Delay time.Duration
}

// Retry tells whether a failed state is tried again. Counts are how often each
// retrier was used so far in this visit, by its place; missing ones are zero.
func Retry(s *Scope, f *Failure, counts []int) (Retrial, bool) { return Retrial{}, false }

// Catch looks for a catcher that takes the failure and returns its outcome and
// its place in Catch. A nil outcome without an error is that none does. An error
// is the failure of evaluating the catcher's own fields, with which the
// execution fails.
func Catch(ctx context.Context, s *Scope, f *Failure) (*Outcome, int, error) { return nil, -1, nil }
