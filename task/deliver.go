package task

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"maru.dev/maru/arn"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// deliverKind is the kind of tasks that are deliveries.
const deliverKind = "deliver"

// Delivery is a payload for a resource, whatever it is: SQS queue, SNS topic,
// Lambda function, state machine, event bus, log group, HTTP(S) address. It is
// retried by its Policy and ends, at worst, in DeadLetter with the reason.
//
// A target's refusal (a client error: it does not exist, access is denied, the
// message is not valid) is final; throttling, faults and silence are retried.
type Delivery struct {
	Target     string            // ARN or http(s) URL
	Payload    []byte            // message body, event or request body
	Attributes map[string]string // SQS/SNS attributes; HTTP headers
	// AttributeTypes are the data types of attributes that are not "String". The
	// value of one whose type begins with "Binary" is base64.
	AttributeTypes map[string]string
	GroupID        string // FIFO targets, and fair queues
	DedupID        string
	Subject        string        // SNS
	Timeout        time.Duration // of an HTTP request; 15 seconds when zero
	Principal      string        // the service that delivers: "sns.amazonaws.com"
	SourceARN      string        // on whose behalf
	Role           string        // which role it assumes for that; "" is none
	DeadLetter     string        // ARN of a queue or topic; "" drops, with a log line
	Policy         Policy
	Owner          string // see Task.Owner; Target when empty
	Serial         uint64 // see Task.Serial
	Account        string
	Region         string
	TraceID        string
	// Due is when to deliver first; the zero time is now.
	Due time.Time
	// DeadLetterPayload is what a dead letter holds in place of Payload, if set.
	DeadLetterPayload []byte
	// DeadLetterAttributes are further attributes of a dead letter.
	DeadLetterAttributes map[string]string
	// Letter says that this is the dead letter of another delivery.
	Letter bool `cbor:",omitempty"`
}

// Deliver writes d in tx.
func (q *Queue) Deliver(tx *kv.Tx, d Delivery) error {
	t := Task{
		Kind: deliverKind, Owner: d.Owner, Serial: d.Serial, Due: d.Due, Policy: d.Policy,
		Account: d.Account, Region: d.Region, TraceID: d.TraceID,
		Lease: max(defaultLease, 2*d.Timeout),
	}
	if t.Owner == "" {
		t.Owner = d.Target
	}
	d.Policy = Policy{} // it is stored once, with the task
	t.Body = d
	_, err := q.Add(tx, t)
	return err
}

// target delivers to one kind of resource. An error that is permanent is final;
// a wire.Error is judged by its status; any other error is retried.
type target func(ctx context.Context, q *Queue, run *Run, d *Delivery) error

// targetOf finds who delivers to a target: the table of kinds by ARN service.
func targetOf(name string) (target, error) {
	if isHTTP(name) {
		return toHTTP, nil
	}
	a, err := arn.Parse(name)
	if err != nil {
		return nil, fmt.Errorf("target %q: %w", name, err)
	}
	switch a.Service {
	case "sqs":
		return toSQS, nil
	case "sns":
		return toSNS, nil
	case "lambda":
		return toLambda, nil
	case "events":
		return toEventBus, nil
	case "states":
		return toStates, nil
	case "logs":
		return toLogs, nil
	case "kinesis":
		return toKinesis, nil
	case "firehose":
		return toFirehose, nil
	case "schemas":
		return toSchemas, nil
	}
	return nil, fmt.Errorf("target %q: maru does not deliver to %s", name, a.Service)
}

// permanent marks a failure that no retry will mend.
type permanent struct{ error }

// Unwrap gives the failure to errors.Is and errors.As.
func (p permanent) Unwrap() error { return p.error }

// runDelivery is the handler of deliveries.
func (q *Queue) runDelivery(ctx context.Context, run *Run) error {
	info := call.From(ctx)
	info.Once = string(run.ID) // made again, it is the same delivery
	ctx = call.With(ctx, info)
	var d Delivery
	if err := run.Decode(&d); err != nil {
		return Dead(err)
	}
	to, err := targetOf(d.Target)
	if err != nil {
		return Dead(err)
	}
	ctx, told := q.attempted(ctx, run, &d)
	err = to(ctx, q, run, &d)
	told(err)
	q.tell(run, &d, err, false)
	if err != nil {
		if final(err) {
			return Dead(err)
		}
		return err
	}
	return nil
}

// as returns the context in which d's principal calls a resource of a.
func (d *Delivery) as(ctx context.Context, a arn.ARN) context.Context {
	account, region := a.Account, a.Region
	if account == "" {
		account = d.Account
	}
	if region == "" {
		region = d.Region
	}
	if d.Role != "" {
		ctx = call.InRole(ctx, d.Principal, d.Role, d.SourceARN[strings.LastIndexAny(d.SourceARN, ":/")+1:], account, region)
		info := call.From(ctx)
		info.Behalf = d.SourceARN
		return call.With(ctx, info)
	}
	return call.As(ctx, d.Principal, d.SourceARN, account, region)
}

