package s3

import (
	"context"

	"maru.dev/maru/kv"
)

// event is what happened to an object.
type event struct {
	name   string // without "s3:"
	key    string
	object *object
}

// emit tells those that a bucket's notification configuration names, in the
// transaction of what happened.
func (s *Service) emit(context.Context, *kv.Tx, *bucket, event) error { return nil }
