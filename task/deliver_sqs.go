package task

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"

	sqs "maru.dev/maru/api/sqs"
	"maru.dev/maru/arn"
)

// toSQS sends the payload as a message to a queue.
func toSQS(ctx context.Context, q *Queue, _ *Run, d *Delivery) error {
	a, err := arn.Parse(d.Target)
	if err != nil {
		return permanent{err}
	}
	in := &sqs.SendMessageInput{
		QueueUrl:    "/" + a.Account + "/" + a.Resource,
		MessageBody: string(d.Payload),
	}
	if d.GroupID != "" {
		in.MessageGroupId = &d.GroupID
	}
	if strings.HasSuffix(a.Resource, ".fifo") && d.DedupID != "" {
		in.MessageDeduplicationId = &d.DedupID
	}
	if d.TraceID != "" {
		in.MessageSystemAttributes = map[string]sqs.MessageSystemAttributeValue{
			"AWSTraceHeader": {DataType: "String", StringValue: &d.TraceID},
		}
	}
	for name, value := range d.Attributes {
		v, err := sqsAttribute(value, d.AttributeTypes[name])
		if err != nil {
			return permanent{fmt.Errorf("attribute %s: %w", name, err)}
		}
		if in.MessageAttributes == nil {
			in.MessageAttributes = make(map[string]sqs.MessageAttributeValue, len(d.Attributes))
		}
		in.MessageAttributes[name] = v
	}
	_, err = q.caller.Call(d.as(ctx, a), "sqs", "SendMessage", in)
	return err
}

// sqsAttribute returns a message attribute of a data type.
func sqsAttribute(value, dataType string) (sqs.MessageAttributeValue, error) {
	if !strings.HasPrefix(dataType, "Binary") {
		if dataType == "" {
			dataType = "String"
		}
		return sqs.MessageAttributeValue{DataType: dataType, StringValue: &value}, nil
	}
	raw, err := base64.StdEncoding.DecodeString(value)
	return sqs.MessageAttributeValue{DataType: dataType, BinaryValue: raw}, err
}
