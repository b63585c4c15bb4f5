package compute

import (
	"bytes"
	"cmp"
	"container/list"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"maru.dev/maru/compute/procs"
)

// environment is one execution environment: a process and the Runtime API that
// it talks to. It runs one invocation at a time; who took it from the pool is
// its only user, but for end and kill, which anyone may call.
type environment struct {
	pool       *Pool
	fn         *Function
	id         string
	dir        string // its own folder, with tmp below
	stream     Stream
	generation uint64

	// Guarded by the pool's lock.
	place     *list.Element // in the idle list
	idleSince time.Time

	started   bool
	startedAt atomic.Int64 // Unix nanoseconds; set again by a restart
	expires   time.Time    // of its credentials; zero is never
	initTime  atomic.Int64 // nanoseconds; set before ready is closed
	entry     string       // the bootstrap that could not be run
	accessKey string       // of its credentials; set before its first invocation
	firstRun  bool         // nothing was invoked yet: REPORT shows the init

	parts    sync.Mutex // guards listener, server and output until started is set
	listener net.Listener
	server   *http.Server
	output   *capture

	ready     chan struct{}  // closed when the runtime first asks for work
	initError chan *failure  // at most one: the runtime's /init/error
	initTold  atomic.Bool    // it has begun to say so
	work      chan *delivery // handed to the runtime when it asks
	gone      chan struct{}  // closed when the environment is to end
	proc      atomic.Pointer[process]
	current   atomic.Pointer[delivery]
	knownPeak int64 // bytes, as the kernel told at peakAt
	peakAt    time.Time
	peak      atomic.Int64 // bytes, of the current invocation
	broken    atomic.Pointer[breach]
	looking   atomic.Bool // what its /tmp holds is being added up
	nextLook  time.Time   // who has set looking reads and writes it
	readyOnce sync.Once
	endOnce   sync.Once
}

// breach is why the watch has killed an environment.
type breach struct {
	kind string
	how  string // "" is as it ended
}

// delivery is one invocation on its way through the Runtime API.
type delivery struct {
	req      *Request
	deadline time.Time
	done     chan *response // one answer, buffered
	answered atomic.Bool
}

// response is the runtime's answer.
type response struct {
	payload     []byte
	contentType string
	failed      bool
	errorType   string
}

// failure is an invocation that ended without the function's own answer.
type failure struct {
	errorType string
	payload   []byte
	logLine   string // what AWS writes into the log
	status    string // "error" or "timeout", for REPORT

	untaken bool // the runtime ended before it took the invocation: another may
}

// makeEnvironment returns an environment for f that is yet to be started.
func (p *Pool) makeEnvironment(f *Function) *environment {
	now := p.opts.Clock.Now().UTC()
	e := &environment{
		pool: p,
		fn:   f,
		id:   p.opts.IDs.Hex(32),
		stream: Stream{
			Account: f.Account, Region: f.Region, Group: f.LogGroup,
			Name: now.Format("2006/01/02") + "/[" + f.Version + "]",
		},
		firstRun:  true,
		ready:     make(chan struct{}),
		initError: make(chan *failure, 1),
		work:      make(chan *delivery),
		gone:      make(chan struct{}),
	}
	e.stream.Name += e.id
	e.dir = filepath.Join(environmentsDir(p.opts.Dir), e.id)
	return e
}

// start runs the environment's process. It returns once the process exists;
// awaitInit tells what became of its initialisation.
func (e *environment) start(ctx context.Context, f *Function) error {
	command, err := e.pool.hosts.command(f.Runtime)
	if err != nil {
		return err
	}
	prepared, err := f.Prepare(ctx)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(e.dir, "tmp"), 0o755); err != nil {
		return fmt.Errorf("make environment folder: %w", err)
	}
	if err := e.open(); err != nil {
		return err
	}
	e.started = true
	e.logInitStart()
	return e.launch(command, prepared)
}

