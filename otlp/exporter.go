package otlp

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/protobuf/proto"

	"maru.dev/maru/clock"
	"maru.dev/maru/telemetry"
)

const (
	// maxWaiting is how many bytes wait to be sent, packed; more are dropped.
	maxWaiting = 16 << 20
	// maxLines is how many bytes of log lines wait to be packed.
	maxLines = 8 << 20
	// linesDelay is how long a log line waits for others.
	linesDelay = time.Second
	// giveUp is how long a batch is tried for.
	giveUp = 5 * time.Minute
	// firstRetry and lastRetry are the first and longest pause between tries.
	firstRetry = time.Second
	lastRetry  = time.Minute
	// sendTimeout is how long a request may take.
	sendTimeout = 10 * time.Second
)

// ExporterOptions are what an Exporter needs.
type ExporterOptions struct {
	Endpoint string // base URL; /v1/traces, /v1/metrics and /v1/logs are below it
	Header   map[string]string
	Clock    clock.Clock // tells the time of what is sent; waiting is in the machine's time
	Log      *slog.Logger
}

// Exporter sends spans, metrics and log lines to an OTLP endpoint, over HTTP.
// All it does on anybody's path is to take note.
type Exporter struct {
	options ExporterOptions
	base    string
	client  *http.Client
	dropped atomic.Int64

	mu      sync.Mutex
	queue   []parcel
	waiting int // bytes in queue
	lines   map[source][]telemetry.Line
	size    int // bytes in lines
	wake    chan struct{}
}

// parcel is a batch, packed.
type parcel struct {
	path  string
	body  []byte
	items int
}

// source is where log lines come from.
type source struct{ account, region, group, stream string }

// NewExporter returns an exporter.
func NewExporter(o ExporterOptions) (*Exporter, error) {
	u, err := url.Parse(o.Endpoint)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("OTLP endpoint %q: want a URL such as http://localhost:4318", o.Endpoint)
	}
	e := &Exporter{
		options: o, base: strings.TrimSuffix(o.Endpoint, "/"), client: &http.Client{Timeout: sendTimeout},
		lines: make(map[source][]telemetry.Line), wake: make(chan struct{}, 1),
	}
	return e, nil
}

// Dropped is how many spans, data and lines were not sent.
func (e *Exporter) Dropped() int64 { return e.dropped.Load() }

// RecordSpans implements telemetry.SpanStore.
func (e *Exporter) RecordSpans(_ context.Context, account, region string, spans []*telemetry.Span) error {
	return e.pack("/v1/traces", tracesOf(account, region, spans), len(spans))
}

// Record implements telemetry.Recorder.
func (e *Exporter) Record(_ context.Context, account, region string, data []telemetry.Datum) error {
	now := e.options.Clock.Now()
	return e.pack("/v1/metrics", metricsOf(account, region, data, now), len(data))
}

// Lines implements telemetry.LineStore. The texts are copied.
func (e *Exporter) Lines(account, region, group, stream string, lines []telemetry.Line) {
	e.mu.Lock()
	defer e.mu.Unlock()
	from := source{account, region, strings.Clone(group), strings.Clone(stream)}
	for _, l := range lines {
		if e.size += len(l.Text); e.size > maxLines {
			e.size -= len(l.Text)
			e.dropped.Add(1)
			continue
		}
		l.Text = strings.Clone(l.Text)
		e.lines[from] = append(e.lines[from], l)
	}
	e.rouse()
}

// rouse tells Run that there is something to do.
func (e *Exporter) rouse() {
	select {
	case e.wake <- struct{}{}:
	default:
	}
}

