package sns_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	client "github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"maru.dev/maru/internal/testenv"
)

func TestRefusals(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	topic, fifo := b.topic("t"), b.topic("t.fifo")
	gone := aws.String(*topic + "gone")
	sub := b.subscribe(topic, "sqs", aws.String("arn:aws:sqs:us-east-1:000000000000:q"))
	ctx := t.Context()
	create := func(name string, attrs ...string) func() error {
		return func() error {
			_, err := b.sns.CreateTopic(ctx, &client.CreateTopicInput{Name: &name, Attributes: attributes(attrs...)})
			return err
		}
	}
	subscribe := func(topic *string, protocol, endpoint string, attrs ...string) func() error {
		return func() error {
			_, err := b.sns.Subscribe(ctx, &client.SubscribeInput{TopicArn: topic, Protocol: &protocol, Endpoint: &endpoint, Attributes: attributes(attrs...)})
			return err
		}
	}
	publish := func(in client.PublishInput) func() error {
		return func() error { _, err := b.sns.Publish(ctx, &in); return err }
	}
	attr := func(name, kind, value string) func() error {
		return publish(client.PublishInput{TopicArn: topic, Message: aws.String("x"), MessageAttributes: map[string]types.MessageAttributeValue{name: {DataType: &kind, StringValue: &value}}})
	}
	setTopic := func(topic *string, name, value string) func() error {
		return func() error {
			_, err := b.sns.SetTopicAttributes(ctx, &client.SetTopicAttributesInput{TopicArn: topic, AttributeName: &name, AttributeValue: &value})
			return err
		}
	}
	setSub := func(name, value string) func() error {
		return func() error {
			_, err := b.sns.SetSubscriptionAttributes(ctx, &client.SetSubscriptionAttributesInput{SubscriptionArn: sub, AttributeName: &name, AttributeValue: &value})
			return err
		}
	}
	x, group := aws.String("x"), aws.String("g")
	tests := map[string]struct {
		do      func() error
		code    string
		message string // a part of it
	}{
		"topic name":       {create("a b"), "InvalidParameter", "Invalid parameter: Topic Name"},
		"topic suffix":     {create("a.fifo"), "InvalidParameter", "Invalid parameter: Topic Name"},
		"fifo name":        {create("a", "FifoTopic", "true"), "InvalidParameter", "must end with .fifo"},
		"topic attribute":  {create("a", "Colour", "red"), "InvalidParameter", "AttributeName"},
		"archive":          {setTopic(fifo, "ArchivePolicy", `{"MessageRetentionPeriod":"30"}`), "NotImplemented", "ArchivePolicy"},
		"fifo attribute":   {setTopic(topic, "ContentBasedDeduplication", "true"), "InvalidParameter", "FIFO"},
		"fifo topic":       {setTopic(topic, "FifoTopic", "true"), "InvalidParameter", "AttributeName"},
		"policy":           {setTopic(topic, "Policy", "{"), "InvalidParameter", "Policy"},
		"delivery policy":  {setTopic(topic, "DeliveryPolicy", `{"http":{"defaultHealthyRetryPolicy":{"numRetries":101}}}`), "InvalidParameter", "numRetries"},
		"protocol":         {subscribe(topic, "pigeon", "x"), "InvalidParameter", "does not support this protocol string: pigeon"},
		"url":              {subscribe(topic, "http", "https://example.com"), "InvalidParameter", "Endpoint must match the specified protocol"},
		"sqs arn":          {subscribe(topic, "sqs", "q"), "InvalidParameter", "SQS endpoint ARN"},
		"fifo queue":       {subscribe(topic, "sqs", "arn:aws:sqs:us-east-1:000000000000:q.fifo"), "InvalidParameter", "FIFO SQS Queues can not be subscribed to standard SNS topics"},
		"fifo mail":        {subscribe(fifo, "email", "a@example.com"), "InvalidParameter", "protocol"},
		"mail":             {subscribe(topic, "email", "nobody"), "InvalidParameter", "Email address"},
		"number":           {subscribe(topic, "sms", "12ab"), "InvalidParameter", "Invalid SMS endpoint: 12ab"},
		"application":      {subscribe(topic, "application", "arn:aws:sns:us-east-1:000000000000:endpoint/GCM/a/b"), "InvalidParameter", "Endpoint does not exist"},
		"no topic":         {subscribe(gone, "sms", "+4917155"), "NotFound", "Topic does not exist"},
		"filter":           {subscribe(topic, "sms", "+4917155", "FilterPolicy", `{"a":"x"}`), "InvalidParameter", `Attributes Reason: FilterPolicy: "a" must be an object or an array`},
		"scope":            {subscribe(topic, "sms", "+4917155", "FilterPolicyScope", `x`), "InvalidParameter", `Invalid value [x]`},
		"raw sms":          {subscribe(topic, "sms", "+4917155", "RawMessageDelivery", `true`), "InvalidParameter", `RawMessageDelivery`},
		"other attributes": {subscribe(topic, "sqs", "arn:aws:sqs:us-east-1:000000000000:q", "RawMessageDelivery", "true"), "InvalidParameter", "Subscription already exists with different attributes"},
		"redrive":          {setSub("RedrivePolicy", `{"deadLetterTargetArn":"x"}`), "InvalidParameter", "deadLetterTargetArn is an invalid arn"},
		"replay":           {setSub("ReplayPolicy", `{}`), "NotImplemented", "ReplayPolicy"},
		"filter later":     {setSub("FilterPolicy", `{"a":{"b":["x"]}}`), "InvalidParameter", "Filter policy scope MessageAttributes does not support nested filter policy"},
		"sub attribute":    {setSub("Colour", `x`), "InvalidParameter", "AttributeName"},
		"publish nowhere":  {publish(client.PublishInput{Message: x}), "InvalidParameter", "TopicArn or TargetArn"},
		"publish gone":     {publish(client.PublishInput{TopicArn: gone, Message: x}), "NotFound", "Topic does not exist"},
		"publish region":   {publish(client.PublishInput{TopicArn: aws.String(strings.Replace(*topic, "us-east-1", "eu-west-1", 1)), Message: x}), "InvalidParameter", "TopicArn"},
		"publish arn":      {publish(client.PublishInput{TopicArn: aws.String("t"), Message: x}), "InvalidParameter", "An ARN must have at least 6 elements, not 1"},
		"empty":            {publish(client.PublishInput{TopicArn: topic, Message: aws.String("")}), "InvalidParameter", "Empty message"},
		"subject":          {publish(client.PublishInput{TopicArn: topic, Message: x, Subject: aws.String("a\nb")}), "InvalidParameter", "Subject"},
		"long":             {publish(client.PublishInput{TopicArn: topic, Message: aws.String(strings.Repeat("x", 256<<10+1))}), "InvalidParameter", "Message too long"},
		"structure":        {publish(client.PublishInput{TopicArn: topic, Message: x, MessageStructure: aws.String("json")}), "InvalidParameter", "JSON message body failed to parse"},
		"default":          {publish(client.PublishInput{TopicArn: topic, Message: aws.String(`{"sqs":"x"}`), MessageStructure: aws.String("json")}), "InvalidParameter", "No default entry"},
		"group":            {publish(client.PublishInput{TopicArn: fifo, Message: x, MessageDeduplicationId: x}), "InvalidParameter", "MessageGroupId parameter is required"},
		"dedup":            {publish(client.PublishInput{TopicArn: fifo, Message: x, MessageGroupId: group}), "InvalidParameter", "ContentBasedDeduplication"},
		"dedup standard":   {publish(client.PublishInput{TopicArn: topic, Message: x, MessageDeduplicationId: x}), "InvalidParameter", "not valid for this topic type"},
		"phone":            {publish(client.PublishInput{PhoneNumber: aws.String("abc"), Message: x}), "InvalidParameter", "is not valid to publish to"},
		"device":           {publish(client.PublishInput{TargetArn: aws.String("arn:aws:sns:us-east-1:000000000000:endpoint/GCM/a/b"), Message: x}), "InvalidParameter", "No endpoint found"},
		"attribute name":   {attr(".a", "String", "x"), "ParameterValueInvalid", "starting with character '.'"},
		"attribute letter": {attr("a*", "String", "x"), "ParameterValueInvalid", "'#x2A'"},
		"attribute type":   {attr("a", "Text", "x"), "ParameterValueInvalid", "invalid message attribute type"},
		"attribute empty":  {attr("a", "String", ""), "ParameterValueInvalid", "must contain non-empty"},
		"attribute number": {attr("a", "Number", "x"), "ParameterValueInvalid", "to number"},
		"attribute field":  {attr("a", "Binary", "x"), "ParameterValueInvalid", "must use field 'Binary'"},
		"attribute array":  {attr("a", "String.Array", "x"), "ParameterValueInvalid", "JSON array"},
		"confirm": {func() error {
			_, err := b.sns.ConfirmSubscription(ctx, &client.ConfirmSubscriptionInput{TopicArn: topic, Token: x})
			return err
		}, "InvalidParameter", "Token"},
		"unsubscribe": {func() error {
			_, err := b.sns.Unsubscribe(ctx, &client.UnsubscribeInput{SubscriptionArn: topic})
			return err
		}, "InvalidParameter", "SubscriptionId"},
		"tags of nothing": {func() error {
			_, err := b.sns.ListTagsForResource(ctx, &client.ListTagsForResourceInput{ResourceArn: gone})
			return err
		}, "ResourceNotFound", "Resource does not exist"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			err := tt.do()
			if got := testenv.ErrorCode(err); got != tt.code || !strings.Contains(testenv.ErrorMessage(err), tt.message) {
				t.Errorf("%s: %s, want %s: %s", got, testenv.ErrorMessage(err), tt.code, tt.message)
			}
		})
	}
}

