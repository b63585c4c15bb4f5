package sqs

import (
	api "maru.dev/maru/api/sqs"
	"maru.dev/maru/call"
	"maru.dev/maru/telemetry"
)

// Carried implements call.Carrier: a message's own trace is the call's, where the
// call names none.
func (s *Service) Carried(in any) string {
	var system map[string]api.MessageSystemAttributeValue
	switch in := in.(type) {
	case *api.SendMessageInput:
		system = in.MessageSystemAttributes
	case *api.SendMessageBatchInput:
		if len(in.Entries) > 0 {
			system = in.Entries[0].MessageSystemAttributes
		}
	}
	if v, ok := system[api.MessageSystemAttributeNameAWSTraceHeader]; ok && v.StringValue != nil {
		return *v.StringValue
	}
	return ""
}

// setTrace gives a message its trace: the one that its sender says, or else the
// call's. What the sender says is shown as it was said; that the message came
// through the queue is noted beside it.
func (m *message) setTrace(said string, info call.Info) {
	m.Trace = info.TraceID
	if said == "" {
		return
	}
	m.Trace = said
	theirs, _ := telemetry.ParseTrace(said)
	if ours, ok := telemetry.ParseTrace(info.TraceID); ok && ours.Kept() && ours.Root == theirs.Root {
		m.Span = ours.Parent
	}
}

// onward is the trace as the platform's own pollers go on in it.
func (m *message) onward() string {
	if m.Span == "" {
		return m.Trace
	}
	trace, ok := telemetry.ParseTrace(m.Trace)
	if !ok {
		return m.Trace
	}
	return trace.Under(m.Span).String()
}

// forPoller rewrites a rendered message for a poller of the platform's.
func (m *message) forPoller(out *api.Message, info call.Info) {
	if m.Span != "" && info.Principal.Kind == call.Service && out.Attributes != nil {
		out.Attributes[api.MessageSystemAttributeNameAWSTraceHeader] = m.onward()
	}
}
