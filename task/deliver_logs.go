package task

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"

	logs "maru.dev/maru/api/logs"
	"maru.dev/maru/arn"
	"maru.dev/maru/wire"
)

// toLogs appends the payload as an event to a log group, in a stream that is
// the deliverer's own and is made when it is missing.
func toLogs(ctx context.Context, q *Queue, run *Run, d *Delivery) error {
	a, err := arn.Parse(d.Target)
	if err != nil {
		return permanent{err}
	}
	ctx = d.as(ctx, a)
	group := strings.TrimSuffix(strings.TrimPrefix(a.Resource, "log-group:"), ":*")
	sum := sha256.Sum256([]byte(d.SourceARN))
	stream := hex.EncodeToString(sum[:16])
	in := &logs.PutLogEventsInput{
		LogGroupName: group, LogStreamName: stream,
		LogEvents: []logs.InputLogEvent{{Message: string(d.Payload), Timestamp: run.FirstDue.UnixMilli()}},
	}
	_, err = q.caller.Call(ctx, "logs", "PutLogEvents", in)
	if !isCode(err, "ResourceNotFoundException") {
		return err
	}
	_, err = q.caller.Call(ctx, "logs", "CreateLogStream", &logs.CreateLogStreamInput{LogGroupName: group, LogStreamName: stream})
	if err != nil && !isCode(err, "ResourceAlreadyExistsException") {
		return err
	}
	_, err = q.caller.Call(ctx, "logs", "PutLogEvents", in)
	return err
}

// isCode tells whether an error is a refusal with a code.
func isCode(err error, code string) bool {
	refusal, ok := errors.AsType[wire.Error](err)
	return ok && refusal.ErrorCode() == code
}
