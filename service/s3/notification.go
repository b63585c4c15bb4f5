package s3

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	api "maru.dev/maru/api/s3"
	"maru.dev/maru/arn"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// PutBucketNotificationConfiguration sets who is told of what happens in a
// bucket. Queues and topics get a test event at once.
//
// Spec: S3 API Reference, PutBucketNotificationConfiguration.
func (s *Service) PutBucketNotificationConfiguration(ctx context.Context, in *api.PutBucketNotificationConfigurationInput) (*api.PutBucketNotificationConfigurationOutput, error) {
	c := in.NotificationConfiguration
	if c == nil {
		return nil, malformedXML()
	}
	s.nameConfigurations(c)
	all := destinations(c)
	for i := range all {
		if err := all[i].check(); err != nil {
			return nil, err
		}
		if err := all[i].overlaps(all[:i]); err != nil {
			return nil, err
		}
	}
	if in.SkipDestinationValidation == nil || !*in.SkipDestinationValidation {
		for i := range all {
			if !s.exists(ctx, all[i].arn) {
				return nil, invalidArgument(all[i].arn, "The destination does not exist", "Unable to validate the following destination configurations")
			}
		}
	}
	err := s.change(ctx, in.Bucket, in.ExpectedBucketOwner, func(tx *kv.Tx, b *bucket) error {
		b.Notification = c
		for i := range all {
			a, _ := arn.Parse(all[i].arn)
			if a.Region != b.Region {
				return invalidArgument(all[i].arn, "The notification destination service region is not valid for the bucket location constraint", "The notification destination service region is not valid for the bucket location constraint")
			}
			if a.Service == "lambda" {
				continue
			}
			info := call.From(ctx)
			payload, err := json.Marshal(testEvent{
				"Amazon S3", "s3:TestEvent", s.Clock.Now().UTC().Format("2006-01-02T15:04:05.000Z"), b.Name, info.RequestID, info.RequestID,
			})
			if err != nil {
				return fmt.Errorf("encode event: %w", err)
			}
			if err := s.deliver(ctx, tx, b, all[i].arn, payload); err != nil {
				return err
			}
		}
		return nil
	})
	return answer(&api.PutBucketNotificationConfigurationOutput{}, err)
}

// testEvent is what a new destination is sent.
type testEvent struct{ Service, Event, Time, Bucket, RequestId, HostId string }

// nameConfigurations gives an ID to those that came without one.
func (s *Service) nameConfigurations(c *api.NotificationConfiguration) {
	name := func(id **string) {
		if *id == nil || **id == "" {
			*id = new(s.IDs.UUID())
		}
	}
	for i := range c.QueueConfigurations {
		name(&c.QueueConfigurations[i].Id)
	}
	for i := range c.TopicConfigurations {
		name(&c.TopicConfigurations[i].Id)
	}
	for i := range c.LambdaFunctionConfigurations {
		name(&c.LambdaFunctionConfigurations[i].Id)
	}
}

// check refuses what cannot be a destination.
func (d *destination) check() error {
	a, err := arn.Parse(d.arn)
	if err != nil || !slices.Contains([]string{"sqs", "sns", "lambda"}, a.Service) {
		return invalidArgument(d.arn, "", "The ARN is not well formed")
	}
	if len(d.events) == 0 {
		return malformedXML()
	}
	for _, e := range d.events {
		kind, _, ok := strings.Cut(strings.TrimPrefix(e, "s3:"), ":")
		if !ok && kind != "ReducedRedundancyLostObject" && kind != "ObjectAcl" && kind != "IntelligentTiering" {
			return invalidArgument("Event", e, "The event is not supported for notifications")
		}
	}
	if d.filter == nil || d.filter.Key == nil {
		return nil
	}
	seen := map[string]bool{}
	for _, r := range d.filter.Key.FilterRules {
		name := strings.ToLower(wire.Value(r.Name))
		if name != "prefix" && name != "suffix" {
			return invalidArgument("FilterRule", wire.Value(r.Name), "filter rule name must be either prefix or suffix")
		}
		if seen[name] {
			return invalidArgument("FilterRule", wire.Value(r.Name), "Cannot specify more than one "+name+" rule in a filter.")
		}
		seen[name] = true
	}
	return nil
}

// overlaps refuses a destination that would get an event which another gets,
// too.
func (d *destination) overlaps(others []destination) error {
	prefix, suffix := d.affixes()
	for i := range others {
		p, x := others[i].affixes()
		if !strings.HasPrefix(p, prefix) && !strings.HasPrefix(prefix, p) || !strings.HasSuffix(x, suffix) && !strings.HasSuffix(suffix, x) {
			continue
		}
		for _, one := range d.events {
			for _, two := range others[i].events {
				if covers(one, two) || covers(two, one) {
					return invalidArgument("Event", one, "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are overlapping for the same event type.")
				}
			}
		}
	}
	return nil
}

// exists asks a destination's service for it. Only a plain "no" counts: the
// caller need not be allowed to ask.
func (s *Service) exists(ctx context.Context, target string) bool {
	a, err := arn.Parse(target)
	if err != nil {
		return false
	}
	info := call.From(ctx)
	info.Account, info.Region = a.Account, a.Region
	var operation string
	in := map[string]string{}
	switch a.Service {
	case "sqs":
		operation, in["QueueName"], in["QueueOwnerAWSAccountId"] = "GetQueueUrl", a.Resource, a.Account
	case "sns":
		operation, in["TopicArn"] = "GetTopicAttributes", target
	default:
		operation, in["FunctionName"] = "GetFunction", target
	}
	body, err := json.Marshal(in)
	if err != nil {
		return false
	}
	_, err = s.Caller.CallJSON(call.With(ctx, info), a.Service, operation, body)
	if refused, ok := errors.AsType[wire.Error](err); ok {
		switch refused.ErrorCode() {
		case "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue", "NotFound", "NotFoundException", "ResourceNotFoundException", "InvalidParameter":
			return false
		}
	}
	return true
}

// GetBucketNotificationConfiguration returns who is told of what happens in a
// bucket.
//
// Spec: S3 API Reference, GetBucketNotificationConfiguration.
func (s *Service) GetBucketNotificationConfiguration(ctx context.Context, in *api.GetBucketNotificationConfigurationInput) (*api.GetBucketNotificationConfigurationOutput, error) {
	out := &api.GetBucketNotificationConfigurationOutput{}
	err := s.view(ctx, in.Bucket, in.ExpectedBucketOwner, func(_ *kv.Tx, b *bucket) error {
		if b.Notification != nil {
			*out = *b.Notification
		}
		return nil
	})
	return answer(out, err)
}
