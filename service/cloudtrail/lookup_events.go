package cloudtrail

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"time"

	api "maru.dev/maru/api/cloudtrail"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/cloudtrail/history"
	"maru.dev/maru/wire"
)

// maxEvents is how many a page has, at most.
const maxEvents = 50

// LookupEvents finds management events of the last 90 days, the newest first. A
// page costs what is on it, whatever is stored.
//
// Spec: CloudTrail API Reference, LookupEvents.
func (s *Service) LookupEvents(ctx context.Context, in *api.LookupEventsInput) (*api.LookupEventsOutput, error) {
	h := homeOf(call.From(ctx))
	q, err := s.query(in)
	if err != nil {
		return nil, err
	}
	if in.EventCategory != nil {
		return &api.LookupEventsOutput{Events: []api.Event{}}, nil // of insights, which are not computed
	}
	if err := s.flush(ctx); err != nil {
		return nil, err
	}
	// What is in no block is found too, but not by an index.
	if _, err := s.fold(ctx, h); err != nil {
		s.Log.WarnContext(ctx, "events not folded", "cause", err)
	}
	var found []history.Event
	err = s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		found, err = h.history().Find(tx, q)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look events up: %w", err)
	}
	return page(found, q.Limit-1, in)
}

// query is what a request asks for, with one event more than a page has.
func (s *Service) query(in *api.LookupEventsInput) (q history.Query, err error) {
	if len(in.LookupAttributes) > 1 {
		return q, &api.InvalidLookupAttributesException{Message: "You can only specify one lookup attribute."}
	}
	q = history.Query{From: s.Clock.Now().Add(-s.options.Retention).UnixNano(), To: math.MaxInt64, Limit: int(wire.Or(in.MaxResults, maxEvents)) + 1}
	if in.StartTime != nil {
		q.From = max(q.From, in.StartTime.UnixNano())
	}
	if in.EndTime != nil {
		q.To = in.EndTime.Truncate(time.Second).Add(time.Second).UnixNano()
	}
	if in.StartTime != nil && in.EndTime != nil && in.StartTime.After(*in.EndTime) {
		return q, &api.InvalidTimeRangeException{Message: "The start time cannot be after the end time."}
	}
	if len(in.LookupAttributes) == 1 {
		a := in.LookupAttributes[0]
		if len(a.AttributeValue) > history.MaxAttribute || a.AttributeValue == "" {
			return q, &api.InvalidLookupAttributesException{Message: "The value of a lookup attribute must have 1 to 2000 characters."}
		}
		q.With = &history.Attribute{Key: a.AttributeKey, Value: a.AttributeValue}
	}
	if wire.Value(in.NextToken) != "" {
		t, err := readToken(*in.NextToken, in)
		if err != nil {
			return q, err
		}
		q.After = &history.Place{Nanos: t.Nanos, ID: t.ID}
	}
	return q, nil
}

// pageToken is where a page of LookupEvents ended, and what was asked for.
type pageToken struct {
	Nanos int64  `json:"s"`
	ID    string `json:"i"`
	For   string `json:"f"`
}

// asked is a digest of a request's conditions, by which a token is known to
// belong to it.
func asked(in *api.LookupEventsInput) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%v %v %v", in.LookupAttributes, wire.Value(in.StartTime).Unix(), wire.Value(in.EndTime).Unix()))
	return base64.RawURLEncoding.EncodeToString(sum[:9])
}

// readToken reads a token that this request may go on with.
func readToken(token string, in *api.LookupEventsInput) (t pageToken, err error) {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err == nil {
		err = json.Unmarshal(raw, &t)
	}
	if err != nil || t.For != asked(in) {
		return t, &api.InvalidNextTokenException{Message: "Invalid NextToken."}
	}
	return t, nil
}

// page is a page of the events that were found, and of what comes after it.
func page(found []history.Event, limit int, in *api.LookupEventsInput) (*api.LookupEventsOutput, error) {
	out := &api.LookupEventsOutput{Events: []api.Event{}}
	for i := range found[:min(len(found), limit)] {
		out.Events = append(out.Events, shape(&found[i]))
	}
	if len(found) > limit {
		last := found[limit-1]
		raw, err := json.Marshal(pageToken{Nanos: last.Nanos, ID: last.ID, For: asked(in)})
		if err != nil {
			return nil, err
		}
		out.NextToken = new(base64.RawURLEncoding.EncodeToString(raw))
	}
	return out, nil
}

// shape is an event in the API's form.
func shape(e *history.Event) api.Event {
	out := api.Event{
		EventId: &e.ID, EventName: &e.Name, ReadOnly: new(strconv.FormatBool(e.ReadOnly)), AccessKeyId: wire.Optional(e.AccessKey), EventTime: new(e.Time().Truncate(time.Second)),
		EventSource: &e.Source, Username: wire.Optional(e.User), Resources: []api.Resource{}, CloudTrailEvent: new(string(e.JSON)),
	}
	for _, r := range e.Resources {
		out.Resources = append(out.Resources, api.Resource{ResourceType: &r.Type, ResourceName: &r.Name})
	}
	return out
}
