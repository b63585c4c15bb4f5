package pipes

import (
	"crypto/rand"
	"log/slog"
	"testing"

	"github.com/google/go-cmp/cmp"

	api "maru.dev/maru/api/pipes"
	"maru.dev/maru/clock"
	"maru.dev/maru/ids"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
	"maru.dev/maru/service"
	"maru.dev/maru/source"
	"maru.dev/maru/task"
)

// offline is a service over a store, without a server.
func offline(st *kv.Store) *Service {
	d := service.Deps{Store: st, Clock: clock.System{}, IDs: ids.New(rand.Reader), Log: slog.New(slog.DiscardHandler)}
	d.Tasks = task.New(task.Options{Store: st, Clock: d.Clock, IDs: d.IDs, Log: d.Log})
	return New(d)
}

func TestEachChangeSurvivesACrashWhole(t *testing.T) {
	t.Parallel()
	ctx := testenv.Context(t.Context(), "")
	h := homeOf(ctx)
	const role = "arn:aws:iam::000000000000:role/r"
	kvtest.History(t, func(st *kv.Store, steps *kvtest.Steps) {
		s := offline(st)
		// arrived ends the change under way as its task does.
		arrived := func() (any, error) {
			return nil, st.Update(ctx, func(tx *kv.Tx) error {
				p, err := load(tx, h, "p")
				if err != nil {
					return err
				}
				if err := s.Tasks.CancelKey(tx, settleKind, h.arnOf("p")); err != nil {
					return err
				}
				return s.arrive(tx, h, &p, "")
			})
		}
		steps.Did(s.CreatePipe(ctx, &api.CreatePipeInput{
			Name: "p", Source: "arn:aws:sqs:us-east-1:000000000000:q", Target: "arn:aws:sqs:us-east-1:000000000000:r", RoleArn: role,
		}))
		steps.Did(arrived())
		steps.Did(s.UpdatePipe(ctx, &api.UpdatePipeInput{Name: "p", RoleArn: role, Description: new("d")}))
		steps.Did(arrived())
		steps.Did(s.StopPipe(ctx, &api.StopPipeInput{Name: "p"}))
		steps.Did(arrived())
		steps.Did(s.StartPipe(ctx, &api.StartPipeInput{Name: "p"}))
		steps.Did(arrived())
		steps.Did(s.TagResource(ctx, &api.TagResourceInput{ResourceArn: h.arnOf("p"), Tags: map[string]string{"a": "b"}}))
		steps.Did(s.UntagResource(ctx, &api.UntagResourceInput{ResourceArn: h.arnOf("p"), TagKeys: []string{"a"}}))
		steps.Did(s.DeletePipe(ctx, &api.DeletePipeInput{Name: "p"}))
		steps.Did(arrived())
	})
}

func TestPartialFailuresAreFoundInOutputs(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		e    entries
		out  string
		want []int
	}{
		"queue":         {entries{refused: "Failed"}, `{"Successful":[{"Id":"0"}],"Failed":[{"Id":"2"},{"Id":"1"}]}`, []int{2, 1}},
		"queue all":     {entries{refused: "Failed"}, `{"Successful":[{"Id":"0"}]}`, nil},
		"bus":           {entries{results: "Entries"}, `{"Entries":[{"EventId":"x"},{"ErrorCode":"Y"}]}`, []int{1}},
		"stream of all": {entries{results: "Records"}, `{"Records":[{"SequenceNumber":"1"}]}`, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := tt.e.notTaken([]byte(tt.out), 3)
			if diff := cmp.Diff(tt.want, got); err != nil || diff != "" {
				t.Errorf("%v %s", err, diff)
			}
		})
	}
}

func TestMappingFollowsTheParameters(t *testing.T) {
	t.Parallel()
	p := pipe{
		Name: "p", Source: "arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/1", Generation: 3,
		SourceParts: &api.PipeSourceParameters{
			FilterCriteria: &api.FilterCriteria{Filters: []api.Filter{{Pattern: new(`{"a":[1]}`)}}},
			DynamoDBStreamParameters: &api.PipeSourceDynamoDBStreamParameters{
				StartingPosition: "LATEST", BatchSize: new(int32(7)), MaximumRetryAttempts: new(int32(2)), MaximumRecordAgeInSeconds: new(int32(60)),
				OnPartialBatchItemFailure: new("AUTOMATIC_BISECT"), ParallelizationFactor: new(int32(4)),
				DeadLetterConfig: &api.DeadLetterConfig{Arn: new("dead")},
			},
		},
	}
	want := source.Mapping{
		Service: "pipes", Account: "1", Region: "r", UUID: "p", SourceARN: p.Source, Function: "arn:aws:pipes:r:1:pipe/p", Generation: 3,
		BatchSize: 7, Filters: []string{`{"a":[1]}`}, Position: "LATEST", Parallel: 4, OnFailure: "dead", MaxAge: 60, Bisect: true, Retries: 2,
		ReportFailures: true,
	}
	if diff := cmp.Diff(want, p.mappingOf(home{"1", "r"})); diff != "" {
		t.Error(diff)
	}
}
