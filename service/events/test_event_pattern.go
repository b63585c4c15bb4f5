package events

import (
	"context"
	"encoding/json"

	api "maru.dev/maru/api/events"
	"maru.dev/maru/pattern"
)

// TestEventPattern tells whether an event matches a pattern.
//
// Spec: EventBridge API Reference, TestEventPattern.
func (s *Service) TestEventPattern(_ context.Context, in *api.TestEventPatternInput) (*api.TestEventPatternOutput, error) {
	p, err := pattern.Compile([]byte(in.EventPattern))
	if err != nil {
		return nil, &api.InvalidEventPatternException{Message: err.Error()}
	}
	var fields map[string]any
	if err := json.Unmarshal([]byte(in.Event), &fields); err != nil {
		return nil, invalid("Parameter Event is not valid.")
	}
	for _, name := range []string{"id", "account", "source", "time", "region", "detail-type"} {
		if _, ok := fields[name].(string); !ok {
			return nil, invalid("Parameter Event is not valid. Reason: %s is a required field.", name)
		}
	}
	if _, ok := fields["resources"].([]any); !ok {
		return nil, invalid("Parameter Event is not valid. Reason: resources is a required field.")
	}
	return &api.TestEventPatternOutput{Result: new(p.MatchJSON([]byte(in.Event)))}, nil
}