// final tells whether a target has refused for good.
func final(err error) bool {
	if _, ok := errors.AsType[permanent](err); ok {
		return true
	}
	refusal, ok := errors.AsType[wire.Error](err)
	if !ok {
		return false
	}
	status := refusal.HTTPStatus()
	return status >= 400 && status < 500 && status != 429 && status != 408 && !throttled(refusal.ErrorCode())
}

// throttled tells whether an error's code means "later".
func throttled(code string) bool {
	switch code {
	case "RequestLimitExceeded", "BandwidthLimitExceeded", "LimitExceededException", "OverLimit", "SlowDown",
		"PriorRequestNotComplete", "TransactionInProgressException", "ProvisionedThroughputExceededException",
		"ResourceConflictException", "RequestTimeout", "RequestTimeoutException":
		return true
	}
	return strings.Contains(code, "Throttl") || strings.HasPrefix(code, "TooManyRequests")
}

// deadLetterPolicy is how long a dead letter is tried for.
func deadLetterPolicy() Policy {
	return Policy{MinBackoff: time.Second, MaxBackoff: time.Minute, MaxAge: 14 * 24 * time.Hour}
}

// delivery reads the run's body, if it can be read.
func (r *Run) delivery() (d Delivery, ok bool) {
	err := r.Decode(&d)
	return d, err == nil
}

// buryDelivery sends a delivery that failed for good to its dead-letter target,
// with the reason in its attributes, as a delivery of its own.
func (q *Queue) buryDelivery(tx *kv.Tx, run *Run, reason error) error {
	d, ok := run.delivery()
	if !ok {
		return nil // the queue logs every task that it gives up
	}
	return q.Bury(tx, run, &d, reason)
}

// Bury sends what run could not deliver to its dead-letter target, if it has
// one, with the reason. It is for handlers that deliver in their own way.
func (q *Queue) Bury(tx *kv.Tx, run *Run, d *Delivery, reason error) error {
	if d.DeadLetter == "" {
		return nil
	}
	letter := Delivery{
		Target: d.DeadLetter, Payload: d.Payload, AttributeTypes: d.AttributeTypes,
		Attributes: make(map[string]string), GroupID: d.GroupID, DedupID: d.DedupID, Subject: d.Subject,
		Principal: d.Principal, SourceARN: d.SourceARN, Account: d.Account, Region: d.Region, TraceID: d.TraceID,
		Policy: deadLetterPolicy(), Letter: true,
	}
	if d.DeadLetterPayload != nil {
		letter.Payload = d.DeadLetterPayload
	}
	if !isHTTP(d.Target) { // an HTTP delivery's attributes are its headers
		maps.Copy(letter.Attributes, d.Attributes)
	}
	for name, value := range reasons(run, d, reason) {
		if len(letter.Attributes) < maxAttributes {
			letter.Attributes[name] = value
		}
	}
	for name, value := range d.DeadLetterAttributes {
		if len(letter.Attributes) < maxAttributes {
			letter.Attributes[name] = value
		}
	}
	return q.Deliver(tx, letter)
}

// maxAttributes is how many attributes a message may have in SQS. Those of the
// message come first, the reasons after.
const maxAttributes = 10

// reasons are the attributes that tell why d was given up, under the names that
// its service gives them.
func reasons(run *Run, d *Delivery, reason error) map[string]string {
	code, message := "InternalFailure", shorten(reason.Error())
	if refusal, ok := errors.AsType[wire.Error](reason); ok {
		code, message = refusal.ErrorCode(), shorten(refusal.ErrorMessage())
	}
	if status, ok := errors.AsType[statusError](reason); ok {
		code = strconv.Itoa(status.status)
	}
	if d.Principal == eventBridge {
		code = deadLetterCode(reason)
	}
	switch d.Principal {
	case eventBridge, "scheduler.amazonaws.com", "pipes.amazonaws.com":
		condition := "MaximumRetryAttempts"
		if run.Policy.MaxAttempts == 0 || run.Attempt < run.Policy.MaxAttempts {
			condition = "MaximumEventAgeInSeconds"
		}
		out := map[string]string{
			"ERROR_CODE": code, "ERROR_MESSAGE": message, "RETRY_ATTEMPTS": strconv.Itoa(run.Attempt - 1), "TARGET_ARN": d.Target,
		}
		if !final(reason) {
			out["EXHAUSTED_RETRY_CONDITION"] = condition
		}
		return out
	}
	return map[string]string{"RequestID": requestID(run), "ErrorCode": code, "ErrorMessage": message}
}

// requestID makes a request id, in the form of a UUID, of a task's id.
func requestID(run *Run) string {
	id := string(run.ID)
	if len(id) != 32 {
		return id
	}
	return id[:8] + "-" + id[8:12] + "-" + id[12:16] + "-" + id[16:20] + "-" + id[20:]
}
