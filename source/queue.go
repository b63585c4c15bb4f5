package source

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"sync"
	"time"

	"maru.dev/maru/api/sqs"
	"maru.dev/maru/arn"
	"maru.dev/maru/call"
	"maru.dev/maru/pattern"
)

const (
	// defaultConcurrency is how many batches of a queue run at a time where
	// the mapping does not say.
	defaultConcurrency = 10
	// receiveMax is how many messages SQS hands out at a time.
	receiveMax = 10
	// longPoll is how long a receive waits for messages.
	longPoll = 20
)

// queuePoller reads one queue.
type queuePoller struct {
	*Poller
	m       *Mapping
	url     string
	filters []*pattern.Pattern
	slots   chan struct{}
	mu      sync.Mutex // guards the mapping's last result
}

// RunQueue polls a queue until ctx ends, and then waits for the batches that
// are under way.
func (p *Poller) RunQueue(ctx context.Context, m Mapping) error {
	a, err := arn.Parse(m.SourceARN)
	if err != nil {
		return fmt.Errorf("read queue's ARN: %w", err)
	}
	q := &queuePoller{Poller: p, m: &m, url: p.Endpoint + "/" + a.Account + "/" + a.Resource}
	if q.filters, err = m.filters(); err != nil {
		return err
	}
	concurrency := int(m.MaxConcurrency)
	if concurrency == 0 {
		concurrency = defaultConcurrency
	}
	q.slots = make(chan struct{}, concurrency)
	q.poll(p.as(ctx, &m))
	for range concurrency {
		q.slots <- struct{}{}
	}
	return nil
}

// poll receives batches and has them processed.
func (q *queuePoller) poll(ctx context.Context) {
	pause := minPause
	for {
		select {
		case <-ctx.Done():
			return
		case q.slots <- struct{}{}:
		}
		batch, err := q.collect(ctx)
		if err != nil && ctx.Err() == nil {
			q.Log.Debug("receive for mapping", "queue", q.m.SourceARN, "err", err)
			if len(batch) == 0 {
				<-q.slots
				if !q.sleep(ctx, pause) {
					return
				}
				pause = min(2*pause, maxPause)
				continue
			}
		}
		pause = minPause
		if len(batch) == 0 {
			<-q.slots
			continue
		}
		go func() {
			defer func() { <-q.slots }()
			q.process(context.WithoutCancel(ctx), batch)
		}()
	}
}

// collect receives one batch: what is there, or what comes within the window
// after the first message.
func (q *queuePoller) collect(ctx context.Context) ([]sqs.Message, error) {
	size := int(q.m.BatchSize)
	batch, err := q.receive(ctx, size, longPoll)
	if err != nil || len(batch) == 0 || len(batch) >= size || q.m.Window == 0 {
		return batch, err
	}
	end := q.Clock.Now().Add(time.Duration(q.m.Window) * time.Second)
	bytes := sizeOf(batch)
	for len(batch) < size && bytes < maxEvent/2 && ctx.Err() == nil {
		left := end.Sub(q.Clock.Now())
		if left <= 0 {
			break
		}
		// A receive waits for whole seconds; the last fraction is slept.
		wait := int32(min(left/time.Second, longPoll))
		if wait == 0 && !q.sleep(ctx, left) {
			break
		}
		more, err := q.receive(ctx, size-len(batch), wait)
		if err != nil {
			return batch, err
		}
		batch = append(batch, more...)
		bytes += sizeOf(more)
	}
	return batch, nil
}

// sizeOf is how much messages add to an event, about.
func sizeOf(messages []sqs.Message) int {
	n := 0
	for i := range messages {
		n += len(*messages[i].Body) + 1024
	}
	return n
}

// receive takes up to n messages, waiting for the first one.
func (q *queuePoller) receive(ctx context.Context, n int, wait int32) ([]sqs.Message, error) {
	out, err := call.Do[*sqs.ReceiveMessageOutput](ctx, q.Caller, "sqs", "ReceiveMessage", &sqs.ReceiveMessageInput{
		QueueUrl: q.url, MaxNumberOfMessages: new(int32(min(n, receiveMax))), WaitTimeSeconds: &wait,
		MessageSystemAttributeNames: []string{"All"}, MessageAttributeNames: []string{"All"},
	})
	if err != nil {
		return nil, err
	}
	return out.Messages, nil
}

