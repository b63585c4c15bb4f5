package events

import (
	"maru.dev/maru/kv"
	"maru.dev/maru/task"
)

func (s *Service) callLater(tx *kv.Tx, t *target, d task.Delivery) error {
	return s.Tasks.Deliver(tx, d)
}
