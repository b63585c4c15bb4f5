package states

import (
	"context"
	"time"

	api "maru.dev/maru/api/states"
	"maru.dev/maru/call"
	"maru.dev/maru/clock"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// pollTime is how long a worker waits for a task.
const pollTime = 60 * time.Second

// line is where the workers of one activity stand in this process: the one at
// the front watches, the others wait for its place, first come, first served.
type line struct {
	turn    chan struct{} // has an element when nobody is at the front
	waiting int
}

// GetActivityTask gives a worker the next task of an activity, and waits a minute
// for one.
//
// Spec: Step Functions API Reference, GetActivityTask.
func (s *Service) GetActivityTask(ctx context.Context, in *api.GetActivityTaskInput) (*api.GetActivityTaskOutput, error) {
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		_, err := loadActivity(tx, in.ActivityArn)
		return err
	})
	if err != nil {
		return nil, err
	}
	worker := ""
	if in.WorkerName != nil {
		worker = *in.WorkerName
	}
	timer := s.Clock.NewTimer(pollTime)
	defer timer.Stop()
	l := s.joinLine(in.ActivityArn)
	defer s.leaveLine(in.ActivityArn, l)
	select {
	case <-l.turn:
	case <-timer.C():
		return &api.GetActivityTaskOutput{}, nil
	case <-call.Closing(ctx):
		return &api.GetActivityTaskOutput{}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { l.turn <- struct{}{} }()
	return s.atFront(ctx, in.ActivityArn, worker, timer)
}

// atFront waits for a task at the front of the line.
func (s *Service) atFront(ctx context.Context, activity, worker string, timer clock.Timer) (*api.GetActivityTaskOutput, error) {
	watch := s.Store.Watch(service.Topic(activity))
	defer watch.Stop()
	for {
		token, input, ok, err := s.runner.Take(ctx, activity, worker)
		if err != nil {
			return nil, err
		}
		if ok {
			return &api.GetActivityTaskOutput{TaskToken: &token, Input: &input}, nil
		}
		select {
		case <-watch.C():
		case <-timer.C():
			return &api.GetActivityTaskOutput{}, nil
		case <-call.Closing(ctx):
			return &api.GetActivityTaskOutput{}, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// joinLine puts a worker into its activity's line.
func (s *Service) joinLine(activity string) *line {
	s.mu.Lock()
	defer s.mu.Unlock()
	l, ok := s.lines[activity]
	if !ok {
		l = &line{turn: make(chan struct{}, 1)}
		l.turn <- struct{}{}
		s.lines[activity] = l
	}
	l.waiting++
	return l
}

// leaveLine takes a worker out of the line, which ends with its last one.
func (s *Service) leaveLine(activity string, l *line) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l.waiting--; l.waiting == 0 {
		delete(s.lines, activity)
	}
}
