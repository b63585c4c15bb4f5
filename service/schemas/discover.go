package schemas

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	api "maru.dev/maru/api/schemas"
	"maru.dev/maru/arn"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/schemas/infer"
	"maru.dev/maru/task"
	"maru.dev/maru/wire"
)

// watchKind is the task that has a bus do as its discoverer says.
const watchKind = "schemas.watch"

// watch is the body of that task.
type watch struct{ ID, SourceARN string }

// ruleOf is the name of a discoverer's rule.
func ruleOf(id string) string {
	name := "Schemas-" + id
	return name[:min(len(name), 64)]
}

// tell calls an operation of EventBridge.
func (s *Service) tell(ctx context.Context, operation string, in map[string]any) error {
	text, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("encode %s: %w", operation, err)
	}
	_, err = s.Caller.CallJSON(ctx, "events", operation, text)
	return err
}

// runWatch makes or removes the rule of a discoverer, as its row says now.
func (s *Service) runWatch(ctx context.Context, run *task.Run) error {
	var w watch
	if err := run.Decode(&w); err != nil {
		return task.Dead(err)
	}
	return s.follow(ctx, home{run.Account, run.Region}, w)
}

// follow has a bus do as its discoverer's row says now.
func (s *Service) follow(ctx context.Context, h home, w watch) error {
	var d discoverer
	var there bool
	err := s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		d, there, err = kv.Get[discoverer](tx, h.discovererKey(w.ID))
		return err
	})
	if err != nil {
		return err
	}
	ctx = call.As(ctx, principal, h.discovererARN(w.ID), h.Account, h.Region)
	rule := map[string]any{"Rule": ruleOf(w.ID), "EventBusName": w.SourceARN, "Force": true, "Ids": []string{w.ID}}
	if !there || d.State != api.DiscovererStateStarted {
		err := s.tell(ctx, "RemoveTargets", rule)
		if err == nil || isGone(err) {
			err = s.tell(ctx, "DeleteRule", map[string]any{"Name": ruleOf(w.ID), "EventBusName": w.SourceARN, "Force": true})
		}
		return final(err)
	}
	pattern := `{"account":["` + h.Account + `"]}`
	if d.Cross {
		pattern = `{"account":[{"exists":true}]}`
	}
	err = s.tell(ctx, "PutRule", map[string]any{
		"Name": ruleOf(w.ID), "EventBusName": w.SourceARN, "EventPattern": pattern, "State": "ENABLED",
		"Description": "Finds the schemas of the bus's events for discoverer " + w.ID + ".",
	})
	if err != nil {
		return final(err)
	}
	err = s.tell(ctx, "PutTargets", map[string]any{
		"Rule": ruleOf(w.ID), "EventBusName": w.SourceARN, "Targets": []any{map[string]any{"Id": w.ID, "Arn": h.discovererARN(w.ID)}},
	})
	return final(err)
}

// isGone tells whether an error says that something is not there.
func isGone(err error) bool {
	fault, ok := errors.AsType[wire.Error](err)
	return ok && fault.ErrorCode() == "ResourceNotFoundException"
}

// final gives up what a bus has refused; what is gone is as it should be.
func final(err error) error {
	switch {
	case isGone(err):
		return nil
	case task.Refused(err):
		return task.Dead(err)
	}
	return err
}

// runDiscover takes an event of a bus in.
func (s *Service) runDiscover(ctx context.Context, run *task.Run) error {
	var d task.Discovery
	if err := run.Decode(&d); err != nil {
		return task.Dead(err)
	}
	a, err := arn.Parse(d.Discoverer)
	if err != nil {
		return task.Dead(err)
	}
	event, err := infer.ReadEvent(d.Event)
	if err != nil {
		return task.Dead(err)
	}
	h, now := home{a.Account, a.Region}, s.now()
	_, id := a.Split()
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		if err := run.Done(tx); err != nil {
			return err
		}
		finder, ok, err := kv.Get[discoverer](tx, h.discovererKey(id))
		if err != nil || !ok || finder.State != api.DiscovererStateStarted {
			return err
		}
		name := schemaName(event.Source) + "@" + infer.Name(event.DetailType)
		sc, ok, err := kv.Get[schema](tx, h.schemaKey(discoveredRegistry, name))
		if err != nil {
			return err
		}
		found := event
		if !ok {
			sc = schema{Registry: discoveredRegistry, Name: name}
		}
		if sc.Found != nil {
			found = sc.Found.Merge(event)
			if infer.Equal(found.Detail, sc.Found.Detail) && infer.Equal(found.Resources, sc.Found.Resources) {
				return nil // it is known
			}
		}
		sc.Found = &found
		content := found.OpenAPI()
		if len(content) > maxContent {
			return nil // it is more than a schema may hold
		}
		return s.publish(tx, h, &sc, api.TypeOpenApi3, content, now)
	})
}

// maxContent is how long a schema's content may be.
const maxContent = 100_000

// schemaName is an event's source as part of a schema's name.
func schemaName(source string) string {
	return strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("_.-", c) {
			return c
		}
		return '_'
	}, source)
}

// GetDiscoveredSchema tells the schema of some events.
//
// Spec: EventBridge Schemas API Reference, GetDiscoveredSchema.
func (s *Service) GetDiscoveredSchema(_ context.Context, in *api.GetDiscoveredSchemaInput) (*api.GetDiscoveredSchemaOutput, error) {
	var all infer.Event
	for i, text := range in.Events {
		e, err := infer.ReadEvent([]byte(text))
		if err != nil {
			return nil, badRequest("Event %d is not valid: %v.", i, err)
		}
		if i > 0 {
			if e.Source != all.Source || e.DetailType != all.DetailType {
				return nil, badRequest("The events must have the same source and detail-type.")
			}
			e = all.Merge(e)
		}
		all = e
	}
	content := all.OpenAPI()
	if in.Type == api.TypeJSONSchemaDraft4 {
		content = all.JSONSchema()
	}
	return &api.GetDiscoveredSchemaOutput{Content: &content}, nil
}
