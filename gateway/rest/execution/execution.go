// Package execution is the log of what a REST API does for a request, in the lines
// that AWS writes to the log group of a stage's executions.
//
// Spec: API Gateway Developer Guide, "Set up CloudWatch logging for REST APIs".
package execution

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Log gathers what is told of a request. A nil one takes nothing.
type Log struct {
	prefix string // of each line
	errors bool   // those alone are wanted
	trace  bool   // headers and bodies, too
	lines  []string
}

// New begins the log of a request, whose lines all begin with a prefix. errors
// wants failures alone; trace wants headers and bodies, too.
func New(prefix string, errors, trace bool) *Log {
	return &Log{prefix: prefix, errors: errors, trace: trace && !errors}
}

// Traces tells whether headers and bodies are wanted.
func (l *Log) Traces() bool { return l != nil && l.trace }

// Addf adds a line.
func (l *Log) Addf(format string, args ...any) {
	if l != nil && !l.errors {
		l.Failf(format, args...)
	}
}

// Failf adds a line about a failure.
func (l *Log) Failf(format string, args ...any) {
	if l != nil {
		l.lines = append(l.lines, l.prefix+fmt.Sprintf(format, args...))
	}
}

// Tracef adds a line that tells of data.
func (l *Log) Tracef(format string, args ...any) {
	if l.Traces() {
		l.Failf(format, args...)
	}
}

// End tells of the answer, and returns all lines. good tells that it is the
// integration's.
func (l *Log) End(good bool, status int, header map[string][]string, body []byte) []string {
	if l == nil {
		return nil
	}
	if l.trace {
		l.Tracef("Method response body after transformations: %s", Body(body))
		l.Tracef("Method response headers: %s", Lists(header))
	}
	if good {
		l.Addf("Successfully completed execution")
	}
	l.Addf("Method completed with status: %d", status)
	return l.lines
}

// maxTraced is how much of a body a line has.
const maxTraced = 1024

// Body is a body as a line has it.
func Body(body []byte) string {
	if len(body) > maxTraced {
		return string(body[:maxTraced]) + " [TRUNCATED]"
	}
	return string(body)
}

// Texts are parameters as a line has them: {a=1, b=2}.
func Texts(values map[string]string) string {
	lists := make(map[string][]string, len(values))
	for name, v := range values {
		lists[name] = []string{v}
	}
	return Lists(lists)
}

// Lists are parameters with several values as a line has them. Of what might let
// others in, the end alone is told.
func Lists(values map[string][]string) string {
	var b strings.Builder
	for i, name := range slices.Sorted(maps.Keys(values)) {
		if i > 0 {
			b.WriteString(", ")
		}
		v := strings.Join(values[name], ",")
		if strings.EqualFold(name, "Authorization") || strings.EqualFold(name, "X-Api-Key") {
			v = hidden(v)
		}
		b.WriteString(name + "=" + v)
	}
	return "{" + b.String() + "}"
}

// hidden is a secret but for its end, or nothing of a short one.
func hidden(v string) string {
	told := 6
	if len(v) < 2*told {
		told = 0
	}
	n := len(v) - told
	return strings.Repeat("*", n) + v[n:]
}
