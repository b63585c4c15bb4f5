package resource

import (
	"context"
	"strings"
)

// topicAttributes are the properties that are attributes of the topic.
var topicAttributes = []string{
	"ArchivePolicy", "ContentBasedDeduplication", "DisplayName", "FifoThroughputScope", "KmsMasterKeyId", "SignatureVersion", "TracingConfig",
}

// snsTopic is AWS::SNS::Topic.
func snsTopic() *Type {
	return &Type{
		Name: "AWS::SNS::Topic",
		Properties: `ArchivePolicy ContentBasedDeduplication DataProtectionPolicy~ DeliveryStatusLogging~ DisplayName FifoThroughputScope
			FifoTopic! KmsMasterKeyId SignatureVersion Subscription Tags TopicName! TracingConfig`,
		Attributes: "TopicArn TopicName",
		Create:     createTopic, Update: updateTopic,
		Delete: func(ctx context.Context, r *Request) error {
			_, err := r.do(ctx, "sns", "DeleteTopic", obj{"TopicArn": r.ID})
			return forget(err)
		},
	}
}

// createTopic makes the topic and its subscriptions. SNS itself gives an
// existing topic back, so whether there is one is asked first.
func createTopic(ctx context.Context, r *Request) (Result, error) {
	n := naming{max: 256}
	attrs := pick(r.Props, topicAttributes...)
	if truth(r.Props["FifoTopic"]) {
		n.suffix = ".fifo"
		attrs["FifoTopic"] = true
	}
	name := r.name("TopicName", n)
	if r.Props["TopicName"] != nil && !r.Repeat {
		if _, err := r.do(ctx, "sns", "GetTopicAttributes", obj{"TopicArn": r.arn("sns", name)}); err == nil {
			return Result{}, alreadyExists(name)
		}
	}
	out, err := r.do(ctx, "sns", "CreateTopic", obj{"Name": name, "Attributes": attrs, "Tags": tagList(r.allTags())})
	if err != nil {
		return Result{}, err
	}
	r.ID = text(out["TopicArn"])
	return topic(r.ID), r.subscribeAll(ctx)
}

// topic is what a template sees of a topic.
func topic(arn string) Result {
	return Result{ID: arn, Attributes: obj{"TopicArn": arn, "TopicName": arn[strings.LastIndexByte(arn, ':')+1:]}}
}

// subscribeAll makes the subscriptions that the topic's properties list. SNS
// gives an existing one back.
func (r *Request) subscribeAll(ctx context.Context) error {
	for _, s := range list(r.Props["Subscription"]) {
		if _, err := r.do(ctx, "sns", "Subscribe", obj{"TopicArn": r.ID, "Protocol": at(s, "Protocol"), "Endpoint": at(s, "Endpoint")}); err != nil {
			return err
		}
	}
	return nil
}

// updateTopic sets what changed.
func updateTopic(ctx context.Context, r *Request) (Result, error) {
	for _, attr := range topicAttributes {
		if !r.changed(attr) {
			continue
		}
		v := r.Props[attr]
		if v == nil {
			v = ""
		}
		if _, err := r.do(ctx, "sns", "SetTopicAttributes", obj{"TopicArn": r.ID, "AttributeName": attr, "AttributeValue": v}); err != nil {
			return Result{}, err
		}
	}
	if r.changed("Subscription") {
		if err := r.subscribeAll(ctx); err != nil {
			return Result{}, err
		}
	}
	return topic(r.ID), r.tagARN(ctx, "sns", r.ID)
}

// tagARN brings the tags of a resource up to date, in services whose
// TagResource takes ResourceArn and lists.
func (r *Request) tagARN(ctx context.Context, service, arn string) error {
	set, remove := r.tagChanges()
	if len(set) > 0 {
		if _, err := r.do(ctx, service, "TagResource", obj{"ResourceArn": arn, "Tags": tagList(set)}); err != nil {
			return err
		}
	}
	if len(remove) > 0 {
		if _, err := r.do(ctx, service, "UntagResource", obj{"ResourceArn": arn, "TagKeys": texts(remove)}); err != nil {
			return err
		}
	}
	return nil
}

// snsTopicPolicy is AWS::SNS::TopicPolicy.
func snsTopicPolicy() *Type {
	set := func(ctx context.Context, r *Request, topic any, policy string) error {
		_, err := r.do(ctx, "sns", "SetTopicAttributes", obj{"TopicArn": topic, "AttributeName": "Policy", "AttributeValue": policy})
		return err
	}
	put := func(ctx context.Context, r *Request) (Result, error) {
		if r.ID == "" {
			r.ID = r.madeName(naming{max: 255})
		}
		for _, t := range list(r.Props["Topics"]) {
			if err := set(ctx, r, t, document(r.Props["PolicyDocument"])); err != nil {
				return Result{}, err
			}
		}
		return Result{ID: r.ID, Attributes: obj{"Id": r.ID}}, nil
	}
	return &Type{
		Name: "AWS::SNS::TopicPolicy", Properties: "PolicyDocument* Topics*", Attributes: "Id",
		Create: put, Update: put,
		Delete: func(ctx context.Context, r *Request) error {
			for _, t := range list(r.Props["Topics"]) {
				if err := set(ctx, r, t, document(r.defaultTopicPolicy(text(t)))); err != nil && !gone(err) {
					return err
				}
			}
			return nil
		},
	}
}

// defaultTopicPolicy is the policy that SNS gives a topic: its account may do
// everything with it.
func (r *Request) defaultTopicPolicy(arn string) obj {
	return obj{"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": []any{obj{
		"Sid": "__default_statement_ID", "Effect": "Allow", "Principal": obj{"AWS": "*"}, "Resource": arn,
		"Action": texts([]string{
			"SNS:GetTopicAttributes", "SNS:SetTopicAttributes", "SNS:AddPermission", "SNS:RemovePermission", "SNS:DeleteTopic",
			"SNS:Subscribe", "SNS:ListSubscriptionsByTopic", "SNS:Publish",
		}),
		"Condition": obj{"StringEquals": obj{"AWS:SourceOwner": r.Account}},
	}}}
}
