package states

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	api "maru.dev/maru/api/states"
	"maru.dev/maru/call"
	"maru.dev/maru/clock"
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

// An execution must not cost more because others wait, in time, processor or
// memory. The servers with and without them take turns, so that whatever else the
// machine does hits both; slower is how much longer the one took. It is run with
// -benchtime 20x: a round is many executions already.
func BenchmarkBesideWaiting(b *testing.B) {
	const waiting = 100_000
	alone, crowded := newCrowd(b, 0), newCrowd(b, waiting)
	b.Run(fmt.Sprintf("waiting=%d", waiting), func(b *testing.B) {
		alone.took, alone.burnt, crowded.took, crowded.burnt = 0, 0, 0, 0
		for range b.N {
			alone.measure(b)
			crowded.measure(b)
		}
		per := float64(b.N * crowdRound)
		b.ReportMetric(per/alone.took.Seconds(), "alone/s")
		b.ReportMetric(per/crowded.took.Seconds(), "beside/s")
		b.ReportMetric(float64(crowded.took)/float64(alone.took), "slower")
		b.ReportMetric(float64(crowded.burnt)/float64(alone.burnt), "more-cpu")
		b.ReportMetric(float64(crowded.heap)/(1<<20), "heap-MB")
	})
}

// crowdRound is how many executions are started in a round, by crowdClients.
const (
	crowdRound   = 320
	crowdClients = 32
)

// crowd is a server with executions that wait, and what it took to run others.
type crowd struct {
	env         *testenv.Env
	machine     string
	heap        int64 // what those that wait cost
	took, burnt time.Duration
}

// newCrowd starts a server and as many executions that wait.
func newCrowd(b *testing.B, waiting int) *crowd {
	b.Helper()
	env := benchEnv(b, &functions{})
	idle := benchMachine(b, env, "idle", "STANDARD", chain(1, `"Type":"Wait","Seconds":1000000`))
	c := &crowd{env: env, machine: benchMachine(b, env, "m", "STANDARD", chain(3, taskState))}
	before := heap()
	c.each(waiting, func(ctx context.Context) { startOne(ctx, b, env, idle) })
	c.heap = heap() - before
	c.measure(b) // once for the caches
	return c
}

// each calls f n times, from as many places as there are clients.
func (c *crowd) each(n int, f func(ctx context.Context)) {
	var all sync.WaitGroup
	for i := range crowdClients {
		all.Go(func() {
			ctx := c.env.Context()
			for range (n + i) / crowdClients {
				f(ctx)
			}
		})
	}
	all.Wait()
}

// measure runs a round of executions and adds up what it takes.
func (c *crowd) measure(b *testing.B) {
	began, burntBefore := clock.System{}.Now(), burnt(b)
	c.each(crowdRound, func(ctx context.Context) { await(ctx, b, c.env, startOne(ctx, b, c.env, c.machine)) })
	c.took += clock.System{}.Now().Sub(began)
	c.burnt += burnt(b) - burntBefore
}

// startOne starts an execution.
func startOne(ctx context.Context, b *testing.B, env *testenv.Env, machine string) string {
	out, err := call.Do[*api.StartExecutionOutput](ctx, env.Caller(), "states", "StartExecution", &api.StartExecutionInput{StateMachineArn: machine, Input: new(`{"a":1}`)})
	if err != nil {
		b.Error(err)
		return ""
	}
	return out.ExecutionArn
}

// heap is what is in use of the memory that is collected.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// burnt is how much of the processor this program has used.
func burnt(b *testing.B) time.Duration {
	b.Helper()
	var used unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
