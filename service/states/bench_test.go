package states

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	api "maru.dev/maru/api/states"
	"maru.dev/maru/call"
	"maru.dev/maru/internal/testenv"
)

// chain is a definition of n states of one kind.
func chain(n int, state string) string {
	var b strings.Builder
	b.WriteString(`{"StartAt":"S0","States":{`)
	for i := range n {
		next := fmt.Sprintf(`"Next":"S%d"`, i+1)
		if i == n-1 {
			next = `"End":true`
		}
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"S%d":{%s,%s}`, i, state, next)
	}
	b.WriteString("}}")
	return b.String()
}

// benchEnv is a durable server in a folder.
func benchEnv(b *testing.B, f *functions) *testenv.Env {
	b.Helper()
	return testenv.NewWith(b, testenv.Options{DataDir: b.TempDir()}, Registration(), withFunctions(f))
}

func benchMachine(b *testing.B, env *testenv.Env, name, kind, definition string) string {
	b.Helper()
	out, err := call.Do[*api.CreateStateMachineOutput](env.Context(), env.Caller(), "states", "CreateStateMachine", &api.CreateStateMachineInput{
		Name: name, Type: &kind, RoleArn: testRole, Definition: definition,
	})
	if err != nil {
		b.Fatal(err)
	}
	return out.StateMachineArn
}

const taskState = `"Type":"Task","Resource":"arn:aws:lambda:us-east-1:000000000000:function:echo"`

// Durable executions: states a second, with as many clients as help.
func BenchmarkStandard(b *testing.B) {
	for name, definition := range map[string]string{"pass=10": chain(10, `"Type":"Pass"`), "task=3": chain(3, taskState), "task=10": chain(10, taskState)} {
		b.Run(name, func(b *testing.B) {
			f := &functions{}
			env := benchEnv(b, f)
			machine := benchMachine(b, env, "m", "STANDARD", definition)
			b.SetParallelism(32)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				ctx := env.Context()
				for pb.Next() {
					x, err := call.Do[*api.StartExecutionOutput](ctx, env.Caller(), "states", "StartExecution", &api.StartExecutionInput{StateMachineArn: machine, Input: new(`{"a":1}`)})
					if err != nil {
						b.Error(err)
						return
					}
					await(ctx, b, env, x.ExecutionArn)
				}
			})
			n := strings.Count(definition, `"Type"`)
			b.ReportMetric(float64(b.N*n)/b.Elapsed().Seconds(), "states/s")
		})
	}
}

// await waits for an execution's end as a program would that is told of it.
func await(ctx context.Context, b *testing.B, env *testenv.Env, arn string) {
	k, err := parseExecution(arn)
	if err != nil {
		b.Error(err)
		return
	}
	w := env.Store().Watch(k.Topic())
	defer w.Stop()
	for {
		d, err := call.Do[*api.DescribeExecutionOutput](ctx, env.Caller(), "states", "DescribeExecution", &api.DescribeExecutionInput{ExecutionArn: arn})
		if err != nil {
			b.Error(err)
			return
		}
		if d.Status != "RUNNING" {
			if d.Status != "SUCCEEDED" {
				b.Errorf("%s %v %v", d.Status, d.Error, d.Cause)
			}
			return
		}
		<-w.C()
	}
}

// Synchronous express executions of five states.
func BenchmarkExpress(b *testing.B) {
	for name, definition := range map[string]string{"pass=5": chain(5, `"Type":"Pass"`), "task=5": chain(5, taskState)} {
		b.Run(name, func(b *testing.B) {
			env := benchEnv(b, &functions{})
			machine := benchMachine(b, env, "m", "EXPRESS", definition)
			b.ReportAllocs()
			b.SetParallelism(8)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				ctx := env.Context()
				for pb.Next() {
					out, err := call.Do[*api.StartSyncExecutionOutput](ctx, env.Caller(), "states", "StartSyncExecution", &api.StartSyncExecutionInput{StateMachineArn: machine, Input: new(`{"a":1}`)})
					if err != nil || out.Status != "SUCCEEDED" {
						b.Error(err, out)
						return
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "executions/s")
		})
	}
}

// A durable execution of three states, from its start to its end, alone.
func BenchmarkStartToFinish(b *testing.B) {
	for name, state := range map[string]string{"pass": `"Type":"Pass"`, "task": taskState} {
		b.Run(name, func(b *testing.B) {
			env := benchEnv(b, &functions{})
			machine := benchMachine(b, env, "m", "STANDARD", chain(3, state))
			ctx := env.Context()
			for b.Loop() {
				x, err := call.Do[*api.StartExecutionOutput](ctx, env.Caller(), "states", "StartExecution", &api.StartExecutionInput{StateMachineArn: machine, Input: new(`{"a":1}`)})
				if err != nil {
					b.Fatal(err)
				}
				await(ctx, b, env, x.ExecutionArn)
			}
		})
	}
}

// An execution must not cost more because others wait. What those cost in memory
// is told, too.
func BenchmarkBesideWaiting(b *testing.B) {
	for _, waiting := range []int{0, 20_000, 100_000} {
		b.Run(fmt.Sprintf("waiting=%d", waiting), func(b *testing.B) {
			env := benchEnv(b, &functions{})
			idle := benchMachine(b, env, "idle", "STANDARD", chain(1, `"Type":"Wait","Seconds":1000000`))
			var all sync.WaitGroup
			for range 20 {
				all.Go(func() {
					for range waiting / 20 {
						if _, err := call.Do[*api.StartExecutionOutput](env.Context(), env.Caller(), "states", "StartExecution", &api.StartExecutionInput{StateMachineArn: idle}); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			all.Wait()
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			machine := benchMachine(b, env, "m", "STANDARD", chain(3, taskState))
			b.SetParallelism(16)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				ctx := env.Context()
				for pb.Next() {
					x, err := call.Do[*api.StartExecutionOutput](ctx, env.Caller(), "states", "StartExecution", &api.StartExecutionInput{StateMachineArn: machine, Input: new(`{"a":1}`)})
					if err != nil {
						b.Error(err)
						return
					}
					await(ctx, b, env, x.ExecutionArn)
				}
			})
			b.ReportMetric(float64(m.HeapAlloc)/(1<<20), "heap-MB")
		})
	}
}
