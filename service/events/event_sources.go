package events

import (
	"context"

	api "maru.dev/maru/api/events"
)

// noSource is the answer about a partner event source: there are none, since no
// partner offers any here.
func noSource(name string) error { return notFound("Event source %s does not exist.", name) }

// ListEventSources lists the partner event sources that are shared with the
// account.
//
// Spec: EventBridge API Reference, ListEventSources.
func (s *Service) ListEventSources(context.Context, *api.ListEventSourcesInput) (*api.ListEventSourcesOutput, error) {
	return &api.ListEventSourcesOutput{EventSources: []api.EventSource{}}, nil
}

// DescribeEventSource tells what a partner event source is.
//
// Spec: EventBridge API Reference, DescribeEventSource.
func (s *Service) DescribeEventSource(_ context.Context, in *api.DescribeEventSourceInput) (*api.DescribeEventSourceOutput, error) {
	return nil, noSource(in.Name)
}

// ActivateEventSource would let a partner event source's bus take events.
//
// Spec: EventBridge API Reference, ActivateEventSource.
func (s *Service) ActivateEventSource(_ context.Context, in *api.ActivateEventSourceInput) (*api.ActivateEventSourceOutput, error) {
	return nil, noSource(in.Name)
}

// DeactivateEventSource would stop a partner event source's events.
//
// Spec: EventBridge API Reference, DeactivateEventSource.
func (s *Service) DeactivateEventSource(_ context.Context, in *api.DeactivateEventSourceInput) (*api.DeactivateEventSourceOutput, error) {
	return nil, noSource(in.Name)
}
