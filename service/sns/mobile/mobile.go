// Package mobile is the part of SNS that is for telephones: text messages and
// who wants none, the SMS sandbox, and mobile push with its applications and
// endpoints. What would leave for a telephone is put into the outbox.
//
// Its rows are listed with those of package sns.
package mobile

import (
	"context"
	"fmt"
	"regexp"
	"time"

	api "maru.dev/maru/api/sns"
	"maru.dev/maru/kv"
	"maru.dev/maru/outbox"
	"maru.dev/maru/service"
	"maru.dev/maru/service/sns/names"
)

// Service implements the operations of SNS that are for telephones, and knows
// of the others that they are not implemented.
type Service struct {
	api.Unimplemented

	service.Deps
}

// e164 is a telephone number as text messages are sent to.
var e164 = regexp.MustCompile(`^\+?[1-9][0-9]{1,14}$`)

// IsNumber tells whether text messages can be sent to a number.
func IsNumber(number string) bool { return e164.MatchString(number) }

// Note is a message for one telephone.
type Note struct {
	At        time.Time
	To        string // number, or ARN of a platform endpoint
	From      string
	Subject   string
	SourceARN string                       // the topic, if it comes from one
	Text      func(platform string) string // "sms", or the endpoint's platform
}

// SendText puts a text message into the outbox, unless the number's owner does
// not want any.
func (s *Service) SendText(tx *kv.Tx, h names.Home, n Note) error {
	out, err := isOptedOut(tx, h, n.To)
	if err != nil || out {
		return err
	}
	return outbox.Add(tx, outbox.Message{
		ID: s.IDs.UUID(), Channel: "sms", At: n.At, Account: h.Account, Region: h.Region,
		From: n.From, To: []string{n.To}, Text: n.Text("sms"), SourceARN: n.SourceARN,
	})
}

// Push puts a push notification into the outbox, unless its device is gone or
// switched off.
func (s *Service) Push(tx *kv.Tx, n Note) error {
	ref, err := parseDevice(n.To, "EndpointArn")
	if err != nil {
		return err
	}
	dev, ok, err := kv.Get[device](tx, ref.rowKey())
	if err != nil || !ok || dev.Attributes["Enabled"] != "true" {
		return err
	}
	return outbox.Add(tx, outbox.Message{
		ID: s.IDs.UUID(), Channel: "push", At: n.At, Account: ref.Account, Region: ref.Region, From: n.From,
		To: []string{n.To}, Subject: n.Subject, Text: n.Text(ref.platform), SourceARN: n.SourceARN,
	})
}

// PublishText sends a text message straight to a number.
func (s *Service) PublishText(ctx context.Context, h names.Home, n Note) error {
	if !IsNumber(n.To) {
		return names.Invalid("PhoneNumber Reason: %s is not valid to publish to", n.To)
	}
	return s.Store.Update(ctx, func(tx *kv.Tx) error { return s.SendText(tx, h, n) })
}

// PublishPush sends a push notification straight to a platform endpoint.
func (s *Service) PublishPush(ctx context.Context, n Note) error {
	ref, err := parseDevice(n.To, "TargetArn")
	if err != nil {
		return err
	}
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		dev, ok, err := kv.Get[device](tx, ref.rowKey())
		switch {
		case err != nil:
			return fmt.Errorf("load endpoint: %w", err)
		case !ok:
			return names.Invalid("TargetArn Reason: No endpoint found for the target arn specified")
		case dev.Attributes["Enabled"] != "true":
			return &api.EndpointDisabledException{Message: "Endpoint is disabled"}
		}
		return s.Push(tx, n)
	})
}

// CheckDevice tells why an ARN names no platform endpoint that a topic can have
// as subscriber.
func CheckDevice(tx *kv.Tx, endpoint string) error {
	ref, err := parseDevice(endpoint, "ApplicationEndpoint ARN")
	if err != nil {
		return err
	}
	_, ok, err := kv.Get[device](tx, ref.rowKey())
	if err != nil {
		return fmt.Errorf("load endpoint: %w", err)
	}
	if !ok {
		return names.Invalid("Endpoint Reason: Endpoint does not exist for endpoint arn%s", endpoint)
	}
	return nil
}
