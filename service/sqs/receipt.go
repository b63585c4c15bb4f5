package sqs

import (
	"encoding/base64"
	"fmt"
	"time"

	api "maru.dev/maru/api/sqs"
	"maru.dev/maru/kv"
)

// receipt is what a receipt handle says: which message, and which of its
// receives.
type receipt struct {
	queue string
	sid   []byte
	at    int64 // when the message is visible again, as it was received
	group string
	seq   uint64 // of a FIFO queue's message
}

// handle writes a receipt as clients see it.
func (r receipt) handle() string {
	return base64.StdEncoding.EncodeToString(kv.NewKey(r.queue, r.sid, r.at, r.group, r.seq))
}

// parseReceipt reads a handle, which must be of queue q.
func parseReceipt(q *queue, handle string) (r receipt, err error) {
	raw, err := base64.StdEncoding.DecodeString(handle)
	if err == nil {
		err = kv.Key(raw).Scan(0, &r.queue, &r.sid, &r.at, &r.group, &r.seq)
	}
	if err != nil || r.queue != q.ID || q.FIFO != (r.seq > 0) {
		return r, &api.ReceiptHandleIsInvalid{Message: fmt.Sprintf("The input receipt handle %q is not a valid receipt handle.", handle)}
	}
	return r, nil
}

// find returns the row at which a standard queue's message is that r was given
// for; ok is false when it has been received anew, or is gone.
func (r receipt) find(tx *kv.Tx, q *queue) (at time.Time, p position, ok bool, err error) {
	at = time.Unix(0, r.at)
	p, ok, err = kv.Get[position](tx, q.positionKey(at, r.sid))
	if err != nil || ok {
		return at, p, ok, err
	}
	f, ok, err := kv.Get[forward](tx, q.forwardKey(r.sid))
	if err != nil || !ok || f.Receipt != r.at {
		return at, p, false, err
	}
	at = time.Unix(0, f.At)
	p, ok, err = kv.Get[position](tx, q.positionKey(at, r.sid))
	return at, p, ok, err
}
