package lambda

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
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
				wanted, err2 := s.sources.wanted(ctx)
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
