package task

import "time"

// Attempt is a try of a delivery, for those who measure.
type Attempt struct {
	*Delivery

	Number int           // the first is 1
	Age    time.Duration // since the delivery was first due
	Err    error         // nil: delivered
	// GivenUp tells that there will be no other. It is told apart from the try
	// itself, once it is on disk.
	GivenUp bool
}

// Observe has the tries of deliveries by one principal told, from the task's own
// goroutine. It is called before Run.
func (q *Queue) Observe(principal string, tell func(Attempt)) {
	q.observers[principal] = append(q.observers[principal], tell)
}

// tell tells of a try of a delivery.
func (q *Queue) tell(run *Run, d *Delivery, err error, givenUp bool) {
	for _, tell := range q.observers[d.Principal] {
		tell(Attempt{Delivery: d, Number: run.Attempt, Age: q.clock.Now().Sub(run.FirstDue), Err: err, GivenUp: givenUp})
	}
}

// tellGivenUp tells of a delivery for which there will be no further try.
func (q *Queue) tellGivenUp(run *Run, reason error) {
	if run.Kind != deliverKind || len(q.observers) == 0 {
		return
	}
	if d, ok := run.delivery(); ok {
		q.tell(run, &d, reason, true)
	}
}

// Running is how many tasks this process runs now.
func (q *Queue) Running() int64 { return q.running.Load() }
