package states

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"maru.dev/maru/internal/testenv"
)

// hookState is a task of the function that a test's hook is.
func hookState(name string) string {
	return `"StartAt":"T","States":{"T":{` + strings.ReplaceAll(taskState, "echo", "hook-"+name) + `,"End":true}}`
}

// onlyRun is the one map run of an execution.
func onlyRun(t *testing.T, env *testenv.Env, execution string) *sfn.DescribeMapRunOutput {
	t.Helper()
	runs, err := env.SFN().ListMapRuns(t.Context(), &sfn.ListMapRunsInput{ExecutionArn: &execution})
	if err != nil || len(runs.MapRuns) != 1 {
		t.Fatal(runs, err)
	}
	m, err := env.SFN().DescribeMapRun(t.Context(), &sfn.DescribeMapRunInput{MapRunArn: runs.MapRuns[0].MapRunArn})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// redrive redrives an execution.
func redrive(t *testing.T, env *testenv.Env, execution string) {
	t.Helper()
	if _, err := env.SFN().RedriveExecution(t.Context(), &sfn.RedriveExecutionInput{ExecutionArn: &execution}); err != nil {
		t.Fatal(err)
	}
}

func TestRedriveTakesAMapRunUpAgain(t *testing.T) {
	t.Parallel()
	f := &functions{}
	env := testenv.New(t, Registration(), withFunctions(f))
	tests := map[string]struct {
		kind, more            string
		children, first, last int64 // all, those that end in the first attempt, those of them that fail
		output                string
	}{
		"standard": {"STANDARD", "", 5, 3, 1, `[1,2,3,4,5]`},
		"express":  {"EXPRESS", "", 5, 3, 1, `[1,2,3,4,5]`},
		"batches":  {"STANDARD", `"ItemBatcher":{"MaxItemsPerBatch":2},`, 3, 2, 1, `[{"Items":[1,2]},{"Items":[3,4]},{"Items":[5]}]`},
	}
	var mended atomic.Bool
	f.hook = func(_ context.Context, _ string, payload []byte) ([]byte, *string) {
		if !mended.Load() && strings.Contains(string(payload), "3") {
			return []byte(`{"errorType":"Three"}`), new("Unhandled")
		}
		return payload, nil
	}
	executions := make(map[string]string)
	for name, tt := range tests {
		m := create(t, env, name, distributed(tt.kind, `"MaxConcurrency":1,`+tt.more, hookState(name)), "")
		x := start(t, env, m, `[1,2,3,4,5]`)
		executions[name] = x
		if out := finished(t, env, x); aws.ToString(out.Error) != "States.ExceedToleratedFailureThreshold" {
			t.Fatal(name, out.Status, aws.ToString(out.Error))
		}
		run := onlyRun(t, env, x)
		if c := run.ExecutionCounts; run.Status != "FAILED" || c.Failed != tt.last || c.Succeeded != tt.first-tt.last || c.Pending != tt.children-tt.first || *c.PendingRedrive != 0 || c.Total != tt.children {
			t.Errorf("%s: %s %+v", name, run.Status, c)
		}
	}
	mended.Store(true)
	for name, tt := range tests {
		x := executions[name]
		before := onlyRun(t, env, x)
		redrive(t, env, x)
		out := finished(t, env, x)
		if out.Status != "SUCCEEDED" || aws.ToString(out.Output) != tt.output {
			t.Errorf("%s: %s %s", name, out.Status, aws.ToString(out.Output))
		}
		run := onlyRun(t, env, x)
		if run.Status != "SUCCEEDED" || *run.RedriveCount != 1 || run.RedriveDate == nil || *run.MapRunArn != *before.MapRunArn {
			t.Errorf("%s: %+v", name, run)
		}
		if c, i := run.ExecutionCounts, run.ItemCounts; c.Succeeded != tt.children || c.Failed != 0 || c.Pending != 0 || i.Succeeded != 5 || i.Failed != 0 || i.Pending != 0 || i.Total != 5 {
			t.Errorf("%s: %+v %+v", name, c, i)
		}
		f.mu.Lock()
		if calls := f.calls["hook-"+name]; calls != int(tt.children)+1 {
			t.Errorf("%s: %d calls", name, calls)
		}
		f.mu.Unlock()
		var types []string
		for _, e := range checkHistory(t, env, x) {
			types = append(types, e.Type)
			if d := e.MapRunRedrivenEventDetails; d != nil && (*d.MapRunArn != *run.MapRunArn || *d.RedriveCount != 1) {
				t.Errorf("%s: %+v", name, d)
			}
		}
		want := "ExecutionStarted MapStateEntered MapStateStarted MapRunStarted MapRunFailed MapStateFailed ExecutionFailed ExecutionRedriven MapRunRedriven MapRunSucceeded MapStateSucceeded MapStateExited ExecutionSucceeded"
		if got := strings.Join(types, " "); got != want {
			t.Errorf("%s: history\n%s", name, got)
		}
		if tt.kind == "STANDARD" {
			redriven, err := env.SFN().ListExecutions(t.Context(), &sfn.ListExecutionsInput{MapRunArn: run.MapRunArn, RedriveFilter: "REDRIVEN"})
			if err != nil || len(redriven.Executions) != 1 || *redriven.Executions[0].RedriveCount != 1 {
				t.Errorf("%s: %+v %v", name, redriven, err)
			}
		}
	}
}

func TestRedrivenMapRunCanBeStoppedAndRedrivenAgain(t *testing.T) {
	t.Parallel()
	f := &functions{}
	env := testenv.New(t, Registration(), withFunctions(f))
	c, ctx := env.SFN(), t.Context()
	var phase atomic.Int32 // 0: fail, 1: hang, 2: succeed
	f.hook = func(ctx context.Context, _ string, payload []byte) ([]byte, *string) {
		switch phase.Load() {
		case 0:
			return []byte(`{"errorType":"Bad"}`), new("Unhandled")
		case 1:
			<-ctx.Done()
		}
		return payload, nil
	}
	m := create(t, env, "m", distributed("STANDARD", `"MaxConcurrency":1,"ToleratedFailureCount":2,`, hookState("x")), "")
	x := start(t, env, m, `[1,2,3]`)
	if out := finished(t, env, x); out.Status != "FAILED" {
		t.Fatal(out.Status)
	}
	phase.Store(1)
	redrive(t, env, x)
	run := onlyRun(t, env, x)
	testenv.Eventually(t, "two wait for their redrive", func() bool {
		run = onlyRun(t, env, x)
		return run.ExecutionCounts.Running == 1
	})
	if n := run.ExecutionCounts; run.Status != "RUNNING" || *n.PendingRedrive != 2 || n.Failed != 0 || *run.ItemCounts.PendingRedrive != 2 {
		t.Errorf("%s %+v", run.Status, n)
	}
	waiting, err := c.ListExecutions(ctx, &sfn.ListExecutionsInput{MapRunArn: run.MapRunArn, StatusFilter: types.ExecutionStatusPendingRedrive})
	if err != nil || len(waiting.Executions) != 2 || waiting.Executions[0].Status != types.ExecutionStatusPendingRedrive {
		t.Errorf("%+v %v", waiting, err)
	}
	if failed, err := c.ListExecutions(ctx, &sfn.ListExecutionsInput{MapRunArn: run.MapRunArn, StatusFilter: types.ExecutionStatusFailed}); err != nil || len(failed.Executions) != 0 {
		t.Errorf("%+v %v", failed, err)
	}
	if _, err := c.StopExecution(ctx, &sfn.StopExecutionInput{ExecutionArn: &x}); err != nil {
		t.Fatal(err)
	}
	phase.Store(2)
	redrive(t, env, x) // the run may still be stopping its child
	if out := finished(t, env, x); out.Status != "SUCCEEDED" || aws.ToString(out.Output) != `[1,2,3]` || *out.RedriveCount != 2 {
		t.Errorf("%s %s", out.Status, aws.ToString(out.Cause))
	}
	run = onlyRun(t, env, x)
	if n := run.ExecutionCounts; run.Status != "SUCCEEDED" || n.Succeeded != 3 || n.Aborted+n.Failed+*n.PendingRedrive != 0 || *run.RedriveCount != 2 {
		t.Errorf("%s %+v", run.Status, n)
	}
	checkHistory(t, env, x)
}

func TestRedriveBeginsAMapRunThatHadNoItems(t *testing.T) {
	t.Parallel()
	env := testenv.New(t, Registration(), s3Registration())
	ctx := t.Context()
	m := create(t, env, "m", distributed("STANDARD", `"ItemReader":{"Resource":"arn:aws:states:::s3:getObject","Parameters":{"Bucket":"late","Key":"k"},"ReaderConfig":{"InputType":"JSON"}},`,
		`"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}`), "")
	x := start(t, env, m, `{}`)
	if out := finished(t, env, x); aws.ToString(out.Error) != "States.ItemReaderFailed" {
		t.Fatal(out.Status, aws.ToString(out.Error))
	}
	if _, err := env.S3().CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String("late")}); err != nil {
		t.Fatal(err)
	}
	if _, err := env.S3().PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String("late"), Key: aws.String("k"), Body: strings.NewReader(`[7]`)}); err != nil {
		t.Fatal(err)
	}
	redrive(t, env, x)
	if out := finished(t, env, x); aws.ToString(out.Output) != `[7]` {
		t.Error(out.Status, aws.ToString(out.Output), aws.ToString(out.Cause))
	}
	runs, err := env.SFN().ListMapRuns(ctx, &sfn.ListMapRunsInput{ExecutionArn: &x})
	if err != nil || len(runs.MapRuns) != 2 {
		t.Error(runs, err)
	}
}
