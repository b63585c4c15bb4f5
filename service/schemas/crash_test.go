package schemas

import (
	"crypto/rand"
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

func TestEachChangeSurvivesACrashWhole(t *testing.T) {
	t.Parallel()
	ctx := testenv.Context(t.Context(), "")
	h := homeOf(ctx)
	kvtest.History(t, func(st *kv.Store, steps *kvtest.Steps) {
		d := service.Deps{Store: st, Clock: clock.System{}, IDs: ids.New(rand.Reader), Log: slog.New(slog.DiscardHandler)}
		d.Tasks = task.New(task.Options{Store: st, Clock: d.Clock, IDs: d.IDs, Log: d.Log})
		s := New(d)
		name := new("r")
		steps.Did(s.CreateRegistry(ctx, &api.CreateRegistryInput{RegistryName: "r"}))
		steps.Did(s.UpdateRegistry(ctx, &api.UpdateRegistryInput{RegistryName: "r", Description: new("d")}))
		steps.Did(s.PutResourcePolicy(ctx, &api.PutResourcePolicyInput{RegistryName: name, Policy: "{}"}))
		steps.Did(s.DeleteResourcePolicy(ctx, &api.DeleteResourcePolicyInput{RegistryName: name}))
		steps.Did(s.CreateSchema(ctx, &api.CreateSchemaInput{RegistryName: "r", SchemaName: "s", Type: api.TypeJSONSchemaDraft4, Content: "{}"}))
		steps.Did(s.UpdateSchema(ctx, &api.UpdateSchemaInput{RegistryName: "r", SchemaName: "s", Content: new(`{"a":1}`)}))
		steps.Did(s.TagResource(ctx, &api.TagResourceInput{ResourceArn: h.arnOf("schema/r/s"), Tags: map[string]string{"a": "b"}}))
		steps.Did(s.UntagResource(ctx, &api.UntagResourceInput{ResourceArn: h.arnOf("schema/r/s"), TagKeys: []string{"a"}}))
		steps.Did(s.DeleteSchemaVersion(ctx, &api.DeleteSchemaVersionInput{RegistryName: "r", SchemaName: "s", SchemaVersion: "1"}))
		steps.Did(s.DeleteSchema(ctx, &api.DeleteSchemaInput{RegistryName: "r", SchemaName: "s"}))
		steps.Did(s.DeleteRegistry(ctx, &api.DeleteRegistryInput{RegistryName: "r"}))
		steps.Did(nil, st.Update(ctx, func(tx *kv.Tx) error { // CreateDiscoverer, without a bus to ask about
			return s.saveDiscoverer(tx, h, &discoverer{ID: "d", SourceARN: "arn", State: api.DiscovererStateStarted})
		}))
		steps.Did(s.StopDiscoverer(ctx, &api.StopDiscovererInput{DiscovererId: "d"}))
		steps.Did(s.StartDiscoverer(ctx, &api.StartDiscovererInput{DiscovererId: "d"}))
		steps.Did(s.UpdateDiscoverer(ctx, &api.UpdateDiscovererInput{DiscovererId: "d", Description: new("d")}))
		steps.Did(s.DeleteDiscoverer(ctx, &api.DeleteDiscovererInput{DiscovererId: "d"}))
	})
}
