package accesslog

import (
	"context"
	"log/slog"
	"sync"
	"time"

	logs "maru.dev/maru/api/logs"
	"maru.dev/maru/call"
	"maru.dev/maru/clock"
	"maru.dev/maru/wire"
)

// What is held back before it is written.
const (
	pause = 100 * time.Millisecond
	batch = 1000
	limit = 100_000 // lines; what comes when so many wait is dropped
)

// Stream is where a line goes.
type Stream struct {
	Group Group
	Name  string
	// Make has the group made where it is missing; else its lines are lost.
	Make bool
}

// line is a line of a log.
type line struct {
	at   time.Time
	text string
}

// Writer gathers lines for a moment and writes them together. What waits
// when the process is killed is lost: an access log is no ledger, and a synced
// write for each request would cost more than the request.
type Writer struct {
	caller call.Caller
	log    *slog.Logger

	mu      sync.Mutex
	waiting map[Stream][]line
	count   int
	running bool
}

// NewWriter returns a writer that puts lines through caller.
func NewWriter(caller call.Caller, log *slog.Logger) *Writer {
	return &Writer{caller: caller, log: log, waiting: make(map[Stream][]line)}
}

// Add takes lines of a moment in; the first ones start the writer.
func (w *Writer) Add(to Stream, at time.Time, lines ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.count >= limit {
		return
	}
	for _, text := range lines {
		w.waiting[to] = append(w.waiting[to], line{at, text})
	}
	w.count += len(lines)
	if !w.running {
		w.running = true
		go w.run()
	}
}

// run writes until nothing waits.
func (w *Writer) run() {
	for {
		timer := clock.System{}.NewTimer(pause)
		<-timer.C()
		taken := w.take()
		if taken == nil {
			return
		}
		for to, lines := range taken {
			w.write(to, lines)
		}
	}
}

// take hands over what waits; nil ends the writer.
func (w *Writer) take() map[Stream][]line {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.count == 0 {
		w.running = false
		return nil
	}
	taken := w.waiting
	w.waiting, w.count = make(map[Stream][]line), 0
	return taken
}

// write puts lines into their stream, which is made if need be.
func (w *Writer) write(to Stream, lines []line) {
	ctx := call.As(context.Background(), "apigateway.amazonaws.com", "", to.Group.Account, to.Group.Region)
	for len(lines) > 0 {
		n := min(len(lines), batch)
		in := &logs.PutLogEventsInput{LogGroupName: to.Group.Name, LogStreamName: to.Name}
		for _, ln := range lines[:n] {
			in.LogEvents = append(in.LogEvents, logs.InputLogEvent{Timestamp: ln.at.UnixMilli(), Message: ln.text})
		}
		lines = lines[n:]
		_, err := w.caller.Call(ctx, "logs", "PutLogEvents", in)
		if isCode(err, "ResourceNotFoundException") {
			if err = w.create(ctx, to); err == nil {
				_, err = w.caller.Call(ctx, "logs", "PutLogEvents", in)
			}
		}
		if err != nil {
			w.log.WarnContext(ctx, "log of an API not written", "group", to.Group.Name, "stream", to.Name, "lines", n, "cause", err)
		}
	}
}

// create makes a stream, and its group where that may be made. Another node may
// have been faster.
func (w *Writer) create(ctx context.Context, to Stream) error {
	if to.Make {
		_, err := w.caller.Call(ctx, "logs", "CreateLogGroup", &logs.CreateLogGroupInput{LogGroupName: to.Group.Name})
		if err != nil && !isCode(err, "ResourceAlreadyExistsException") {
			return err
		}
	}
	_, err := w.caller.Call(ctx, "logs", "CreateLogStream", &logs.CreateLogStreamInput{LogGroupName: to.Group.Name, LogStreamName: to.Name})
	if isCode(err, "ResourceAlreadyExistsException") {
		return nil
	}
	return err
}

// isCode tells an error of AWS by its code.
func isCode(err error, code string) bool {
	known, ok := err.(wire.Error) //nolint:errorlint // services return their errors bare
	return ok && known.ErrorCode() == code
}
