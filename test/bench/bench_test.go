package main

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"maru.dev/maru/internal/testenv"
	service "maru.dev/maru/service/sqs"
)

// BenchmarkSendMessage is for profiles: server and client in one process, on a
// real disk. The command measures.
func BenchmarkSendMessage(b *testing.B) {
	env := testenv.NewWith(b, testenv.Options{DataDir: b.TempDir()}, service.Registration())
	s := &server{address: strings.TrimPrefix(env.URL(), "http://")}
	do, err := send("q")(s)
	if err != nil {
		b.Fatal(err)
	}
	var left atomic.Int64
	left.Store(int64(b.N))
	b.ResetTimer()
	start := time.Now()
	err = each(s.address, 16, func(c *conn) error {
		if left.Add(-1) < 0 {
			return errDone
		}
		return do(c)
	})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/time.Since(start).Seconds(), "op/s")
}
