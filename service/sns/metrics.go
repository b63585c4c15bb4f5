package sns

import (
	"strings"

	api "maru.dev/maru/api/sns"
	"maru.dev/maru/arn"
	"maru.dev/maru/call"
	"maru.dev/maru/task"
	"maru.dev/maru/telemetry"
)

// The metrics of a topic, in the order in which newMetrics names them.
const (
	published = iota
	publishSize
	delivered
	failed
	filteredOut
	filteredByAttributes
	filteredByBody
	filteredWithoutAttributes
	redriven
	notRedriven
)

// newMetrics returns what is measured of topics.
//
// Spec: SNS Developer Guide, Amazon SNS metrics.
func newMetrics(m telemetry.Meter) *telemetry.Family {
	count := func(name string) telemetry.Kind { return telemetry.Kind{Name: name, Unit: "Count"} }
	return telemetry.NewFamily(
		m, "AWS/SNS", []string{"TopicName"},
		count("NumberOfMessagesPublished"), telemetry.Kind{Name: "PublishSize", Unit: "Bytes"},
		count("NumberOfNotificationsDelivered"), count("NumberOfNotificationsFailed"), count("NumberOfNotificationsFilteredOut"),
		count("NumberOfNotificationsFilteredOut-MessageAttributes"), count("NumberOfNotificationsFilteredOut-MessageBody"),
		count("NumberOfNotificationsFilteredOut-NoMessageAttributes"),
		count("NumberOfNotificationsRedrivenToDlq"), count("NumberOfNotificationsFailedToRedriveToDlq"),
	)
}

// topicKey is the key of a topic's metrics.
func topicKey(t topicRef) telemetry.Key { return telemetry.Of(t.Account, t.Region, t.name) }

// Measured implements call.Measured.
func (s *Service) Measured(r *call.Record) {
	if r.Err != nil {
		return
	}
	switch in := r.In.(type) {
	case *api.PublishInput:
		target := in.TopicArn
		if target == nil {
			target = in.TargetArn
		}
		if target != nil && !strings.Contains(*target, ":endpoint/") {
			s.measure(*target, telemetry.Value{Kind: published, Is: 1}, telemetry.Value{Kind: publishSize, Is: sizeOf(in.Message, in.MessageAttributes)})
		}
	case *api.PublishBatchInput:
		out, ok := r.Out.(*api.PublishBatchOutput)
		if !ok {
			return
		}
		refused := make(map[string]bool, len(out.Failed))
		for _, f := range out.Failed {
			refused[f.Id] = true
		}
		values := []telemetry.Value{{Kind: published, Is: float64(len(out.Successful))}}
		for i := range in.PublishBatchRequestEntries {
			if e := &in.PublishBatchRequestEntries[i]; !refused[e.Id] {
				values = append(values, telemetry.Value{Kind: publishSize, Is: sizeOf(e.Message, e.MessageAttributes)})
			}
		}
		s.measure(in.TopicArn, values...)
	}
}

// measure adds to the metrics of the topic that an ARN names.
func (s *Service) measure(topicARN string, values ...telemetry.Value) {
	if a, err := arn.Parse(topicARN); err == nil && a.Service == "sns" {
		s.metrics.Add(telemetry.Of(a.Account, a.Region, a.Resource), values...)
	}
}

// sizeOf is a message's size as its topic's limit counts it.
func sizeOf(text string, attributes map[string]api.MessageAttributeValue) float64 {
	n := len(text)
	for name, a := range attributes {
		n += len(name) + len(a.DataType) + len(a.BinaryValue)
		if a.StringValue != nil {
			n += len(*a.StringValue)
		}
	}
	return float64(n)
}

// observe counts what became of deliveries.
func (s *Service) observe(a task.Attempt) {
	kind := delivered
	switch {
	case a.Letter && a.GivenUp:
		kind = notRedriven
	case a.Letter && a.Err == nil:
		kind = redriven
	case a.GivenUp:
		kind = failed
	case a.Err != nil:
		return // there will be another try
	}
	s.measure(a.SourceARN, telemetry.Value{Kind: kind, Is: 1})
}

// handed is what a transaction did with the subscriptions of a topic, by id, so
// that a transaction that runs again tells the same. It is measured after the
// commit.
type handed struct {
	topic topicRef
	kinds map[string]int
}

// note remembers what was done with a subscription.
func (h *handed) note(t topicRef, m *message, sub *subscription, kind int) {
	if h.kinds == nil {
		h.kinds = make(map[string]int)
	}
	h.topic = t
	h.kinds[m.ID+sub.id] = kind
}

// noteFiltered remembers a subscription that did not want a message.
func (h *handed) noteFiltered(t topicRef, sub *subscription, m *message) {
	kind := filteredByAttributes
	switch {
	case sub.Attributes["FilterPolicyScope"] == "MessageBody":
		kind = filteredByBody
	case len(m.Attributes) == 0:
		kind = filteredWithoutAttributes
	}
	h.note(t, m, sub, kind)
}

// noteDelivered remembers a notification to a person: it is delivered when it
// is in the outbox.
func (h *handed) noteDelivered(t topicRef, sub *subscription, m *message) {
	switch sub.Protocol {
	case "sms", "application", "email", "email-json":
		h.note(t, m, sub, delivered)
	}
}

// measureHanded counts it.
func (s *Service) measureHanded(h *handed) {
	for _, kind := range h.kinds {
		s.metrics.Add(topicKey(h.topic), telemetry.Value{Kind: kind, Is: 1})
		if kind != delivered {
			s.metrics.Add(topicKey(h.topic), telemetry.Value{Kind: filteredOut, Is: 1})
		}
	}
	clear(h.kinds)
}
