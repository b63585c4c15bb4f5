// Package xrayd speaks the X-Ray daemon's protocol, so that programs with an
// X-Ray SDK find what they look for beside them: segment documents come as UDP
// datagrams, and sampling rules and targets are asked for over HTTP at the same
// port.
package xrayd

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	api "maru.dev/maru/api/xray"
	"maru.dev/maru/call"
	"maru.dev/maru/clock"
	"maru.dev/maru/wire"
)

const (
	maxDatagram = 64 << 10
	maxRequest  = 1 << 20
	maxWaiting  = 4096     // documents
	maxHeld     = 16 << 20 // bytes of them
	maxBatch    = 50
	batchDelay  = 100 * time.Millisecond
	headerTime  = 10 * time.Second
)

// Options are what a Daemon needs.
type Options struct {
	Address string // host:port, for UDP and TCP
	Caller  call.Caller
	Log     *slog.Logger
	// Home is the account and region of a trace, by its id; what is not known
	// belongs to the platform's own.
	Home func(trace string) (account, region string)
}

// Daemon is a daemon that listens.
type Daemon struct {
	options Options
	packets net.PacketConn
	http    *http.Server
	calls   net.Listener
	waiting chan string
	held    atomic.Int64 // bytes of what is waiting
	dropped atomic.Int64
}

// Open listens. Run serves.
func Open(ctx context.Context, o Options) (*Daemon, error) {
	var config net.ListenConfig
	calls, err := config.Listen(ctx, "tcp", o.Address)
	if err != nil {
		return nil, fmt.Errorf("listen for X-Ray SDKs: %w", err)
	}
	packets, err := config.ListenPacket(ctx, "udp", calls.Addr().String())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("listen for segments: %w", err), calls.Close())
	}
	d := &Daemon{options: o, packets: packets, calls: calls, waiting: make(chan string, maxWaiting)}
	d.http = &http.Server{Handler: http.HandlerFunc(d.serve), ReadHeaderTimeout: headerTime, ReadTimeout: headerTime}
	return d, nil
}

// Address is host:port where the daemon listens.
func (d *Daemon) Address() string { return d.packets.LocalAddr().String() }

// Dropped is how many documents were not taken, since more came than could be
// stored.
func (d *Daemon) Dropped() int64 { return d.dropped.Load() }

// Close ends the daemon.
func (d *Daemon) Close() error {
	return errors.Join(d.packets.Close(), d.http.Close(), d.calls.Close())
}

// Run serves until ctx ends.
func (d *Daemon) Run(ctx context.Context) error {
	defer context.AfterFunc(ctx, func() { _ = d.Close() })() // what fails to close is gone with the process
	go func() { _ = d.http.Serve(d.calls) }()                // it ends with an error, always
	go d.receive()
	d.store(ctx)
	return nil
}

// receive reads datagrams until the connection is closed.
func (d *Daemon) receive() {
	buffer := make([]byte, maxDatagram)
	for {
		n, _, err := d.packets.ReadFrom(buffer)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		document, ok := documentOf(buffer[:n])
		if err != nil || !ok {
			continue
		}
		d.take(document)
	}
}

// take has a document wait to be stored, where there is room.
func (d *Daemon) take(document string) {
	if d.held.Add(int64(len(document))) <= maxHeld {
		select {
		case d.waiting <- document:
			return
		default:
		}
	}
	d.held.Add(-int64(len(document)))
	d.dropped.Add(1)
}

// documentOf is the document in a datagram: what follows the line that says in
// which format it is. It holds nothing else of the datagram.
func documentOf(datagram []byte) (string, bool) {
	head, document, ok := bytes.Cut(datagram, []byte("\n"))
	var format struct {
		Format  string `json:"format"`
		Version int    `json:"version"`
	}
	if !ok || json.Unmarshal(head, &format) != nil || format.Format != "json" || format.Version != 1 {
		return "", false
	}
	return string(document), len(bytes.TrimSpace(document)) > 0
}

// home is where a document is stored.
type home struct{ account, region string }

// store stores documents in batches, until ctx ends.
func (d *Daemon) store(ctx context.Context) {
	real := clock.System{}
	for {
		batch := map[home][]string{}
		select {
		case <-ctx.Done():
			return
		case document := <-d.waiting:
			d.sort(batch, document)
		}
		timer := real.NewTimer(batchDelay)
		for n, more := 1, true; more && n < maxBatch; n++ {
			select {
			case document := <-d.waiting:
				d.sort(batch, document)
			case <-timer.C():
				more = false
			}
		}
		timer.Stop()
		for at, documents := range batch {
			d.put(ctx, at, documents)
		}
	}
}

// sort puts a document that waited to the others of its home.
func (d *Daemon) sort(batch map[home][]string, document string) {
	d.held.Add(-int64(len(document)))
	var head struct {
		Trace string `json:"trace_id"`
	}
	_ = json.Unmarshal([]byte(document), &head) // X-Ray tells what is wrong with it
	account, region := d.options.Home(head.Trace)
	at := home{account, region}
	batch[at] = append(batch[at], document)
}

// put stores documents of one home.
func (d *Daemon) put(ctx context.Context, at home, documents []string) {
	ctx = call.As(ctx, "xray.amazonaws.com", "", at.account, at.region)
	out, err := call.Do[*api.PutTraceSegmentsOutput](ctx, d.options.Caller, "xray", "PutTraceSegments", &api.PutTraceSegmentsInput{TraceSegmentDocuments: documents})
	switch {
	case err != nil:
		d.dropped.Add(int64(len(documents)))
		d.options.Log.WarnContext(ctx, "segments were not stored", "segments", len(documents), "err", err)
	case len(out.UnprocessedTraceSegments) > 0:
		d.options.Log.DebugContext(ctx, "segments were refused", "segments", len(out.UnprocessedTraceSegments))
	}
}

// serve answers what SDKs ask the daemon to pass on.
func (d *Daemon) serve(w http.ResponseWriter, r *http.Request) {
	operation := ""
	switch r.URL.Path {
	case "/GetSamplingRules":
		operation = "GetSamplingRules"
	case "/SamplingTargets":
		operation = "GetSamplingTargets"
	}
	if operation == "" || r.Method != http.MethodPost {
		http.NotFound(w, r)
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxRequest))
	if err != nil {
		http.Error(w, "the request cannot be read", http.StatusBadRequest)
		return
	}
	if len(body) == 0 {
		body = []byte("{}")
	}
	account, region := d.options.Home("")
	ctx := call.As(r.Context(), "xray.amazonaws.com", "", account, region)
	out, err := d.options.Caller.CallJSON(ctx, "xray", operation, body)
	status := http.StatusOK
	if err != nil {
		status, out = http.StatusInternalServerError, json.RawMessage(`{}`)
		if known, ok := errors.AsType[wire.Error](err); ok {
			status = known.HTTPStatus()
			w.Header().Set("X-Amzn-Errortype", known.ErrorCode())
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(out) // the client may be gone
}