// process has a batch handled and deletes what it has dealt with.
// What fails stays, and comes back when its visibility ends.
func (q *queuePoller) process(ctx context.Context, batch []sqs.Message) {
	var done, kept []sqs.Message
	var records []map[string]any
	for _, m := range batch {
		record := q.event(&m)
		if !passes(q.filters, parsedBody(record)) {
			done = append(done, m) // filtered messages are gone, as on AWS
			continue
		}
		if q.Stopped != nil && q.Stopped(ctx, q.m, m.Attributes["AWSTraceHeader"]) {
			continue
		}
		kept = append(kept, m)
		records = append(records, record)
	}
	if len(kept) > 0 {
		failed, result := q.run(ctx, kept, records)
		for _, m := range kept {
			if !failed[*m.MessageId] {
				done = append(done, m)
			}
		}
		q.mu.Lock()
		q.record(ctx, q.m, result)
		q.mu.Unlock()
	}
	q.remove(ctx, done)
}

// run has a batch handled and returns the messages that are not dealt with.
func (q *queuePoller) run(ctx context.Context, kept []sqs.Message, records []map[string]any) (failed map[string]bool, result string) {
	ids := make(map[string]bool, len(kept))
	for _, m := range kept {
		ids[*m.MessageId] = true
	}
	headers := make([]string, 0, len(kept))
	for _, m := range kept {
		headers = append(headers, m.Attributes["AWSTraceHeader"])
	}
	answer, err := q.Handle(q.follow(ctx, headers), q.m, Batch{Records: records})
	if err != nil {
		q.Log.Debug("handle batch", "mapping", q.m.UUID, "err", err)
		return ids, "PROBLEM: Function call failed"
	}
	if answer.FunctionError != "" {
		return ids, "PROBLEM: Function call failed"
	}
	if !q.m.ReportFailures {
		return nil, "OK"
	}
	failed, ok := partialFailures(answer.Payload, func(id string) bool { return ids[id] })
	if !ok {
		return ids, "PROBLEM: Function call failed"
	}
	return failed, "OK"
}

// remove deletes messages from the queue.
func (q *queuePoller) remove(ctx context.Context, done []sqs.Message) {
	for len(done) > 0 {
		n := min(len(done), receiveMax)
		entries := make([]sqs.DeleteMessageBatchRequestEntry, n)
		for i, m := range done[:n] {
			entries[i] = sqs.DeleteMessageBatchRequestEntry{Id: strconv.Itoa(i), ReceiptHandle: *m.ReceiptHandle}
		}
		done = done[n:]
		_, err := q.Caller.Call(ctx, "sqs", "DeleteMessageBatch", &sqs.DeleteMessageBatchInput{QueueUrl: q.url, Entries: entries})
		if err != nil {
			q.Log.Warn("delete processed messages", "queue", q.m.SourceARN, "err", err)
		}
	}
}

// event is a message as functions see it.
//
// Spec: Lambda Developer Guide, Using Lambda with Amazon SQS.
func (q *queuePoller) event(m *sqs.Message) map[string]any {
	attributes := make(map[string]any, len(m.MessageAttributes))
	for name, v := range m.MessageAttributes {
		entry := map[string]any{"dataType": v.DataType, "stringListValues": []string{}, "binaryListValues": []string{}}
		if v.StringValue != nil {
			entry["stringValue"] = *v.StringValue
		}
		if v.BinaryValue != nil {
			entry["binaryValue"] = v.BinaryValue
		}
		attributes[name] = entry
	}
	system := make(map[string]any, len(m.Attributes))
	for k, v := range m.Attributes {
		system[k] = v
	}
	record := map[string]any{
		"messageId": *m.MessageId, "receiptHandle": *m.ReceiptHandle, "body": *m.Body, "attributes": system,
		"messageAttributes": attributes, "md5OfBody": *m.MD5OfBody, "eventSource": "aws:sqs",
		"eventSourceARN": q.m.SourceARN, "awsRegion": q.m.Region,
	}
	if m.MD5OfMessageAttributes != nil {
		record["md5OfMessageAttributes"] = *m.MD5OfMessageAttributes
	}
	return record
}

// parsedBody is a record for filters: its body read as JSON where it is.
func parsedBody(record map[string]any) map[string]any {
	text, _ := record["body"].(string)
	var body any
	if json.Unmarshal([]byte(text), &body) != nil {
		return record
	}
	switch body.(type) {
	case map[string]any, []any:
	default:
		return record
	}
	parsed := make(map[string]any, len(record))
	for k, v := range record {
		parsed[k] = v
	}
	parsed["body"] = body
	return parsed
}
