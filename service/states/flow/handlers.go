package flow

import (
	"context"
	"math"
	"slices"
	"time"

	"maru.dev/maru/service/states/asl"
)

// Retrial is that a failed state is to be tried again.
type Retrial struct {
	// Index is the retrier's place in Retry, whose count goes up by one.
	Index int

	// Delay is the time until the next attempt.
	Delay time.Duration
}

// matches tells whether a list of error names takes a failure. Nothing takes
// States.Runtime, which ends an execution for good; States.ALL does not take data
// of the state's own making that is too large.
func matches(names []string, f *Failure) bool {
	if f.Name == ErrRuntime {
		return false
	}
	if slices.Contains(names, f.Name) && f.Name != "" {
		return true
	}
	for _, name := range names {
		switch name {
		case ErrAll:
			if f.Name != ErrDataLimitExceeded || !f.Evaluated {
				return true
			}
		case ErrTaskFailed:
			if taskFailure(f) {
				return true
			}
		case ErrTimeout:
			if f.Name == ErrHeartbeatTimeout {
				return true
			}
		}
	}
	return false
}

// taskFailure tells whether States.TaskFailed takes a failure: any of a task's
// own but timeouts.
func taskFailure(f *Failure) bool {
	switch f.Name {
	case ErrTimeout, ErrHeartbeatTimeout, ErrRuntime, ErrDataLimitExceeded:
		return false
	}
	return !f.Evaluated
}

// Retry tells whether a failed state is tried again. Counts are how often each
// retrier was used so far in this visit, by its place; missing ones are zero.
func Retry(s *Scope, f *Failure, counts []int) (Retrial, bool) {
	for i, r := range s.State.Retry {
		if !matches(r.ErrorEquals, f) {
			continue
		}
		count := 0
		if i < len(counts) {
			count = counts[i]
		}
		if int64(count) >= r.MaxAttempts {
			return Retrial{}, false
		}
		return Retrial{Index: i, Delay: s.delay(r, count)}, true
	}
	return Retrial{}, false
}

// maxRetryDelay is what a delay without MaxDelaySeconds grows to at most: a year,
// as long as an execution can last.
const maxRetryDelay = 365 * 24 * time.Hour

// delay computes the time before an attempt; count tells how many there were.
func (s *Scope) delay(r *asl.Retrier, count int) time.Duration {
	seconds := float64(r.IntervalSeconds) * math.Pow(r.BackoffRate, float64(count))
	if r.MaxDelaySeconds > 0 {
		seconds = min(seconds, float64(r.MaxDelaySeconds))
	}
	seconds = min(seconds, maxRetryDelay.Seconds())
	if r.FullJitter {
		seconds *= s.Random()
	}
	return time.Duration(seconds * float64(time.Second))
}

// Catch looks for a catcher that takes the failure and returns its outcome and
// its place in Catch. A nil outcome without an error is that none does. An error
// is the failure of evaluating the catcher's own fields, with which the
// execution fails.
func Catch(ctx context.Context, s *Scope, f *Failure) (*Outcome, int, error) {
	for i, c := range s.State.Catch {
		if matches(c.ErrorEquals, f) {
			o, err := s.caught(ctx, c, f)
			return o, i, err
		}
	}
	return nil, -1, nil
}

// caught is the outcome of a catcher. Its output is not the subject of OutputPath.
func (s *Scope) caught(ctx context.Context, c *asl.Catcher, f *Failure) (*Outcome, error) {
	failure := f.Value()
	var o *Outcome
	var err error
	if s.State.QueryLanguage == asl.JSONata {
		e := s.evaluate(ctx, s.Input)
		e.failure, e.hasFailure = failure, true
		o, err = s.finish(e, failure, c.Assign, c.Output)
	} else {
		o, err = s.caughtByPath(ctx, c, failure)
	}
	if err != nil {
		return nil, err
	}
	o.Next, o.End = c.Next, false
	return o, nil
}

// caughtByPath is caught for JSONPath states.
func (s *Scope) caughtByPath(ctx context.Context, c *asl.Catcher, failure any) (*Outcome, error) {
	assigned, err := s.assigned(s.evaluate(ctx, failure), c.Assign)
	if err != nil {
		return nil, err
	}
	output, err := s.merged(c.ResultPath, failure)
	if err != nil {
		return nil, err
	}
	return s.outcome(output, assigned)
}