func TestPermissionsTagsAndDataProtection(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	topic := b.topic("t")
	ctx := t.Context()
	grant := &client.AddPermissionInput{TopicArn: topic, Label: aws.String("l"), AWSAccountId: []string{"111122223333"}, ActionName: []string{"Publish"}}
	must2(b.sns.AddPermission(ctx, grant))
	if _, err := b.sns.AddPermission(ctx, grant); testenv.ErrorCode(err) != "InvalidParameter" {
		t.Errorf("grant twice: %v", err)
	}
	policy := func() string {
		return must2(b.sns.GetTopicAttributes(ctx, &client.GetTopicAttributesInput{TopicArn: topic})).Attributes["Policy"]
	}
	if got := policy(); !strings.Contains(got, `"Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"SNS:Publish"`) {
		t.Errorf("policy %s", got)
	}
	must2(b.sns.RemovePermission(ctx, &client.RemovePermissionInput{TopicArn: topic, Label: aws.String("l")}))
	if got := policy(); strings.Contains(got, "111122223333") || !strings.Contains(got, "__default_statement_ID") {
		t.Errorf("policy %s", got)
	}
	must2(b.sns.TagResource(ctx, &client.TagResourceInput{ResourceArn: topic, Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("1")}, {Key: aws.String("b"), Value: aws.String("2")}}}))
	must2(b.sns.UntagResource(ctx, &client.UntagResourceInput{ResourceArn: topic, TagKeys: []string{"a"}}))
	tags := must2(b.sns.ListTagsForResource(ctx, &client.ListTagsForResourceInput{ResourceArn: topic})).Tags
	if len(tags) != 1 || *tags[0].Key != "b" {
		t.Errorf("tags %v", tags)
	}
	must2(b.sns.PutDataProtectionPolicy(ctx, &client.PutDataProtectionPolicyInput{ResourceArn: topic, DataProtectionPolicy: aws.String(`{"Name":"p"}`)}))
	if got := must2(b.sns.GetDataProtectionPolicy(ctx, &client.GetDataProtectionPolicyInput{ResourceArn: topic})); *got.DataProtectionPolicy != `{"Name":"p"}` {
		t.Errorf("data protection %v", got)
	}
}