// open makes what the process talks to.
func (e *environment) open() error {
	e.parts.Lock()
	defer e.parts.Unlock()
	if err := e.serve(); err != nil {
		return err
	}
	e.output = newCapture(e.pool.opts.Clock, func(lines []Line) { e.pool.opts.Sink.Lines(e.stream, lines) })
	return nil
}

// launch starts the process and the goroutine that waits for its end.
func (e *environment) launch(command runtimeCommand, prepared Prepared) error {
	e.startedAt.Store(e.pool.opts.Clock.Now().UnixNano())
	spec := processSpec{
		prepared: prepared,
		dir:      e.dir,
		marker:   markerName + "=" + e.dir,
		memoryMB: e.fn.MemoryMB,
		tmpMB:    e.fn.EphemeralMB,
		files:    e.pool.files,
		hosts:    command,
	}
	layout := e.pool.driver.layout(spec)
	spec.argv = command.argv(e.fn, e.pool.files, layout)
	spec.env = e.environ(prepared, layout, command)
	e.expires, e.accessKey = prepared.Expires, prepared.Credentials.AccessKeyID
	proc, err := e.pool.starters.start(e.pool.driver, spec, e.output)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, os.ErrPermission) || errors.Is(err, syscall.ENOEXEC) {
		e.entry = spec.argv[0]
		return nil // the function's fault, which its caller is told
	}
	if err != nil {
		return fmt.Errorf("start %s: %w", e.fn.Name, err)
	}
	e.proc.Store(proc)
	select {
	case <-e.gone: // it was ended meanwhile: whoever starts it cleans up
		proc.kill()
	default:
	}
	return nil
}

// fate is what becomes of an environment after an invocation.
type fate uint8

const (
	reusable fate = iota
	ended
	unused // it ended before it took the invocation
)

// invoke runs one invocation.
func (e *environment) invoke(ctx context.Context, r *Request) (Result, fate) {
	clk := e.pool.opts.Clock
	report := report{requestID: r.ID, traceID: r.TraceID}
	if r.Taken != nil {
		r.Taken(e.accessKey)
	}
	if r.Tail {
		e.output.startTail()
	}
	if failed := e.awaitInit(ctx); failed != nil {
		e.logStart(r.ID)
		return e.finish(r, report, nil, failed), ended
	}
	first := e.firstRun
	if first {
		report.init = time.Duration(e.initTime.Load())
		e.firstRun = false
	}
	e.peak.Store(0)
	if !first && !e.alive() {
		return Result{}, unused
	}
	e.logStart(r.ID)

	begin := clk.Now()
	d := &delivery{req: r, deadline: begin.Add(e.fn.Timeout), done: make(chan *response, 1)}
	answer, failed := e.deliver(d, clk.NewTimer(e.fn.Timeout))
	report.duration = clk.Now().Sub(begin)
	if failed == nil {
		return e.finish(r, report, answer, nil), reusable
	}
	if failed.untaken && !first {
		return Result{}, unused
	}
	return e.finish(r, report, answer, failed), ended
}

// timer is what deliver needs of a clock's timer.
type timer interface {
	C() <-chan time.Time
	Stop() bool
}

// deliver hands d to the runtime and waits for its answer, the process's end
// or the end of the time.
func (e *environment) deliver(d *delivery, limit timer) (*response, *failure) {
	defer limit.Stop()
	exited := e.proc.Load().exited
	select {
	case e.work <- d:
	case <-exited:
		failed := e.exitFailure(d.req.ID)
		failed.untaken = true
		return nil, failed
	case <-limit.C():
		return nil, e.timeoutFailure(d)
	}
	select {
	case answer := <-d.done:
		return answer, nil
	case <-exited:
		if d.answered.CompareAndSwap(false, true) {
			return nil, e.exitFailure(d.req.ID)
		}
	case <-limit.C():
		if d.answered.CompareAndSwap(false, true) {
			return nil, e.timeoutFailure(d)
		}
		return <-d.done, nil // it was answering just then
	}
	select { // an answer that began before the exit counts
	case answer := <-d.done:
		return answer, nil
	case <-limit.C(): // who has it still holds the connection
		return nil, e.timeoutFailure(d)
	}
}

