package resource

import (
	"context"
	"strings"
)

// queueDefaults are what an attribute goes back to when a template no longer
// sets it.
var queueDefaults = map[string]string{
	"ContentBasedDeduplication": "false", "DeduplicationScope": "queue", "DelaySeconds": "0", "FifoThroughputLimit": "perQueue",
	"KmsDataKeyReusePeriodSeconds": "300", "KmsMasterKeyId": "", "MaximumMessageSize": "262144", "MessageRetentionPeriod": "345600",
	"ReceiveMessageWaitTimeSeconds": "0", "RedriveAllowPolicy": "", "RedrivePolicy": "", "SqsManagedSseEnabled": "true",
	"VisibilityTimeout": "30",
}

// sqsQueue is AWS::SQS::Queue.
func sqsQueue() *Type {
	return &Type{
		Name: "AWS::SQS::Queue",
		Properties: `ContentBasedDeduplication DeduplicationScope DelaySeconds FifoQueue! FifoThroughputLimit KmsDataKeyReusePeriodSeconds
			KmsMasterKeyId MaximumMessageSize MessageRetentionPeriod QueueName! ReceiveMessageWaitTimeSeconds RedriveAllowPolicy
			RedrivePolicy SqsManagedSseEnabled Tags VisibilityTimeout`,
		Attributes: "Arn QueueName QueueUrl",
		Create:     createQueue, Update: updateQueue, Delete: deleteQueue,
	}
}

// createQueue makes the queue. SQS itself gives an existing queue back, so
// whether there is one is asked first.
func createQueue(ctx context.Context, r *Request) (Result, error) {
	n := naming{max: 80}
	if truth(r.Props["FifoQueue"]) {
		n.suffix = ".fifo"
	}
	name := r.name("QueueName", n)
	if r.Props["QueueName"] != nil && !r.Repeat {
		if _, err := r.do(ctx, "sqs", "GetQueueUrl", obj{"QueueName": name}); err == nil {
			return Result{}, alreadyExists(name)
		}
	}
	attrs := obj{}
	for attr := range queueDefaults {
		if v, ok := r.Props[attr]; ok {
			attrs[attr] = v
		}
	}
	if truth(r.Props["FifoQueue"]) {
		attrs["FifoQueue"] = true
	}
	out, err := r.do(ctx, "sqs", "CreateQueue", obj{"QueueName": name, "Attributes": attrs, "tags": tagObject(r.allTags())})
	if err != nil {
		return Result{}, err
	}
	return r.queue(text(out["QueueUrl"])), nil
}

// queue is what a template sees of a queue.
func (r *Request) queue(url string) Result {
	name := url[strings.LastIndexByte(url, '/')+1:]
	return Result{ID: url, Attributes: obj{"Arn": r.arn("sqs", name), "QueueName": name, "QueueUrl": url}}
}

// updateQueue sets what changed.
func updateQueue(ctx context.Context, r *Request) (Result, error) {
	attrs := obj{}
	for attr, normal := range queueDefaults {
		if !r.changed(attr) {
			continue
		}
		if v, ok := r.Props[attr]; ok {
			attrs[attr] = v
		} else {
			attrs[attr] = normal
		}
	}
	if len(attrs) > 0 {
		if _, err := r.do(ctx, "sqs", "SetQueueAttributes", obj{"QueueUrl": r.ID, "Attributes": attrs}); err != nil {
			return Result{}, err
		}
	}
	set, remove := r.tagChanges()
	if len(set) > 0 {
		if _, err := r.do(ctx, "sqs", "TagQueue", obj{"QueueUrl": r.ID, "Tags": tagObject(set)}); err != nil {
			return Result{}, err
		}
	}
	if len(remove) > 0 {
		if _, err := r.do(ctx, "sqs", "UntagQueue", obj{"QueueUrl": r.ID, "TagKeys": texts(remove)}); err != nil {
			return Result{}, err
		}
	}
	return r.queue(r.ID), nil
}

// deleteQueue removes the queue.
func deleteQueue(ctx context.Context, r *Request) error {
	_, err := r.do(ctx, "sqs", "DeleteQueue", obj{"QueueUrl": r.ID})
	return forget(err)
}

// sqsQueuePolicy is AWS::SQS::QueuePolicy.
func sqsQueuePolicy() *Type {
	set := func(ctx context.Context, r *Request, queues []any, policy string) error {
		for _, q := range queues {
			if _, err := r.do(ctx, "sqs", "SetQueueAttributes", obj{"QueueUrl": q, "Attributes": obj{"Policy": policy}}); err != nil {
				return err
			}
		}
		return nil
	}
	put := func(ctx context.Context, r *Request) (Result, error) {
		if r.ID == "" {
			r.ID = r.madeName(naming{max: 255})
		}
		for _, q := range list(r.Old["Queues"]) {
			if !contains(list(r.Props["Queues"]), q) {
				if err := forget(set(ctx, r, []any{q}, "")); err != nil {
					return Result{}, err
				}
			}
		}
		err := set(ctx, r, list(r.Props["Queues"]), document(r.Props["PolicyDocument"]))
		return Result{ID: r.ID, Attributes: obj{"Id": r.ID}}, err
	}
	return &Type{
		Name: "AWS::SQS::QueuePolicy", Properties: "PolicyDocument* Queues*", Attributes: "Id",
		Create: put, Update: put,
		Delete: func(ctx context.Context, r *Request) error {
			for _, q := range list(r.Props["Queues"]) {
				if err := forget(set(ctx, r, []any{q}, "")); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

// contains tells whether a list has an element.
func contains(l []any, v any) bool {
	for _, e := range l {
		if Equal(e, v) {
			return true
		}
	}
	return false
}
