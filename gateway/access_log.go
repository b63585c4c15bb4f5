package gateway

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"time"

	api "maru.dev/maru/api/apigatewayv2"
	logs "maru.dev/maru/api/logs"
	"maru.dev/maru/arn"
	"maru.dev/maru/call"
	"maru.dev/maru/clock"
	"maru.dev/maru/wire"
)

// logPlan is a stage's access log: where it goes, and its line in parts.
type logPlan struct {
	account, region, group string
	parts                  []logPart
}

// logPart is text, or a variable when name is set.
type logPart struct{ text, name string }

// compileLog splits a format at its $context variables.
func compileLog(s *api.AccessLogSettings) *logPlan {
	if s == nil || value(s.DestinationArn) == "" || value(s.Format) == "" {
		return nil
	}
	a, err := arn.Parse(*s.DestinationArn)
	if err != nil {
		return nil
	}
	group := strings.TrimSuffix(strings.TrimPrefix(a.Resource, "log-group:"), ":*")
	p := &logPlan{account: a.Account, region: a.Region, group: group}
	rest := *s.Format
	for {
		before, after, ok := strings.Cut(rest, "$context.")
		p.parts = append(p.parts, logPart{text: before})
		if !ok {
			return p
		}
		end := 0
		for end < len(after) && isVariableByte(after[end]) {
			end++
		}
		name := strings.TrimRight(after[:end], ".")
		p.parts = append(p.parts, logPart{name: name})
		rest = after[len(name):]
	}
}

// isVariableByte tells what a $context variable's name is made of.
func isVariableByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.' || c == ':'
}

// record leaves the line of an exchange that has been answered.
func (x *exchange) record(answer *reply) {
	if x.stage == nil || x.stage.log == nil {
		return
	}
	p := x.stage.log
	var b strings.Builder
	for _, part := range p.parts {
		if part.name == "" {
			b.WriteString(part.text)
			continue
		}
		v := x.logValue(part.name, answer)
		if v == "" {
			v = "-"
		}
		b.WriteString(v)
	}
	to := destination{account: p.account, region: p.region, group: p.group, stream: x.api.ID + "/" + strings.TrimPrefix(x.stage.StageName, "$")}
	x.g.logs.add(to, line{at: x.g.options.Clock.Now(), text: b.String()})
}

// logValue is a variable that only access logs know, or any other.
func (x *exchange) logValue(name string, answer *reply) string {
	switch name {
	case "status":
		return strconv.Itoa(answer.status)
	case "responseLength":
		return strconv.FormatInt(x.sent, 10)
	case "responseLatency":
		return strconv.FormatInt(x.g.options.Clock.Now().Sub(x.began).Milliseconds(), 10)
	case "integrationLatency", "integration.latency":
		return strconv.FormatInt(x.integrationLatency.Milliseconds(), 10)
	case "integrationStatus", "integration.integrationStatus", "integration.status":
		if x.integrationStatus == 0 {
			return ""
		}
		return strconv.Itoa(x.integrationStatus)
	case "integrationErrorMessage", "integration.error":
		return x.integrationError
	case "error.message":
		return answer.said
	case "error.messageString":
		if answer.said == "" {
			return ""
		}
		return strconv.Quote(answer.said)
	case "error.responseType":
		return answer.kind()
	}
	return x.contextValue(name)
}

// destination is a stream of a log group.
type destination struct{ account, region, group, stream string }

// line is a line of an access log.
type line struct {
	at   time.Time
	text string
}

// What is held back before it is written.
const (
	logPause = 100 * time.Millisecond
	logBatch = 1000
	logLimit = 100_000 // lines; what comes when so many wait is dropped
)

// accessLogs gathers lines for a moment and writes them together. What waits
// when the process is killed is lost: an access log is no ledger, and a synced
// write for each request would cost more than the request.
type accessLogs struct {
	options *Options

	mu      sync.Mutex
	waiting map[destination][]line
	count   int
	running bool
}

// add takes a line in; the first one starts the writer.
func (l *accessLogs) add(to destination, ln line) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.count >= logLimit {
		return
	}
	l.waiting[to] = append(l.waiting[to], ln)
	l.count++
	if !l.running {
		l.running = true
		go l.run()
	}
}

// run writes until nothing waits.
func (l *accessLogs) run() {
	for {
		pause := clock.System{}.NewTimer(logPause)
		<-pause.C()
		batch := l.take()
		if batch == nil {
			return
		}
		for to, lines := range batch {
			l.write(to, lines)
		}
	}
}

// take hands over what waits; nil ends the writer.
func (l *accessLogs) take() map[destination][]line {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.count == 0 {
		l.running = false
		return nil
	}
	batch := l.waiting
	l.waiting, l.count = make(map[destination][]line), 0
	return batch
}

// write puts lines into their stream, which is made if need be.
func (l *accessLogs) write(to destination, lines []line) {
	ctx := call.As(context.Background(), "apigateway.amazonaws.com", "", to.account, to.region)
	for len(lines) > 0 {
		n := min(len(lines), logBatch)
		in := &logs.PutLogEventsInput{LogGroupName: to.group, LogStreamName: to.stream}
		for _, ln := range lines[:n] {
			in.LogEvents = append(in.LogEvents, logs.InputLogEvent{Timestamp: ln.at.UnixMilli(), Message: ln.text})
		}
		lines = lines[n:]
		_, err := l.options.Caller.Call(ctx, "logs", "PutLogEvents", in)
		if isMissing(err) {
			_, err = l.options.Caller.Call(ctx, "logs", "CreateLogStream", &logs.CreateLogStreamInput{LogGroupName: to.group, LogStreamName: to.stream})
			if err == nil || isCode(err, "ResourceAlreadyExistsException") {
				_, err = l.options.Caller.Call(ctx, "logs", "PutLogEvents", in)
			}
		}
		if err != nil {
			l.options.Log.WarnContext(ctx, "access log not written", "group", to.group, "stream", to.stream, "lines", n, "cause", err)
		}
	}
}

// isMissing tells that a log stream is not there.
func isMissing(err error) bool { return isCode(err, "ResourceNotFoundException") }

// isCode tells an error of AWS by its code.
func isCode(err error, code string) bool {
	known, ok := err.(wire.Error) //nolint:errorlint // services return their errors bare
	return ok && known.ErrorCode() == code
}
