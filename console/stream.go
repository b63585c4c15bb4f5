package console

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"maru.dev/maru/api/logs"
	"maru.dev/maru/call"
	"maru.dev/maru/clock"
	"maru.dev/maru/wire"
)

// stall is how long the page may take to read a part of a stream.
const stall = 30 * time.Second

// lines writes a stream of documents, one a line, each as soon as it is there.
type lines struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

// newLines begins a stream.
func newLines(w http.ResponseWriter) *lines {
	w.Header().Set("Content-Type", "application/x-ndjson")
	w.Header().Set("X-Accel-Buffering", "no")
	return &lines{w: w, control: http.NewResponseController(w)}
}

// send writes one document. The page is gone when it fails.
func (l *lines) send(v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_ = l.control.SetWriteDeadline(clock.System{}.Now().Add(stall))
	if _, err := l.w.Write(append(raw, '\n')); err != nil {
		return err
	}
	return l.control.Flush()
}

// logLine is a log event as the page gets it.
type logLine struct {
	Group   string `json:"group"`
	Stream  string `json:"stream"`
	At      int64  `json:"at"`
	Message string `json:"message"`
}

// tail streams log events as they come.
func (c *Console) tail(w http.ResponseWriter, r *http.Request, body []byte) error {
	var in struct {
		Groups  []string `json:"groups"` // ARNs
		Pattern string   `json:"pattern"`
	}
	if err := read(body, &in); err != nil {
		return err
	}
	ctx, stop := call.Waiting(r.Context())
	defer stop()
	l := newLines(w)
	return c.follow(ctx, in.Groups, in.Pattern, func(batch []logLine) error {
		return l.send(map[string]any{"events": batch})
	})
}

// follow tails log groups until the context ends or send fails. An error from
// before the first event is the operation's.
func (c *Console) follow(ctx context.Context, groups []string, pattern string, send func([]logLine) error) error {
	in := &logs.StartLiveTailInput{LogGroupIdentifiers: groups}
	if pattern != "" {
		in.LogEventFilterPattern = &pattern
	}
	out, err := call.Do[*logs.StartLiveTailOutput](ctx, c.options.Caller, "logs", "StartLiveTail", in)
	if err != nil {
		return err
	}
	err = out.ResponseStream(ctx, func(event any) error {
		e, ok := event.(*logs.StartLiveTailResponseStream)
		if !ok {
			return nil
		}
		batch := []logLine{}
		if e.SessionUpdate != nil {
			for _, one := range e.SessionUpdate.SessionResults {
				batch = append(batch, logLine{
					Group: wire.Value(one.LogGroupIdentifier), Stream: wire.Value(one.LogStreamName), At: number(one.Timestamp), Message: wire.Value(one.Message),
				})
			}
		}
		return send(batch)
	})
	if err != nil && ctx.Err() == nil {
		c.options.Log.DebugContext(ctx, "console: stream not taken", "cause", err)
	}
	return nil
}

// number is what p points to, or zero.
func number(p *int64) int64 {
	if p == nil {
		return 0
	}
	return *p
}