// awaitInit waits until the runtime first asks for work. An initialisation that
// takes more than InitLimit is begun anew, and then has the function's own time.
func (e *environment) awaitInit(ctx context.Context) *failure {
	select {
	case <-e.ready:
		return nil
	default:
	}
	limit := e.pool.opts.Clock.NewTimer(InitLimit)
	defer limit.Stop()
	if e.proc.Load() == nil {
		return e.newFailure("Runtime.InvalidEntrypoint", "", "Couldn't find valid bootstrap(s): ["+e.entry+"]")
	}
	failed, late := e.waitReady(limit)
	if !late {
		return failed
	}
	if err := e.restart(ctx); err != nil {
		return e.newFailure("Runtime.ExitError", "", err.Error())
	}
	again := e.pool.opts.Clock.NewTimer(e.fn.Timeout)
	defer again.Stop()
	if failed, late = e.waitReady(again); late {
		return e.timeoutFailure(nil)
	}
	return failed
}

// waitReady waits for the end of the initialisation; late says that limit came
// first.
func (e *environment) waitReady(limit timer) (failed *failure, late bool) {
	select {
	case <-e.ready:
		return nil, false
	case failed = <-e.initError:
		e.logInitReport(failed.errorType, "error")
		return failed, false
	case <-e.proc.Load().exited:
		select {
		case failed = <-e.initError:
		default:
			failed = e.exitFailure("")
		}
		e.logInitReport(failed.errorType, "error")
		return failed, false
	case <-limit.C():
		e.logInitReport("", "timeout")
		return nil, true
	}
}

// restart starts the process anew after an initialisation that took too long.
func (e *environment) restart(ctx context.Context) error {
	e.proc.Load().kill()
	<-e.proc.Load().exited
	command, err := e.pool.hosts.command(e.fn.Runtime)
	if err != nil {
		return err
	}
	prepared, err := e.fn.Prepare(ctx)
	if err != nil {
		return err
	}
	return e.launch(command, prepared)
}

// finish writes the invocation's last log lines and makes its result.
func (e *environment) finish(r *Request, rep report, answer *response, failed *failure) Result {
	e.current.Store(nil)
	if failed != nil {
		e.kill() // before the output is drained: nothing more may come
		answer = &response{payload: failed.payload, failed: true, errorType: failed.errorType}
		rep.status, rep.errorType = failed.status, failed.errorType
	} else if answer.failed {
		rep.status, rep.errorType = "error", answer.errorType
	}
	e.output.drain()
	rep.memoryMB = e.fn.MemoryMB
	rep.usedMB = e.usedMB()
	if failed != nil && failed.logLine != "" {
		e.write(failed.logLine)
	}
	e.logEnd(rep)
	result := Result{
		Payload:     answer.payload,
		ContentType: answer.contentType,
		ErrorType:   answer.errorType,
		LogStream:   e.stream.Name,
		Duration:    rep.duration,
		Init:        rep.init,
		MaxMemoryMB: rep.usedMB,
	}
	if answer.failed {
		result.FunctionError = "Unhandled"
	}
	if r.Tail {
		result.LogTail = e.output.endTail()
	}
	return result
}

// peakEvery is how often the kernel is asked for a process's peak: it only
// grows, and asking costs a tenth of a short invocation.
const peakEvery = 50 * time.Millisecond

// usedMB returns the most memory that the process was seen to hold.
func (e *environment) usedMB() int {
	peak := max(e.peak.Load(), e.knownPeak)
	now := e.pool.opts.Clock.Now()
	if pid := e.pid(); pid != 0 && now.Sub(e.peakAt) > peakEvery {
		e.knownPeak, e.peakAt = procs.Peak(pid), now
		peak = max(peak, e.knownPeak)
	}
	used := int((peak + 1<<20 - 1) >> 20)
	return max(1, min(used, e.fn.MemoryMB))
}

