package task

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"

	sns "maru.dev/maru/api/sns"
	"maru.dev/maru/arn"
)

// toSNS publishes the payload to a topic.
func toSNS(ctx context.Context, q *Queue, _ *Run, d *Delivery) error {
	a, err := arn.Parse(d.Target)
	if err != nil {
		return permanent{err}
	}
	in := &sns.PublishInput{TopicArn: &d.Target, Message: string(d.Payload)}
	if d.Subject != "" {
		in.Subject = &d.Subject
	}
	if d.GroupID != "" {
		in.MessageGroupId = &d.GroupID
	}
	if strings.HasSuffix(a.Resource, ".fifo") && d.DedupID != "" {
		in.MessageDeduplicationId = &d.DedupID
	}
	for name, value := range d.Attributes {
		v, err := snsAttribute(value, d.AttributeTypes[name])
		if err != nil {
			return permanent{fmt.Errorf("attribute %s: %w", name, err)}
		}
		if in.MessageAttributes == nil {
			in.MessageAttributes = make(map[string]sns.MessageAttributeValue, len(d.Attributes))
		}
		in.MessageAttributes[name] = v
	}
	_, err = q.caller.Call(d.as(ctx, a), "sns", "Publish", in)
	return err
}

// snsAttribute returns a message attribute of a data type.
func snsAttribute(value, dataType string) (sns.MessageAttributeValue, error) {
	if !strings.HasPrefix(dataType, "Binary") {
		if dataType == "" {
			dataType = "String"
		}
		return sns.MessageAttributeValue{DataType: dataType, StringValue: &value}, nil
	}
	raw, err := base64.StdEncoding.DecodeString(value)
	return sns.MessageAttributeValue{DataType: dataType, BinaryValue: raw}, err
}
