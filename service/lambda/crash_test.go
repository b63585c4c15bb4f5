package lambda

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"testing"
	"time"

	api "maru.dev/maru/api/lambda"
	"maru.dev/maru/api/sqs"
	"maru.dev/maru/blob"
	"maru.dev/maru/call"
	"maru.dev/maru/clock"
	"maru.dev/maru/ids"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
	"maru.dev/maru/service"
	"maru.dev/maru/task"
	"maru.dev/maru/wire"
)

// otherServices answers what Lambda asks of others.
type otherServices struct{}

func (otherServices) Call(_ context.Context, svc, operation string, _ any) (any, error) {
	if svc == "sqs" && operation == "GetQueueAttributes" {
		return &sqs.GetQueueAttributesOutput{Attributes: map[string]string{"VisibilityTimeout": "30"}}, nil
	}
	return nil, wire.NotImplemented(svc, operation)
}

func (otherServices) CallJSON(_ context.Context, svc, operation string, _ json.RawMessage) (json.RawMessage, error) {
	return nil, wire.NotImplemented(svc, operation)
}

// crashService is the service over a store that may be cut off.
func crashService(t *testing.T, st *kv.Store) (*Service, context.Context) {
	t.Helper()
	c := clock.NewFake(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	blobs, err := blob.Open(t.Context(), "", st)
	if err != nil {
		t.Fatal(err)
	}
	d := service.Deps{
		Store: st, Blobs: blobs, Clock: c, IDs: ids.New(rand.Reader), Log: slog.New(slog.DiscardHandler),
		Caller: otherServices{}, Endpoint: "http://localhost:4566", DataDir: t.TempDir(),
	}
	d.Tasks = task.New(task.Options{Store: st, Clock: c, IDs: d.IDs, Log: d.Log})
	info := call.Info{Account: "000000000000", Region: "us-east-1", Endpoint: d.Endpoint}
	return New(d), call.With(t.Context(), info)
}

// crashZip is an archive with one file.
func crashZip(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.Create("bootstrap")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// links counts the references that versions and layers hold.
func links(t *testing.T, st *kv.Store) (held int) {
	t.Helper()
	h := home{"000000000000", "us-east-1"}
	err := st.View(t.Context(), func(tx *kv.Tx) error {
		for row, err := range kv.Scan[function](tx, kv.Prefix(h.key("f"))) {
			if err != nil {
				return err
			}
			held += len(row.Value.Latest.archives())
		}
		for row, err := range kv.Scan[version](tx, kv.Prefix(h.key("v"))) {
			if err != nil {
				return err
			}
			held += len(row.Value.archives())
		}
		for _, err := range kv.Scan[layerVersion](tx, kv.Prefix(h.key("l"))) {
			if err != nil {
				return err
			}
			held++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return held
}

// After a crash at any moment, what was acknowledged is there, whole, and what
// belongs together is together.
func TestMutationsSurviveCrashes(t *testing.T) {
	t.Parallel()
	name := "fn"
	steps := []struct {
		run   func(s *Service, ctx context.Context) error
		holds func(s *Service, ctx context.Context) bool
	}{
		{
			func(s *Service, ctx context.Context) error {
				_, err := s.CreateFunction(ctx, &api.CreateFunctionInput{
					FunctionName: name, Role: "arn:aws:iam::000000000000:role/r", Runtime: new("provided.al2023"), Handler: new("x"),
					Code: &api.FunctionCode{ZipFile: crashZip(t, "one")},
				})
				return err
			},
			func(s *Service, ctx context.Context) bool {
				_, err := s.GetFunction(ctx, &api.GetFunctionInput{FunctionName: name})
				return err == nil
			},
		},
		{
			func(s *Service, ctx context.Context) error {
				_, err := s.PublishVersion(ctx, &api.PublishVersionInput{FunctionName: name})
				return err
			},
			func(s *Service, ctx context.Context) bool {
				_, err := s.GetFunction(ctx, &api.GetFunctionInput{FunctionName: name, Qualifier: new("1")})
				return err == nil
			},
		},
		{
			func(s *Service, ctx context.Context) error {
				_, err := s.CreateAlias(ctx, &api.CreateAliasInput{FunctionName: name, Name: "live", FunctionVersion: "1"})
				return err
			},
			func(s *Service, ctx context.Context) bool {
				_, err := s.GetAlias(ctx, &api.GetAliasInput{FunctionName: name, Name: "live"})
				return err == nil
			},
		},
		{
			func(s *Service, ctx context.Context) error {
				_, err := s.UpdateFunctionCode(ctx, &api.UpdateFunctionCodeInput{FunctionName: name, ZipFile: crashZip(t, "two"), Publish: new(true)})
				return err
			},
			func(s *Service, ctx context.Context) bool {
				_, err := s.GetFunction(ctx, &api.GetFunctionInput{FunctionName: name, Qualifier: new("2")})
				return err == nil
			},
		},
		{
			func(s *Service, ctx context.Context) error {
				_, err := s.PutFunctionConcurrency(ctx, &api.PutFunctionConcurrencyInput{FunctionName: name, ReservedConcurrentExecutions: 7})
				return err
			},
			func(s *Service, ctx context.Context) bool {
				out, err := s.GetAccountSettings(ctx, &api.GetAccountSettingsInput{})
				return err == nil && *out.AccountLimit.UnreservedConcurrentExecutions == 993
			},
		},
		{
			func(s *Service, ctx context.Context) error {
				_, err := s.AddPermission(ctx, &api.AddPermissionInput{FunctionName: name, StatementId: "s", Action: "lambda:InvokeFunction", Principal: "*"})
				return err
			},
			func(s *Service, ctx context.Context) bool {
				_, err := s.GetPolicy(ctx, &api.GetPolicyInput{FunctionName: name})
				return err == nil
			},
		},
		{
			func(s *Service, ctx context.Context) error {
				_, err := s.CreateFunctionUrlConfig(ctx, &api.CreateFunctionUrlConfigInput{FunctionName: name, AuthType: "NONE"})
				return err
			},
			func(s *Service, ctx context.Context) bool {
				_, err := s.GetFunctionUrlConfig(ctx, &api.GetFunctionUrlConfigInput{FunctionName: name})
				return err == nil
			},
		},
		{
			func(s *Service, ctx context.Context) error {
				_, err := s.PublishLayerVersion(ctx, &api.PublishLayerVersionInput{LayerName: "l", Content: &api.LayerVersionContentInput{ZipFile: crashZip(t, "layer")}})
				return err
			},
			func(s *Service, ctx context.Context) bool {
				_, err := s.GetLayerVersion(ctx, &api.GetLayerVersionInput{LayerName: "l", VersionNumber: 1})
				return err == nil
			},
		},
		{
			func(s *Service, ctx context.Context) error {
				_, err := s.CreateEventSourceMapping(ctx, &api.CreateEventSourceMappingInput{FunctionName: name, EventSourceArn: new("arn:aws:sqs:us-east-1:000000000000:q")})
				return err
			},
			func(s *Service, ctx context.Context) bool {
				out, err := s.ListEventSourceMappings(ctx, &api.ListEventSourceMappingsInput{})
				wanted, err2 := s.sources.Wanted(ctx)
				return err == nil && err2 == nil && len(out.EventSourceMappings) == 1 && len(wanted) == 1
			},
		},
	}
	work := func(st *kv.Store, ack func()) {
		s, ctx := crashService(t, st)
		for _, step := range steps {
			if err := step.run(s, ctx); err != nil {
				t.Fatal(err)
			}
			ack()
		}
	}
	check := func(st *kv.Store, acked int) {
		s, ctx := crashService(t, st)
		for i, step := range steps[:acked] {
			if !step.holds(s, ctx) {
				t.Errorf("%d acknowledged, step %d does not hold", acked, i+1)
			}
		}
		// The archives of what is there: one of the function, one of each
		// version, one of the layer.
		want := []int{0, 1, 2, 2, 3, 3, 3, 3, 4, 4}
		if n := links(t, st); n != want[acked] && (acked+1 >= len(want) || n != want[acked+1]) {
			t.Errorf("%d acknowledged, %d archives held", acked, n)
		}
	}
	kvtest.Crash(t, work, check)
}

// An asynchronous event that was acknowledged is there after any crash.
func TestAcknowledgedEventsSurviveCrashes(t *testing.T) {
	t.Parallel()
	work := func(st *kv.Store, ack func()) {
		s, ctx := crashService(t, st)
		_, err := s.CreateFunction(ctx, &api.CreateFunctionInput{
			FunctionName: "fn", Role: "arn:aws:iam::000000000000:role/r", Runtime: new("provided.al2023"), Handler: new("x"),
			Code: &api.FunctionCode{ZipFile: crashZip(t, "one")},
		})
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if _, err := s.Invoke(ctx, &api.InvokeInput{FunctionName: "fn", InvocationType: new("Event"), Payload: []byte("{}")}); err != nil {
				t.Fatal(err)
			}
			ack()
		}
	}
	check := func(st *kv.Store, acked int) {
		n := 0
		err := st.View(t.Context(), func(tx *kv.Tx) error {
			for _, err := range tx.Scan(kv.Prefix(kv.NewKey("", "", "task", "t"))) {
				if err != nil {
					return err
				}
				n++
			}
			return nil
		})
		if err != nil || n != acked && n != acked+1 {
			t.Errorf("%d acknowledged, %d tasks, %v", acked, n, err)
		}
	}
	kvtest.Crash(t, work, check)
}

// crashStep is a change and whether it was made.
type crashStep struct {
	run, holds func(s *Service, ctx context.Context) error
}

// errNot says that a change does not hold.
var errNot = errors.New("the change does not hold")

// holding is err, or errNot unless ok.
func holding(ok bool, err error) error {
	if err == nil && !ok {
		return errNot
	}
	return err
}

// gone is nil when err says that a resource is not there.
func gone(err error) error {
	if _, ok := errors.AsType[*api.ResourceNotFoundException](err); ok {
		return nil
	}
	return errNot
}

// changeSteps change and delete what crashSetup makes, the function at last.
func changeSteps() []crashStep {
	name, arn := "fn", "arn:aws:lambda:us-east-1:000000000000:function:fn"
	mapping := func(s *Service, ctx context.Context) (*api.EventSourceMappingConfiguration, error) {
		out, err := s.ListEventSourceMappings(ctx, &api.ListEventSourceMappingsInput{})
		if err != nil || len(out.EventSourceMappings) == 0 {
			return nil, err
		}
		return &out.EventSourceMappings[0], nil
	}
	return []crashStep{
		{func(s *Service, ctx context.Context) error {
			_, err := s.UpdateFunctionConfiguration(ctx, &api.UpdateFunctionConfigurationInput{FunctionName: name, Timeout: new(int32(9))})
			return err
		}, func(s *Service, ctx context.Context) error {
			c, err := s.GetFunctionConfiguration(ctx, &api.GetFunctionConfigurationInput{FunctionName: name})
			return holding(err == nil && *c.Timeout == 9, err)
		}},
		{func(s *Service, ctx context.Context) error {
			_, err := s.UpdateAlias(ctx, &api.UpdateAliasInput{FunctionName: name, Name: "kept", Description: new("changed")})
			return err
		}, func(s *Service, ctx context.Context) error {
			a, err := s.GetAlias(ctx, &api.GetAliasInput{FunctionName: name, Name: "kept"})
			return holding(err == nil && *a.Description == "changed", err)
		}},
		{func(s *Service, ctx context.Context) error {
			_, err := s.DeleteAlias(ctx, &api.DeleteAliasInput{FunctionName: name, Name: "live"})
			return err
		}, func(s *Service, ctx context.Context) error {
			_, err := s.GetAlias(ctx, &api.GetAliasInput{FunctionName: name, Name: "live"})
			return gone(err)
		}},
		{func(s *Service, ctx context.Context) error {
			_, err := s.TagResource(ctx, &api.TagResourceInput{Resource: arn, Tags: map[string]string{"a": "1", "b": "2"}})
			return err
		}, func(s *Service, ctx context.Context) error {
			out, err := s.ListTags(ctx, &api.ListTagsInput{Resource: arn})
			return holding(err == nil && out.Tags["b"] == "2", err)
		}},
		{func(s *Service, ctx context.Context) error {
			_, err := s.UntagResource(ctx, &api.UntagResourceInput{Resource: arn, TagKeys: []string{"a"}})
			return err
		}, func(s *Service, ctx context.Context) error {
			out, err := s.ListTags(ctx, &api.ListTagsInput{Resource: arn})
			return holding(err == nil && len(out.Tags) == 1, err)
		}},
		{func(s *Service, ctx context.Context) error {
			_, err := s.PutFunctionEventInvokeConfig(ctx, &api.PutFunctionEventInvokeConfigInput{FunctionName: name, MaximumRetryAttempts: new(int32(1))})
			return err
		}, nil},
		{func(s *Service, ctx context.Context) error {
			_, err := s.DeleteFunctionEventInvokeConfig(ctx, &api.DeleteFunctionEventInvokeConfigInput{FunctionName: name})
			return err
		}, func(s *Service, ctx context.Context) error {
			_, err := s.GetFunctionEventInvokeConfig(ctx, &api.GetFunctionEventInvokeConfigInput{FunctionName: name})
			return gone(err)
		}},
		{func(s *Service, ctx context.Context) error {
			m, err := mapping(s, ctx)
			if err == nil {
				_, err = s.UpdateEventSourceMapping(ctx, &api.UpdateEventSourceMappingInput{UUID: *m.UUID, BatchSize: new(int32(3))})
			}
			return err
		}, nil},
		{func(s *Service, ctx context.Context) error {
			m, err := mapping(s, ctx)
			if err == nil && *m.BatchSize != 3 {
				err = errNot
			}
			if err == nil {
				_, err = s.DeleteEventSourceMapping(ctx, &api.DeleteEventSourceMappingInput{UUID: *m.UUID})
			}
			return err
		}, func(s *Service, ctx context.Context) error {
			m, err := mapping(s, ctx)
			return holding(m == nil || wire.Value(m.State) == "Deleting", err)
		}},
		{func(s *Service, ctx context.Context) error {
			_, err := s.DeleteFunction(ctx, &api.DeleteFunctionInput{FunctionName: name})
			return err
		}, func(s *Service, ctx context.Context) error {
			_, err := s.GetFunction(ctx, &api.GetFunctionInput{FunctionName: name})
			return gone(err)
		}},
	}
}

// crashSetup makes what changeSteps change.
func crashSetup(ctx context.Context, t *testing.T, s *Service) {
	t.Helper()
	_, err := s.CreateFunction(ctx, &api.CreateFunctionInput{
		FunctionName: "fn", Role: "arn:aws:iam::000000000000:role/r", Runtime: new("provided.al2023"), Handler: new("x"),
		Code: &api.FunctionCode{ZipFile: crashZip(t, "one")}, Publish: new(true),
	})
	for _, alias := range []string{"live", "kept"} {
		if err == nil {
			_, err = s.CreateAlias(ctx, &api.CreateAliasInput{FunctionName: "fn", Name: alias, FunctionVersion: "1"})
		}
	}
	if err == nil {
		_, err = s.CreateEventSourceMapping(ctx, &api.CreateEventSourceMappingInput{
			FunctionName: "fn", EventSourceArn: new("arn:aws:sqs:us-east-1:000000000000:q"), Enabled: new(false),
		})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// After a crash at any moment, acknowledged changes and deletions hold, and
// archives are held by what is there alone. (The last step takes away what the
// earlier ones changed: while it may have happened, only it is looked at.)
func TestChangesSurviveCrashes(t *testing.T) {
	t.Parallel()
	steps := changeSteps()
	work := func(st *kv.Store, ack func()) {
		s, ctx := crashService(t, st)
		crashSetup(ctx, t, s)
		ack()
		for i, step := range steps {
			if err := step.run(s, ctx); err != nil {
				t.Fatalf("step %d: %v", i+1, err)
			}
			ack()
		}
	}
	check := func(st *kv.Store, acked int) {
		if acked == 0 {
			return
		}
		s, ctx := crashService(t, st)
		done := acked - 1
		_, err := s.GetFunction(ctx, &api.GetFunctionInput{FunctionName: "fn"})
		if gone(err) == nil {
			if done < len(steps)-1 {
				t.Errorf("%d changes acknowledged, the function is gone", done)
			}
			if n := links(t, st); n != 0 {
				t.Errorf("the function is gone, %d archives are held", n)
			}
			return
		}
		for i, step := range steps[:done] {
			if step.holds == nil {
				continue // the next step needs it, and takes it away
			}
			if err := step.holds(s, ctx); err != nil {
				t.Errorf("%d changes acknowledged, number %d: %v", done, i+1, err)
			}
		}
		if n := links(t, st); n != 2 {
			t.Errorf("%d changes acknowledged, %d archives held", done, n)
		}
	}
	kvtest.Crash(t, work, check)
}
