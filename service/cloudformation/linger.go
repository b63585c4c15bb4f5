package cloudformation

import (
	"context"
	"time"

	"maru.dev/maru/clock"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	types "maru.dev/maru/service/cloudformation/resource"
)

// patience is how long an operation that began work on a stack waits for its
// end before it answers.
const patience = 2 * time.Second

// linger waits a little for the end of a stack's operation. What was begun goes
// on whether or not anyone waits; but the clients of AWS look once when they
// are answered and then every thirty seconds, and most stacks here are done
// long before. It is the machine's time that is waited, not that of the
// platform, which may stand still.
func (s *Service) linger(ctx context.Context, h home, st *stack, op *operation) {
	if types.Parent(ctx) != "" {
		return // the stack around it has steps of its own to go on with
	}
	watch := s.Store.Watch(service.Topic(st.ARN))
	defer watch.Stop()
	timer := clock.System{}.NewTimer(patience)
	defer timer.Stop()
	for {
		over := true
		err := s.Store.View(ctx, func(tx *kv.Tx) error {
			cur, ok, err := kv.Get[operation](tx, h.operationKey(st.ID))
			over = !ok || cur.ID != op.ID || cur.Over
			return err
		})
		if err != nil || over {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-timer.C():
			return
		case <-watch.C():
		}
	}
}
