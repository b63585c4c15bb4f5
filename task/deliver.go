package task

import (
	"maru.dev/maru/kv"
)

// Delivery is a payload for a resource, whatever it is: SQS queue, SNS topic,
// Lambda function, HTTP(S) address and, later, every other target. It is
// retried by its Policy and ends, at worst, in DeadLetter with the reason.
type Delivery struct {
	Target     string            // ARN or http(s) URL
	Payload    []byte            // message body, event or request body
	Attributes map[string]string // SQS/SNS string attributes; HTTP headers
	GroupID    string            // FIFO targets
	DedupID    string
	Principal  string // the service that delivers: "sns.amazonaws.com"
	SourceARN  string // on whose behalf
	DeadLetter string // ARN of a queue or topic; "" drops, with a log line
	Policy     Policy
	Owner      string // see Task.Owner; Target when empty
	Account    string
	Region     string
	TraceID    string
}

// Deliver writes d in tx.
func (q *Queue) Deliver(tx *kv.Tx, d Delivery) error { panic("not yet") }
