package s3

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"

	api "maru.dev/maru/api/s3"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/task"
	"maru.dev/maru/wire"
)

// event is what happened to an object.
type event struct {
	name   string // without "s3:"
	key    string
	object *object
}

// destination is one line of a notification configuration, whatever its kind.
type destination struct {
	id, arn string
	events  []string
	filter  *api.NotificationConfigurationFilter
}

// destinations are all lines of a configuration.
func destinations(c *api.NotificationConfiguration) (out []destination) {
	if c == nil {
		return nil
	}
	for _, q := range c.QueueConfigurations {
		out = append(out, destination{wire.Value(q.Id), q.QueueArn, q.Events, q.Filter})
	}
	for _, t := range c.TopicConfigurations {
		out = append(out, destination{wire.Value(t.Id), t.TopicArn, t.Events, t.Filter})
	}
	for _, f := range c.LambdaFunctionConfigurations {
		out = append(out, destination{wire.Value(f.Id), f.LambdaFunctionArn, f.Events, f.Filter})
	}
	return out
}

// affixes are the beginning and the end that a destination wants of keys.
func (d *destination) affixes() (prefix, suffix string) {
	if d.filter == nil || d.filter.Key == nil {
		return "", ""
	}
	for _, r := range d.filter.Key.FilterRules {
		switch strings.ToLower(wire.Value(r.Name)) {
		case "prefix":
			prefix = wire.Value(r.Value)
		case "suffix":
			suffix = wire.Value(r.Value)
		}
	}
	return prefix, suffix
}

// wants tells whether a destination is to hear of an event.
func (d *destination) wants(e event) bool {
	prefix, suffix := d.affixes()
	if !strings.HasPrefix(e.key, prefix) || !strings.HasSuffix(e.key, suffix) {
		return false
	}
	for _, pattern := range d.events {
		if covers(strings.TrimPrefix(pattern, "s3:"), e.name) {
			return true
		}
	}
	return false
}

// covers tells whether an event type, perhaps one that ends in "*", has another.
func covers(pattern, name string) bool {
	if kind, all := strings.CutSuffix(pattern, "*"); all {
		return strings.HasPrefix(name, kind)
	}
	return pattern == name
}

// emit tells those that a bucket's notification configuration names, in the
// transaction of what happened.
func (s *Service) emit(ctx context.Context, tx *kv.Tx, b *bucket, e event) error {
	for _, d := range destinations(b.Notification) {
		if !d.wants(e) {
			continue
		}
		payload, err := json.Marshal(map[string]any{"Records": []any{s.record(call.From(ctx), b, &d, e)}})
		if err != nil {
			return fmt.Errorf("encode event: %w", err)
		}
		if err := s.deliver(ctx, tx, b, d.arn, payload); err != nil {
			return err
		}
	}
	return s.tellBus(ctx, tx, b, e)
}

// deliver sends a payload to a destination.
func (s *Service) deliver(ctx context.Context, tx *kv.Tx, b *bucket, target string, payload []byte) error {
	err := s.Tasks.Deliver(tx, task.Delivery{
		Target: target, Payload: payload, Subject: "Amazon S3 Notification", Principal: "s3.amazonaws.com", SourceARN: b.arn(),
		Account: b.Account, Region: b.Region, TraceID: call.From(ctx).TraceID, Policy: task.Policy{MaxAge: 24 * time.Hour},
	})
	if err != nil {
		return fmt.Errorf("notify %s: %w", target, err)
	}
	return nil
}

// The event message, version 2.1, in the order AWS writes it.
type (
	eventRecord struct {
		EventVersion      string            `json:"eventVersion"`
		EventSource       string            `json:"eventSource"`
		AWSRegion         string            `json:"awsRegion"`
		EventTime         string            `json:"eventTime"`
		EventName         string            `json:"eventName"`
		UserIdentity      principalID       `json:"userIdentity"`
		RequestParameters map[string]string `json:"requestParameters"`
		ResponseElements  map[string]string `json:"responseElements"`
		S3                eventBody         `json:"s3"`
	}
	principalID struct {
		PrincipalID string `json:"principalId"`
	}
	eventBody struct {
		SchemaVersion   string      `json:"s3SchemaVersion"`
		ConfigurationID string      `json:"configurationId"`
		Bucket          eventBucket `json:"bucket"`
		Object          eventObject `json:"object"`
	}
	eventBucket struct {
		Name          string      `json:"name"`
		OwnerIdentity principalID `json:"ownerIdentity"`
		ARN           string      `json:"arn"`
	}
	eventObject struct {
		Key       string `json:"key"`
		Size      *int64 `json:"size,omitempty"`
		ETag      string `json:"eTag,omitempty"`
		VersionID string `json:"versionId,omitempty"`
		Sequencer string `json:"sequencer"`
	}
)

// record is what a destination is told.
func (s *Service) record(info call.Info, b *bucket, d *destination, e event) eventRecord {
	o := eventObject{Key: strings.ReplaceAll(url.QueryEscape(e.key), "%2F", "/"), Sequencer: fmt.Sprintf("%018X", e.object.Seq)}
	if !strings.HasPrefix(e.name, "ObjectRemoved:") {
		o.Size, o.ETag = &e.object.Size, e.object.ETag
	}
	if b.versioned() {
		o.VersionID = e.object.VersionID
	}
	return eventRecord{
		EventVersion: "2.1", EventSource: "aws:s3", AWSRegion: b.Region, EventTime: s.Clock.Now().UTC().Format("2006-01-02T15:04:05.000Z"),
		EventName: e.name, UserIdentity: principalID{"AWS:" + info.Principal.UserID},
		RequestParameters: map[string]string{"sourceIPAddress": info.SourceIP},
		ResponseElements:  map[string]string{"x-amz-request-id": info.RequestID, "x-amz-id-2": info.RequestID},
		S3: eventBody{
			SchemaVersion: "1.0", ConfigurationID: d.id, Object: o,
			Bucket: eventBucket{Name: b.Name, OwnerIdentity: principalID{ownerID(b.Account)}, ARN: b.arn()},
		},
	}
}
