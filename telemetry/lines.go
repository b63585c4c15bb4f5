package telemetry

import (
	"context"
	"io"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"maru.dev/maru/clock"
)

// Call is what the log keeps of one call of an operation. Inputs and outputs
// are not among it: they may be secret.
type Call struct {
	Service, Operation string
	Status             int
	Account, Region    string
	Principal          string
	Request            string
	Trace              string
	Duration           time.Duration
	Inside             bool   // made by another part of the platform
	Code               string // of the error, if any
}

// CallLogger is a slog.Handler that has a short way for the line of a call that
// went as it should: there is one for each request, and nothing else is logged
// half as often.
type CallLogger interface {
	LogCall(c *Call)
}

// Lines is a slog.Handler that writes lines of JSON. It writes lines of calls
// by hand and leaves all else to slog's own handlers.
type Lines struct {
	slog.Handler

	out   io.Writer
	lines sync.Pool // *[]byte: lines that have been written
}

// keptLine is how large a line's memory may be and still be used again.
const keptLine = 4 << 10

// NewLines returns a handler that writes to out, which takes one line at a time
// from many goroutines (as Log does). What others want to see, too, they get.
func NewLines(out io.Writer, others ...slog.Handler) *Lines {
	return &Lines{
		Handler: slog.NewMultiHandler(append([]slog.Handler{slog.NewJSONHandler(out, nil)}, others...)...),
		out:     out,
		lines:   sync.Pool{New: func() any { b := make([]byte, 0, 512); return &b }},
	}
}

// LogCall implements CallLogger. The line is as slog's JSON handler would write
// it. A full disk loses it, and nothing else.
func (l *Lines) LogCall(c *Call) {
	buffer := l.lines.Get().(*[]byte)
	line := c.Append((*buffer)[:0], clock.System{}.Now())
	_, _ = l.out.Write(line)
	if cap(line) <= keptLine {
		*buffer = line
		l.lines.Put(buffer)
	}
}

// WithAttrs implements slog.Handler. What has attributes of its own has no
// short way.
func (l *Lines) WithAttrs(attrs []slog.Attr) slog.Handler { return l.Handler.WithAttrs(attrs) }

// WithGroup implements slog.Handler.
func (l *Lines) WithGroup(name string) slog.Handler { return l.Handler.WithGroup(name) }

// Append writes c as a line of JSON.
func (c *Call) Append(line []byte, at time.Time) []byte {
	line = append(line, `{"time":"`...)
	line = at.AppendFormat(line, time.RFC3339Nano)
	line = append(line, `","level":"INFO","msg":"call"`...)
	line = appendText(line, `,"service":`, c.Service)
	line = appendText(line, `,"operation":`, c.Operation)
	line = strconv.AppendInt(append(line, `,"status":`...), int64(c.Status), 10)
	line = appendText(line, `,"account":`, c.Account)
	line = appendText(line, `,"region":`, c.Region)
	line = appendText(line, `,"principal":`, c.Principal)
	line = appendText(line, `,"request":`, c.Request)
	line = appendText(line, `,"trace":`, c.Trace)
	line = strconv.AppendInt(append(line, `,"us":`...), c.Duration.Microseconds(), 10)
	line = strconv.AppendBool(append(line, `,"inside":`...), c.Inside)
	if c.Code != "" {
		line = appendText(line, `,"code":`, c.Code)
	}
	return append(line, "}\n"...)
}

// Log leaves the line through slog, for what failed and for a handler without a
// short way.
func (c *Call) Log(ctx context.Context, to *slog.Logger, level slog.Level, cause error) {
	attrs := [...]slog.Attr{
		slog.String("service", c.Service),
		slog.String("operation", c.Operation),
		slog.Int("status", c.Status),
		slog.String("account", c.Account),
		slog.String("region", c.Region),
		slog.String("principal", c.Principal),
		slog.String("request", c.Request),
		slog.String("trace", c.Trace),
		slog.Int64("us", c.Duration.Microseconds()),
		slog.Bool("inside", c.Inside),
		slog.String("code", c.Code),
		{},
	}
	used := attrs[:10]
	if c.Code != "" {
		used = attrs[:11]
	}
	if cause != nil {
		attrs[11] = slog.String("cause", cause.Error())
		used = attrs[:12]
	}
	to.LogAttrs(ctx, level, "call", used...)
}

// appendText writes a member whose value is text. What a stranger may have put
// into it is escaped; what is no UTF-8 becomes the replacement character.
func appendText(line []byte, name, text string) []byte {
	line = append(line, name...)
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			line, _ = jsontext.AppendQuote(line, text)
			return line
		}
	}
	return append(append(append(line, '"'), text...), '"')
}
