package lambda

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"time"

	"maru.dev/maru/api/logs"
	"maru.dev/maru/call"
	"maru.dev/maru/compute"
	"maru.dev/maru/service"
	"maru.dev/maru/wire"
)

const (
	// shipAfter is how long lines wait for others before they are sent.
	shipAfter = 50 * time.Millisecond
	// maxPending is how much of a stream waits in memory; what comes on top is
	// dropped, with a line that says so. There is as much room again for what the
	// platform says, which a flood is not to sweep away.
	maxPending = 4 << 20
	// The limits of PutLogEvents. Each event counts for 26 bytes more.
	maxBatchEvents = 10_000
	maxBatchBytes  = 1_048_576
	eventOverhead  = 26
	// shippers is how many streams are written at a time.
	shippers = 4
)

// shipper carries what functions write into CloudWatch Logs, off their way.
type shipper struct {
	service.Deps

	mu      sync.Mutex
	streams map[compute.Stream]*pending
	wake    chan struct{}
}

// pending is what waits to be written to a stream.
type pending struct {
	lines   []compute.Line
	bytes   int
	dropped int
	made    bool // the stream exists
	ended   bool
}

// newShipper returns a shipper with nothing on board.
func newShipper(d service.Deps) *shipper {
	return &shipper{Deps: d, streams: make(map[compute.Stream]*pending), wake: make(chan struct{}, 1)}
}

// Lines takes lines over. They are stamped with the platform's clock, which
// may have been moved.
func (s *shipper) Lines(stream compute.Stream, lines []compute.Line) {
	now := s.Clock.Now()
	s.mu.Lock()
	p := s.streams[stream]
	if p == nil {
		p = &pending{}
		s.streams[stream] = p
	}
	for _, l := range lines {
		room := maxPending
		if l.Platform {
			room += maxPending
		}
		if p.bytes+len(l.Text) > room {
			p.dropped++
			continue
		}
		p.bytes += len(l.Text)
		p.lines = append(p.lines, compute.Line{At: now, Text: l.Text})
	}
	s.mu.Unlock()
	s.signal()
}

// End forgets a stream once everything is written.
func (s *shipper) End(stream compute.Stream) {
	s.mu.Lock()
	if p := s.streams[stream]; p != nil {
		p.ended = true
	}
	s.mu.Unlock()
	s.signal()
}

// signal wakes run.
func (s *shipper) signal() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// reset forgets what is pending.
func (s *shipper) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.streams)
}

// run ships until ctx ends, and then what is left.
func (s *shipper) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			s.shipAll(last)
			cancel()
			return
		case <-s.wake:
		}
		// The machine's time: how long lines wait has nothing to do with a
		// clock that stands still.
		timer := time.NewTimer(shipAfter)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
		}
		s.shipAll(ctx)
	}
}

// shipAll writes what is pending, a few streams at a time, and returns when
// all of it is written.
func (s *shipper) shipAll(ctx context.Context) {
	var group sync.WaitGroup
	slots := make(chan struct{}, shippers)
	for stream, p := range s.loaded() {
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			s.ship(ctx, stream, p)
		})
	}
	group.Wait()
}

// loaded returns the streams with something to write, and forgets those that
// have ended.
func (s *shipper) loaded() map[compute.Stream]*pending {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make(map[compute.Stream]*pending)
	for stream, p := range s.streams {
		if len(p.lines) > 0 || p.dropped > 0 {
			out[stream] = p
		} else if p.ended {
			delete(s.streams, stream)
		}
	}
	return out
}

// ship writes what is pending on one stream.
func (s *shipper) ship(ctx context.Context, stream compute.Stream, p *pending) {
	s.mu.Lock()
	lines, dropped := p.lines, p.dropped
	p.lines, p.bytes, p.dropped = nil, 0, 0
	s.mu.Unlock()
	if dropped > 0 {
		lines = append(lines, compute.Line{At: s.Clock.Now(), Text: "maru: " + strconv.Itoa(dropped) + " lines were dropped: the function writes faster than they can be stored\n"})
	}
	function := strings.TrimPrefix(stream.Group, "/aws/lambda/")
	ctx = call.As(ctx, "lambda.amazonaws.com", home{stream.Account, stream.Region}.functionARN(function, ""), stream.Account, stream.Region)
	for len(lines) > 0 {
		n := batchLength(lines)
		if err := s.put(ctx, stream, p, lines[:n]); err != nil {
			s.Log.Debug("log lines are lost", "group", stream.Group, "lines", n, "err", err)
		}
		lines = lines[n:]
	}
}

// batchLength is how many lines fit into one call.
func batchLength(lines []compute.Line) int {
	size := 0
	for i, l := range lines {
		size += len(l.Text) + eventOverhead
		if i == maxBatchEvents || i > 0 && size > maxBatchBytes {
			return i
		}
	}
	return len(lines)
}

// put writes one batch, making group and stream where they are missing.
func (s *shipper) put(ctx context.Context, stream compute.Stream, p *pending, lines []compute.Line) error {
	if !p.made {
		if err := s.makeStream(ctx, stream); err != nil {
			return err
		}
		p.made = true
	}
	events := make([]logs.InputLogEvent, 0, len(lines))
	for _, l := range lines {
		if text := strings.TrimSuffix(l.Text, "\n"); text != "" {
			events = append(events, logs.InputLogEvent{Timestamp: l.At.UnixMilli(), Message: l.Text})
		}
	}
	if len(events) == 0 {
		return nil
	}
	in := &logs.PutLogEventsInput{LogGroupName: stream.Group, LogStreamName: stream.Name, LogEvents: events}
	_, err := s.Caller.Call(ctx, "logs", "PutLogEvents", in)
	if isCode(err, "ResourceNotFoundException") { // deleted meanwhile
		if err := s.makeStream(ctx, stream); err != nil {
			return err
		}
		_, err = s.Caller.Call(ctx, "logs", "PutLogEvents", in)
	}
	return err
}

// makeStream makes a stream and, where it is missing, its group.
func (s *shipper) makeStream(ctx context.Context, stream compute.Stream) error {
	in := &logs.CreateLogStreamInput{LogGroupName: stream.Group, LogStreamName: stream.Name}
	_, err := s.Caller.Call(ctx, "logs", "CreateLogStream", in)
	if isCode(err, "ResourceNotFoundException") {
		_, err = s.Caller.Call(ctx, "logs", "CreateLogGroup", &logs.CreateLogGroupInput{LogGroupName: stream.Group})
		if err != nil && !isCode(err, "ResourceAlreadyExistsException") {
			return err
		}
		_, err = s.Caller.Call(ctx, "logs", "CreateLogStream", in)
	}
	if isCode(err, "ResourceAlreadyExistsException") {
		return nil
	}
	return err
}

// isCode says whether err is a service's error of a code.
func isCode(err error, code string) bool {
	fault, ok := errors.AsType[wire.Error](err)
	return ok && fault.ErrorCode() == code
}
