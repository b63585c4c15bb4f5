package events

import (
	"context"
	"strings"

	api "maru.dev/maru/api/events"
	"maru.dev/maru/arn"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/telemetry"
	"maru.dev/maru/wire"
)

// maxRequest is how large the entries of a request may be together.
const maxRequest = 1 << 20

// PutEvents puts events on buses. When it returns, what each event is to cause
// is on disk: the transaction that finds the rules writes the deliveries to
// their targets. Entries fail one by one.
//
// Spec: EventBridge API Reference, PutEvents.
func (s *Service) PutEvents(ctx context.Context, in *api.PutEventsInput) (*api.PutEventsOutput, error) {
	if in.EndpointId != nil {
		return nil, &wire.APIError{Code: "NotImplemented", Status: 501, Message: "events global endpoints are not implemented by maru."}
	}
	total := 0
	for i := range in.Entries {
		total += size(&in.Entries[i])
	}
	if total > maxRequest {
		return nil, invalid("Total size of the entries in the request is over the limit.")
	}
	out := &api.PutEventsOutput{FailedEntryCount: new(int32(0)), Entries: make([]api.PutEventsResultEntry, len(in.Entries))}
	put := make([]*event, 0, len(in.Entries))
	for i := range in.Entries {
		e, failure := s.accept(ctx, &in.Entries[i])
		if failure != nil {
			out.Entries[i] = *failure
			*out.FailedEntryCount++
			continue
		}
		out.Entries[i].EventId = &e.id
		put = append(put, e)
	}
	if len(put) == 0 {
		return out, nil
	}
	caller := call.From(ctx).Account
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		for _, e := range put {
			if err := s.admit(tx, e, caller); err != nil {
				return err
			}
			if err := s.publish(tx, e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	s.measureMatches(put...)
	return out, nil
}

// refuse is the result of an entry that is not taken.
func refuse(code, message string) *api.PutEventsResultEntry {
	return &api.PutEventsResultEntry{ErrorCode: &code, ErrorMessage: &message}
}

// missing is the result of an entry that lacks a parameter.
func missing(name string) *api.PutEventsResultEntry {
	return refuse("InvalidArgument", "Parameter "+name+" is not valid. Reason: "+name+" is a required argument.")
}

// accept makes an event of an entry, or tells why it cannot.
func (s *Service) accept(ctx context.Context, in *api.PutEventsRequestEntry) (*event, *api.PutEventsResultEntry) {
	info := call.From(ctx)
	switch {
	case wire.Value(in.Source) == "":
		return nil, missing("Source")
	case wire.Value(in.DetailType) == "":
		return nil, missing("DetailType")
	case wire.Value(in.Detail) == "":
		return nil, missing("Detail")
	}
	from := senderOf(info)
	if from == "" && (strings.HasPrefix(*in.Source, "aws.") || *in.Source == "aws") {
		return nil, refuse("NotAuthorizedForSourceException", "Not authorized for the source.")
	}
	bus, err := busOf(homeOf(info), in.EventBusName)
	if err != nil {
		return nil, refuse("InvalidArgument", "Parameter EventBusName is not valid. Reason: Provided Arn is not in correct format.")
	}
	detail, ok := compact(*in.Detail)
	if !ok {
		return nil, refuse("MalformedDetail", "Detail is malformed.")
	}
	e := &event{
		bus: bus, source: *in.Source, detailType: *in.DetailType, account: info.Account, region: info.Region,
		resources: in.Resources, detail: detail, traceID: telemetry.WithLineage(info.TraceID, ""), ingested: s.Clock.Now(),
	}
	e.time = e.ingested
	if in.Time != nil {
		e.time = *in.Time
	}
	if in.TraceHeader != nil {
		e.traceID = telemetry.WithLineage(telemetry.Onward(*in.TraceHeader, info.TraceID), "")
	}
	if from != "" {
		e.cameFrom(from, info.Once)
	}
	if e.id == "" {
		e.id = s.IDs.UUID()
	}
	return e, nil
}

// senderOf is the ARN of the rule of another bus that calls, by itself or in its
// target's role; "" is none.
func senderOf(info call.Info) string {
	switch {
	case info.Principal.Kind == call.Service && info.Principal.Service == principal:
		return info.Principal.SourceARN
	case info.Principal.Kind == call.Role && info.SourceIP == principal:
		return info.Behalf
	}
	return ""
}

// cameFrom makes e the event that a rule of another bus has sent here: it keeps
// its id, account and region.
func (e *event) cameFrom(rule, id string) {
	e.forwarded, e.id = true, id
	if source, err := arn.Parse(rule); err == nil {
		e.account, e.region = source.Account, source.Region
	}
}

// admit refuses an event of an account that the bus's policy does not let in.
func (s *Service) admit(tx *kv.Tx, e *event, caller string) error {
	from := caller
	if e.forwarded {
		from = e.account
	}
	if from == e.bus.account {
		return nil
	}
	b, ok, err := kv.Get[bus](tx, e.bus.rowKey())
	if err != nil {
		return err
	}
	if !ok || !b.admits(from) {
		return &wire.APIError{
			Code: "AccessDeniedException", Status: 400,
			Message: "User: " + arn.New("iam", "", from, "root") + " is not authorized to perform: events:PutEvents on resource: " + e.bus.ARN() +
				" because no resource-based policy allows the events:PutEvents action",
		}
	}
	return nil
}

// publish hands an event to what listens on its bus. A bus that is not there
// has no rules either: the event is dropped, as AWS does.
func (s *Service) publish(tx *kv.Tx, e *event) error {
	found, err := s.index.match(tx, e.bus, e)
	if err != nil {
		return err
	}
	written := 0
	for i, l := range found {
		if i == maxListeners || written > maxWritten {
			return s.publishRest(tx, e, found[i:])
		}
		n, err := s.tell(tx, l, e)
		if err != nil {
			return err
		}
		written += n
	}
	return nil
}

// tell hands an event to one that listens, and returns about how much it wrote.
func (s *Service) tell(tx *kv.Tx, l *listener, e *event) (int, error) {
	if l.archive != nil {
		if e.replay != "" || e.reads() {
			return 0, nil // it is in the archive already, or not for it
		}
		return len(e.json()), s.keep(tx, l.archive, e)
	}
	return s.invoke(tx, l, e)
}
