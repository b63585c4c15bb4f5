package events_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	api "maru.dev/maru/api/events"
	lambdaapi "maru.dev/maru/api/lambda"
	"maru.dev/maru/auth"
	"maru.dev/maru/call"
	"maru.dev/maru/clock"
	"maru.dev/maru/ids"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/events"
	"maru.dev/maru/task"
)

// load is the service on a disk, with a function that takes what comes.
type load struct {
	service *events.Service
	ctx     context.Context
	sink    *sink
}

// sink is a function that notes when it is invoked.
type sink struct {
	lambdaapi.Unimplemented

	n     atomic.Int64
	taken func(in *lambdaapi.InvokeInput)
}

// Invoke notes an event.
func (s *sink) Invoke(_ context.Context, in *lambdaapi.InvokeInput) (*lambdaapi.InvokeOutput, error) {
	s.n.Add(1)
	if s.taken != nil {
		s.taken(in)
	}
	return &lambdaapi.InvokeOutput{}, nil
}

func newLoad(b *testing.B) *load {
	b.Helper()
	store, err := kv.Open(b.Context(), kv.Options{Dir: b.TempDir(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	d := service.Deps{Store: store, Clock: clock.System{}, IDs: ids.New(ids.Buffered(rand.Reader)), Log: slog.New(slog.DiscardHandler)}
	d.Tasks = task.New(task.Options{Store: store, Clock: d.Clock, IDs: d.IDs, Log: d.Log})
	door := call.NewDoor(call.DoorOptions{Authorizer: auth.AllowAll{}, Clock: d.Clock, IDs: d.IDs, Log: d.Log})
	l := &load{service: events.New(d), sink: &sink{}, ctx: testenv.Context(b.Context(), "http://localhost:4566")}
	door.Add(api.Model, l.service)
	door.Add(lambdaapi.Model, l.sink)
	d.Tasks.SetCaller(door)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = d.Tasks.Run(ctx)
	}()
	b.Cleanup(func() {
		stop()
		<-done
		_ = store.Close()
	})
	return l
}

// rules makes n rules, of which the first wants events of order 0.
func (l *load) rules(b *testing.B, n int) {
	b.Helper()
	for i := range n {
		name := fmt.Sprint("r", i)
		_, err := l.service.PutRule(l.ctx, &api.PutRuleInput{Name: name, EventPattern: new(fmt.Sprintf(`{"source":["shop"],"detail":{"order":["o-%d"]}}`, i))})
		if err == nil {
			_, err = l.service.PutTargets(l.ctx, &api.PutTargetsInput{Rule: name, Targets: []api.Target{{Id: "a", Arn: functionARN}}})
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

// batch is ten events of an order.
func batch(order string) *api.PutEventsInput {
	in := &api.PutEventsInput{}
	for range 10 {
		in.Entries = append(in.Entries, api.PutEventsRequestEntry{
			Source: new("shop"), DetailType: new("order placed"), Detail: new(`{"order":"` + order + `","total":12.5,"items":[{"sku":"a-1","n":2},{"sku":"b-2","n":1}],"customer":"c-81"}`),
		})
	}
	return in
}

// cpu is the processor time that the process has used.
func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkPutEvents puts ten entries at a time from sixteen clients: events
// that no rule wants, and events that one rule sends to a function each.
func BenchmarkPutEvents(b *testing.B) {
	for name, c := range map[string]struct {
		rules int
		order string
	}{"unwanted/1": {1, "none"}, "unwanted/1000": {1000, "none"}, "delivered/1": {1, "o-0"}, "delivered/1000": {1000, "o-0"}} {
		b.Run(name, func(b *testing.B) {
			l := newLoad(b)
			l.rules(b, c.rules)
			before := cpu()
			b.ResetTimer()
			var left atomic.Int64
			left.Store(int64(b.N))
			var wg sync.WaitGroup
			for range 16 {
				wg.Go(func() {
					for left.Add(-1) >= 0 {
						if _, err := l.service.PutEvents(l.ctx, batch(c.order)); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
			entries := float64(b.N * 10)
			b.ReportMetric(entries/b.Elapsed().Seconds(), "entries/s")
			if c.order != "none" {
				for l.sink.n.Load() < int64(b.N*10) {
					time.Sleep(time.Millisecond)
				}
				b.ReportMetric(entries/b.Elapsed().Seconds(), "delivered/s")
			}
			b.ReportMetric(float64((cpu()-before).Microseconds())/entries, "cpu-µs/entry")
		})
	}
}

// BenchmarkEventToTarget puts a thousand events a second, and reports how long
// each takes from the call of PutEvents to the invocation of its function.
func BenchmarkEventToTarget(b *testing.B) {
	l := newLoad(b)
	l.rules(b, 1)
	var (
		mu   sync.Mutex
		took []time.Duration
		put  sync.Map
	)
	l.sink.taken = func(in *lambdaapi.InvokeInput) {
		id := string(in.Payload[len(`{"version":"0","id":"`):][:36])
		for {
			if at, ok := put.Load(id); ok {
				mu.Lock()
				took = append(took, time.Since(at.(time.Time)))
				mu.Unlock()
				return
			}
			time.Sleep(50 * time.Microsecond) // its answer is on the way
		}
	}
	pace := time.NewTicker(time.Millisecond)
	defer pace.Stop()
	one := batch("o-0")
	one.Entries = one.Entries[:1]
	var wg sync.WaitGroup
	n := 0
	for b.Loop() {
		<-pace.C
		n++
		wg.Go(func() {
			at := time.Now()
			out, err := l.service.PutEvents(l.ctx, one)
			if err != nil {
				b.Error(err)
				return
			}
			put.Store(*out.Entries[0].EventId, at)
		})
	}
	wg.Wait()
	for l.sink.n.Load() < int64(n) {
		time.Sleep(time.Millisecond)
	}
	mu.Lock()
	defer mu.Unlock()
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}