// pack puts a batch into the queue. What has no room there is dropped.
func (e *Exporter) pack(path string, batch proto.Message, items int) error {
	plain, err := proto.Marshal(batch)
	if err != nil {
		e.dropped.Add(int64(items))
		return fmt.Errorf("encode telemetry: %w", err)
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(plain); err != nil {
		return fmt.Errorf("pack telemetry: %w", err)
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("pack telemetry: %w", err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.waiting+b.Len() > maxWaiting {
		e.dropped.Add(int64(items))
		return nil
	}
	e.queue = append(e.queue, parcel{path, b.Bytes(), items})
	e.waiting += b.Len()
	e.rouse()
	return nil
}

// Run sends until ctx ends.
func (e *Exporter) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-e.wake:
		}
		if e.hasLines() {
			if !pause(ctx, linesDelay) {
				return nil
			}
			e.packLines()
		}
		for p, ok := e.next(); ok; p, ok = e.next() {
			if !e.deliver(ctx, p) {
				return nil
			}
		}
	}
}

// Flush sends what waits, once, at the end.
func (e *Exporter) Flush(ctx context.Context) {
	e.packLines()
	for p, ok := e.next(); ok && ctx.Err() == nil; p, ok = e.next() {
		if _, err := e.send(ctx, p); err != nil {
			e.dropped.Add(int64(p.items))
			return
		}
	}
}

// hasLines tells whether log lines wait.
func (e *Exporter) hasLines() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.lines) > 0
}

// packLines makes batches of the log lines.
func (e *Exporter) packLines() {
	e.mu.Lock()
	lines := e.lines
	e.lines, e.size = make(map[source][]telemetry.Line), 0
	e.mu.Unlock()
	for from, list := range lines {
		if err := e.pack("/v1/logs", logsOf(from, list), len(list)); err != nil {
			e.options.Log.Warn("log lines not sent", "cause", err)
		}
	}
}

// next takes the first batch out of the queue.
func (e *Exporter) next() (p parcel, ok bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.queue) == 0 {
		return parcel{}, false
	}
	p = e.queue[0]
	e.queue = e.queue[1:]
	e.waiting -= len(p.body)
	return p, true
}

// deliver sends a batch, again and again if need be. It is false when ctx has
// ended.
func (e *Exporter) deliver(ctx context.Context, p parcel) bool {
	deadline := clock.System{}.Now().Add(giveUp)
	wait := firstRetry
	for told := false; ; {
		again, err := e.send(ctx, p)
		if err == nil {
			return true
		}
		if ctx.Err() != nil {
			e.dropped.Add(int64(p.items))
			return false
		}
		if !told {
			told = true
			e.options.Log.WarnContext(ctx, "telemetry not sent", "endpoint", e.base+p.path, "again", again, "cause", err)
		}
		if !again || (clock.System{}).Now().After(deadline) {
			e.dropped.Add(int64(p.items))
			return true
		}
		if !pause(ctx, wait) {
			e.dropped.Add(int64(p.items))
			return false
		}
		wait = min(2*wait, lastRetry)
	}
}

// pause waits, and is false when ctx has ended before.
func pause(ctx context.Context, d time.Duration) bool {
	timer := (clock.System{}).NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C():
		return true
	}
}

// send makes one request. again tells whether a failure may mend.
func (e *Exporter) send(ctx context.Context, p parcel) (again bool, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, e.base+p.path, bytes.NewReader(p.body))
	if err != nil {
		return false, err
	}
	req.Header.Set("Content-Type", "application/x-protobuf")
	req.Header.Set("Content-Encoding", "gzip")
	req.Header.Set("User-Agent", "maru")
	for name, value := range e.options.Header {
		req.Header.Set(name, value)
	}
	resp, err := e.client.Do(req)
	if err != nil {
		return true, err
	}
	defer resp.Body.Close()
	said, _ := io.ReadAll(io.LimitReader(resp.Body, 512))
	switch resp.StatusCode {
	case http.StatusOK, http.StatusAccepted, http.StatusNoContent:
		return false, nil
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true, errors.New(resp.Status)
	default:
		return false, fmt.Errorf("%s: %q", resp.Status, said)
	}
}
