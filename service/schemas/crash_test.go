package schemas

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"testing"

	api "maru.dev/maru/api/schemas"
	"maru.dev/maru/clock"
	"maru.dev/maru/ids"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
	"maru.dev/maru/service"
	"maru.dev/maru/task"
)

// buses is a Caller for which every bus is there.
type buses struct{}

// Call is not used by schemas.
func (buses) Call(context.Context, string, string, any) (any, error) {
	return nil, errors.New("not used")
}

// CallJSON answers DescribeEventBus.
func (buses) CallJSON(context.Context, string, string, json.RawMessage) (json.RawMessage, error) {
	return json.RawMessage("{}"), nil
}

func TestEachChangeSurvivesACrashWhole(t *testing.T) {
	t.Parallel()
	ctx := testenv.Context(t.Context(), "")
	h := homeOf(ctx)
	kvtest.History(t, func(st *kv.Store, steps *kvtest.Steps) {
		d := service.Deps{Store: st, Clock: clock.System{}, IDs: ids.New(rand.Reader), Log: slog.New(slog.DiscardHandler), Caller: buses{}}
		d.Tasks = task.New(task.Options{Store: st, Clock: d.Clock, IDs: d.IDs, Log: d.Log})
		s := New(d)
		name := new("r")
		steps.Did(s.CreateRegistry(ctx, &api.CreateRegistryInput{RegistryName: "r"}))
		steps.Did(s.UpdateRegistry(ctx, &api.UpdateRegistryInput{RegistryName: "r", Description: new("d")}))
		steps.Did(s.PutResourcePolicy(ctx, &api.PutResourcePolicyInput{RegistryName: name, Policy: "{}"}))
		steps.Did(s.DeleteResourcePolicy(ctx, &api.DeleteResourcePolicyInput{RegistryName: name}))
		steps.Did(s.CreateSchema(ctx, &api.CreateSchemaInput{RegistryName: "r", SchemaName: "s", Type: api.TypeJSONSchemaDraft4, Content: "{}"}))
		steps.Did(s.UpdateSchema(ctx, &api.UpdateSchemaInput{RegistryName: "r", SchemaName: "s", Content: new(`{"properties":{"a":{"type":"string"}}}`)}))
		steps.Did(s.PutCodeBinding(ctx, &api.PutCodeBindingInput{RegistryName: "r", SchemaName: "s", Language: "Go1"}))
		steps.Did(s.TagResource(ctx, &api.TagResourceInput{ResourceArn: h.arnOf("schema/r/s"), Tags: map[string]string{"a": "b"}}))
		steps.Did(s.UntagResource(ctx, &api.UntagResourceInput{ResourceArn: h.arnOf("schema/r/s"), TagKeys: []string{"a"}}))
		steps.Did(s.DeleteSchemaVersion(ctx, &api.DeleteSchemaVersionInput{RegistryName: "r", SchemaName: "s", SchemaVersion: "1"}))
		steps.Did(s.DeleteSchema(ctx, &api.DeleteSchemaInput{RegistryName: "r", SchemaName: "s"}))
		steps.Did(s.DeleteRegistry(ctx, &api.DeleteRegistryInput{RegistryName: "r"}))
		steps.Did(s.CreateDiscoverer(ctx, &api.CreateDiscovererInput{SourceArn: "arn:aws:events:us-east-1:000000000000:event-bus/b"}))
		steps.Did(s.StopDiscoverer(ctx, &api.StopDiscovererInput{DiscovererId: "events-event-bus-b"}))
		steps.Did(s.StartDiscoverer(ctx, &api.StartDiscovererInput{DiscovererId: "events-event-bus-b"}))
		steps.Did(s.UpdateDiscoverer(ctx, &api.UpdateDiscovererInput{DiscovererId: "events-event-bus-b", Description: new("d")}))
		steps.Did(s.DeleteDiscoverer(ctx, &api.DeleteDiscovererInput{DiscovererId: "events-event-bus-b"}))
	})
}
