package cloudtrail

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"time"

	api "maru.dev/maru/api/cloudtrail"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

const (
	maxAttribute = 2000 // bytes of a value to look up
	maxEvents    = 50   // in a page
)

// LookupEvents finds management events of the last 90 days, the newest first. A
// page costs what is on it, whatever is stored.
//
// Spec: CloudTrail API Reference, LookupEvents.
func (s *Service) LookupEvents(ctx context.Context, in *api.LookupEventsInput) (*api.LookupEventsOutput, error) {
	h := homeOf(call.From(ctx))
	r, err := s.lookupRange(h, in)
	if err != nil {
		return nil, err
	}
	if in.EventCategory != nil {
		return &api.LookupEventsOutput{Events: []api.Event{}}, nil // of insights, which are not computed
	}
	if err := s.flush(ctx); err != nil {
		return nil, err
	}
	limit := int(maxEvents)
	if in.MaxResults != nil {
		limit = int(*in.MaxResults)
	}
	r.Limit = limit + 1
	var out *api.LookupEventsOutput
	err = s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		out, err = lookup(tx, h, r, limit, in)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// lookupRange is the span of the history, or of the index, that a request asks
// for, from where the last page ended.
func (s *Service) lookupRange(h home, in *api.LookupEventsInput) (kv.Range, error) {
	if len(in.LookupAttributes) > 1 {
		return kv.Range{}, &api.InvalidLookupAttributesException{Message: "You can only specify one lookup attribute."}
	}
	from, to := s.Clock.Now().Add(-s.options.Retention).UnixNano(), int64(math.MaxInt64)
	if in.StartTime != nil {
		from = max(from, in.StartTime.UnixNano())
	}
	if in.EndTime != nil {
		to = in.EndTime.Truncate(time.Second).Add(time.Second).UnixNano()
	}
	if in.StartTime != nil && in.EndTime != nil && in.StartTime.After(*in.EndTime) {
		return kv.Range{}, &api.InvalidTimeRangeException{Message: "The start time cannot be after the end time."}
	}
	begin := h.key("h")
	if len(in.LookupAttributes) == 1 {
		a := in.LookupAttributes[0]
		if len(a.AttributeValue) > maxAttribute || a.AttributeValue == "" {
			return kv.Range{}, &api.InvalidLookupAttributesException{Message: "The value of a lookup attribute must have 1 to 2000 characters."}
		}
		begin = h.key("i", a.AttributeKey, a.AttributeValue)
	}
	r := kv.Range{From: begin.With(from), To: begin.With(max(from, to)), Reverse: true}
	if wire.Value(in.NextToken) == "" {
		return r, nil
	}
	t, err := readToken(*in.NextToken, in)
	if err != nil {
		return r, err
	}
	return r.After(begin.With(t.Nanos, t.ID)), nil
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

// lookup reads a page.
func lookup(tx *kv.Tx, h home, r kv.Range, limit int, in *api.LookupEventsInput) (*api.LookupEventsOutput, error) {
	out := &api.LookupEventsOutput{Events: []api.Event{}}
	var last pageToken
	for row, err := range tx.Scan(r) {
		if err != nil {
			return nil, fmt.Errorf("look events up: %w", err)
		}
		if len(out.Events) == limit {
			raw, err := json.Marshal(last)
			if err != nil {
				return nil, err
			}
			out.NextToken = new(base64.RawURLEncoding.EncodeToString(raw))
			break
		}
		parts, err := row.Key.Parts()
		if err != nil {
			return nil, err
		}
		last = pageToken{Nanos: parts[len(parts)-2].(int64), ID: parts[len(parts)-1].(string), For: asked(in)}
		at := time.Unix(0, last.Nanos).UTC()
		e, ok, err := kv.Get[stored](tx, h.eventKey(at, last.ID))
		if err != nil {
			return nil, fmt.Errorf("load event: %w", err)
		}
		if ok {
			out.Events = append(out.Events, e.shape(last.ID, at.Truncate(time.Second)))
		}
	}
	return out, nil
}

// shape is the event in the API's form.
func (e *stored) shape(id string, at time.Time) api.Event {
	readOnly := "false"
	if e.ReadOnly {
		readOnly = "true"
	}
	out := api.Event{
		EventId: &id, EventName: &e.Name, ReadOnly: &readOnly, AccessKeyId: wire.Optional(e.AccessKey), EventTime: &at, EventSource: &e.Source,
		Username: wire.Optional(e.User), Resources: []api.Resource{}, CloudTrailEvent: new(string(e.JSON)),
	}
	for _, r := range slices.Clone(e.Resources) {
		out.Resources = append(out.Resources, api.Resource{ResourceType: &r.Type, ResourceName: &r.Name})
	}
	return out
}
