package deploy

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// Live shows the events of a deployment: on a terminal as a list whose lines
// change, else as one line an event.
type Live struct {
	out      io.Writer
	terminal bool
	width    int
	order    []string // logical ids, in the order in which they came
	rows     map[string]*row
	drawn    int // lines on the terminal
}

// row is one resource on the terminal.
type row struct {
	event Event
	began time.Time
	took  time.Duration
}

// NewLive returns a Live that writes to out. width is the terminal's, or 0.
func NewLive(out io.Writer, terminal bool, width int) *Live {
	if width <= 0 {
		width = 100
	}
	return &Live{out: out, terminal: terminal, width: width, rows: map[string]*row{}}
}

// Event shows one event.
func (l *Live) Event(e Event) {
	r := l.rows[e.Logical]
	if r == nil || strings.HasSuffix(e.Status, "_IN_PROGRESS") && !strings.HasSuffix(r.event.Status, "_IN_PROGRESS") {
		if r == nil {
			l.order = append(l.order, e.Logical)
		}
		r = &row{began: e.At}
		l.rows[e.Logical] = r
	}
	if e.Reason == "" && strings.HasSuffix(e.Status, "_IN_PROGRESS") {
		e.Reason = r.event.Reason
	}
	r.event, r.took = e, e.At.Sub(r.began)
	if !l.terminal {
		if e.Reason != "Resource creation Initiated" {
			fmt.Fprintf(l.out, "  %s\n", l.line(r, 0))
		}
		return
	}
	l.draw()
}

// draw writes the whole list over what was there.
func (l *Live) draw() {
	var b strings.Builder
	if l.drawn > 0 {
		fmt.Fprintf(&b, "\x1b[%dA", l.drawn)
	}
	for _, name := range l.order {
		fmt.Fprintf(&b, "\r\x1b[2K  %s\n", l.line(l.rows[name], l.width-4))
	}
	l.drawn = len(l.order)
	fmt.Fprint(l.out, b.String())
}

// signs are what a terminal shows before a resource, by the end of its status.
var signs = []struct{ status, sign string }{
	{"_FAILED", "\x1b[31m✗\x1b[0m"},
	{"ROLLBACK_COMPLETE", "\x1b[31m✗\x1b[0m"},
	{"DELETE_COMPLETE", "\x1b[90m✓\x1b[0m"},
	{"_COMPLETE", "\x1b[32m✓\x1b[0m"},
	{"DELETE_SKIPPED", "\x1b[90m✓\x1b[0m"},
}

// line is one resource as text, cut to a width where there is one.
func (l *Live) line(r *row, width int) string {
	e := r.event
	text := fmt.Sprintf("%-22s %-32s %s", e.Status, e.Type, e.Logical)
	if settled := !strings.HasSuffix(e.Status, "_IN_PROGRESS"); settled {
		text += fmt.Sprintf("  (%s)", r.took.Round(time.Millisecond))
	}
	if strings.HasSuffix(e.Status, "_FAILED") || strings.Contains(e.Status, "ROLLBACK") {
		text += "  " + e.Reason
	}
	if width <= 0 {
		return text
	}
	if runes := []rune(strings.ReplaceAll(text, "\n", " ")); len(runes) > width-2 {
		text = string(runes[:max(width-3, 0)]) + "…"
	}
	sign := "\x1b[33m•\x1b[0m"
	for _, s := range signs {
		if strings.HasSuffix(e.Status, s.status) {
			sign = s.sign
			break
		}
	}
	return sign + " " + strings.ReplaceAll(text, "\n", " ")
}