// observe takes a look at the process's use of memory and processes, and kills
// it when it has too much.
func (e *environment) observe(use procs.Use) {
	if use.Held > e.peak.Load() {
		e.peak.Store(use.Held)
	}
	most := int64(e.fn.MemoryMB) << 20
	switch {
	case len(use.PIDs) > maxProcesses:
		e.broken.Store(&breach{kind: "Runtime.ExitError"})
		e.kill()
	case use.Held > most && use.Together() > most:
		e.broken.Store(&breach{kind: "Runtime.OutOfMemory"})
		e.kill()
	}
}

// exitFailure tells how the process ended, in AWS's words.
func (e *environment) exitFailure(requestID string) *failure {
	how := "Runtime exited without providing a reason"
	if proc := e.proc.Load(); proc != nil {
		<-proc.exited
		if proc.state != "exit status 0" {
			how = "Runtime exited with error: " + proc.state
		}
	}
	kind := "Runtime.ExitError"
	if why := e.broken.Load(); why != nil {
		kind, how = why.kind, cmp.Or(why.how, how)
	}
	return e.newFailure(kind, requestID, how)
}

// newFailure makes the failure of an invocation that its runtime did not
// answer.
func (e *environment) newFailure(kind, requestID, how string) *failure {
	text := "Error: " + how
	if requestID != "" {
		text = "RequestId: " + requestID + " " + text
	}
	return &failure{
		errorType: kind,
		payload:   errorJSON(kind, text),
		logLine:   text + "\n" + kind,
		status:    "error",
	}
}

// timeoutFailure is the failure of an invocation that took too long. d is nil
// when it was never delivered.
func (e *environment) timeoutFailure(d *delivery) *failure {
	id := ""
	if d != nil {
		id = d.req.ID
	}
	said := fmt.Sprintf("Task timed out after %.2f seconds", e.fn.Timeout.Seconds())
	at := e.pool.opts.Clock.Now().UTC().Format("2006-01-02T15:04:05.000Z")
	return &failure{
		errorType: "Sandbox.Timedout",
		payload:   errorJSON("Sandbox.Timedout", "RequestId: "+id+" Error: "+said),
		logLine:   at + " " + id + " " + said + "\n",
		status:    "timeout",
	}
}

// pid returns the process's id, or 0 when there is none or it has ended.
func (e *environment) pid() int {
	proc := e.proc.Load()
	if proc == nil || !proc.running() {
		return 0
	}
	return proc.pid
}

// alive says whether the process can take work.
func (e *environment) alive() bool { return e.pid() != 0 }

// kill ends the process group at once. The environment's end cleans up.
func (e *environment) kill() {
	if proc := e.proc.Load(); proc != nil {
		proc.kill()
	}
}

// end kills the process, waits for it and removes what the environment had. It
// may be called again: an environment can be ended while it is being started.
func (e *environment) end() {
	e.endOnce.Do(func() { close(e.gone) })
	e.kill()
	if proc := e.proc.Load(); proc != nil {
		<-proc.exited
		sweep(e.dir)
	}
	e.parts.Lock()
	defer e.parts.Unlock()
	if e.output != nil {
		e.output.close()
		e.pool.opts.Sink.End(e.stream)
	}
	if e.server != nil {
		_ = e.server.Close() // nobody is left to talk to
	}
	if err := os.RemoveAll(e.dir); err != nil && !errors.Is(err, os.ErrNotExist) {
		e.pool.opts.Log.Warn("remove environment folder", "dir", e.dir, "err", err)
	}
}

// sinceStart is how long ago the process was started.
func (e *environment) sinceStart() time.Duration {
	return time.Duration(e.pool.opts.Clock.Now().UnixNano() - e.startedAt.Load())
}

// errorJSON is an error as a caller of the function sees it.
func errorJSON(kind, message string) []byte {
	var b bytes.Buffer
	b.WriteString(`{"errorType":`)
	b.Write(quoteJSON(kind))
	b.WriteString(`,"errorMessage":`)
	b.Write(quoteJSON(message))
	b.WriteString(`}`)
	return b.Bytes()
}
