package compute

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"maru.dev/maru/clock"
	"maru.dev/maru/ids"
)

// memorySink keeps all lines.
type memorySink struct {
	mu    sync.Mutex
	lines []string
	bytes int
	ended int
}

func (s *memorySink) Lines(_ Stream, lines []Line) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range lines {
		s.bytes += len(l.Text)
		if len(s.lines) < 10000 {
			s.lines = append(s.lines, l.Text)
		}
	}
}

func (s *memorySink) End(Stream) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended++
}

// text is all lines at once.
func (s *memorySink) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.lines, "")
}

var goBootstrap = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "maru-bootstrap-")
	if err != nil {
		return "", err
	}
	cmd := exec.Command("go", "build", "-o", filepath.Join(dir, "bootstrap"), "./testdata/bootstrap")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return dir, nil
})

func TestMain(m *testing.M) {
	SandboxMain()
	code := m.Run()
	if dir, err := goBootstrap(); err == nil {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}

// fixture is a pool with a sink.
type fixture struct {
	*Pool
	sink *memorySink
	dir  string
}

// newFixture returns a pool that ends with the test.
func newFixture(t testing.TB, change ...func(*Options)) *fixture {
	t.Helper()
	f := &fixture{sink: &memorySink{}, dir: t.TempDir()}
	o := Options{
		Dir: f.dir, Clock: clock.System{}, IDs: ids.New(rand.Reader),
		Log: slog.New(slog.DiscardHandler), Sink: f.sink,
	}
	for _, c := range change {
		c(&o)
	}
	pool, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	f.Pool = pool
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = pool.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	return f
}

// function returns a function of a runtime; code "" is the Go bootstrap.
func function(t testing.TB, runtime, code, handler string) *Function {
	t.Helper()
	if code == "" {
		dir, err := goBootstrap()
		if err != nil {
			t.Fatal(err)
		}
		code = dir
	}
	code, err := filepath.Abs(code)
	if err != nil {
		t.Fatal(err)
	}
	return &Function{
		Key: runtime + handler, Owner: "arn", Name: "fn", Version: "$LATEST",
		Account: "123456789012", Region: "eu-west-1",
		Runtime: runtime, Handler: handler, MemoryMB: 128, EphemeralMB: 512, Timeout: time.Minute,
		Endpoint: "http://127.0.0.1:4566", LogGroup: "/aws/lambda/fn",
		Prepare: func(context.Context) (Prepared, error) {
			return Prepared{TaskRoot: code, Credentials: Credentials{"AKID", "SECRET", "TOKEN"}}, nil
		},
	}
}

func goFunction(t testing.TB) *Function { return function(t, "provided.al2023", "", "x") }

// invoke runs one invocation that must not fail for want of an environment.
func (f *fixture) invoke(t testing.TB, fn *Function, payload string) Result {
	t.Helper()
	r, err := f.Invoke(t.Context(), fn, &Request{ID: "req-1", InvokedARN: "arn:fn", Payload: []byte(payload), Tail: true})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestGoFunctionAnswers(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	fn := goFunction(t)
	r := f.invoke(t, fn, `{}`)
	if string(r.Payload) != `"ok"` || r.FunctionError != "" || r.Init == 0 {
		t.Errorf("cold: %s %q init %s", r.Payload, r.FunctionError, r.Init)
	}
	r = f.invoke(t, fn, `{"do":"print"}`)
	if r.Init != 0 {
		t.Error("the second invocation is cold")
	}
	tail := string(r.LogTail)
	want := []string{"START RequestId: req-1 Version: $LATEST\n", "out\n", "err\n", "no end\n", "END RequestId: req-1\n", "REPORT RequestId: req-1\tDuration: ", "Memory Size: 128 MB\tMax Memory Used: "}
	at := 0
	for _, w := range want {
		i := strings.Index(tail[at:], w)
		if i < 0 {
			t.Fatalf("tail lacks %q in its place:\n%s", w, tail)
		}
		at += i
	}
	if !strings.HasPrefix(f.sink.text(), "INIT_START Runtime Version: provided:al2023.v1\tRuntime Version ARN: arn:aws:lambda:eu-west-1::runtime:") {
		t.Errorf("log starts with %q", f.sink.text()[:60])
	}
}

func TestEnvironmentIsOnlyTheFunctions(t *testing.T) {
	t.Setenv("MARU_SECRET", "leak")
	f := newFixture(t)
	fn := goFunction(t)
	fn.Environment = map[string]string{"MINE": "1", "AWS_REGION": "no"}
	r := f.invoke(t, fn, `{"do":"env"}`)
	var env []string
	if err := json.Unmarshal(r.Payload, &env); err != nil {
		t.Fatal(err)
	}
	have := make(map[string]string)
	for _, kv := range env {
		k, v, _ := strings.Cut(kv, "=")
		have[k] = v
	}
	want := map[string]string{
		"MINE": "1", "AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "AKID",
		"AWS_SECRET_ACCESS_KEY": "SECRET", "AWS_SESSION_TOKEN": "TOKEN", "_HANDLER": "x",
		"AWS_LAMBDA_FUNCTION_NAME": "fn", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128", "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
		"AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/fn", "AWS_LAMBDA_LOG_STREAM_NAME": r.LogStream,
		"AWS_EXECUTION_ENV": "AWS_Lambda_provided.al2023", "AWS_ENDPOINT_URL": "http://127.0.0.1:4566", "TZ": ":UTC",
	}
	for k, v := range want {
		if have[k] != v {
			t.Errorf("%s = %q, want %q", k, have[k], v)
		}
	}
	if _, leaked := have["MARU_SECRET"]; leaked {
		t.Error("the host's environment leaks")
	}
}

func TestGoContext(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	r, err := f.Invoke(t.Context(), goFunction(t), &Request{
		ID: "req-9", InvokedARN: "arn:x", Payload: []byte(`{"do":"context"}`), ClientContext: `{"custom":{"a":"b"}}`,
	})
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		ID, ARN string
		Left    int
		Client  map[string]string
	}
	if err := json.Unmarshal(r.Payload, &got); err != nil {
		t.Fatal(err)
	}
	if got.ID != "req-9" || got.ARN != "arn:x" || got.Left <= 0 || got.Left > 60_000 || got.Client["a"] != "b" {
		t.Errorf("context %+v", got)
	}
}

func TestFunctionFailures(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		payload string
		kind    string
		body    string // is part of the payload
		log     string // is part of the log
		timeout time.Duration
	}{
		"error":     {payload: `{"do":"fail"}`, kind: "errorString", body: `"errorMessage":"as asked"`, log: "Status: error\tError Type: errorString"},
		"panic":     {payload: `{"do":"panic"}`, kind: "string", body: "as asked"},
		"exit":      {payload: `{"do":"exit","n":4}`, kind: "Runtime.ExitError", body: "RequestId: req-1 Error: Runtime exited with error: exit status 4", log: "Error: Runtime exited with error: exit status 4\nRuntime.ExitError\n"},
		"exit zero": {payload: `{"do":"exit"}`, kind: "Runtime.ExitError", body: "Runtime exited without providing a reason"},
		"loop":      {payload: `{"do":"loop"}`, kind: "Sandbox.Timedout", body: "Task timed out after 1.00 seconds", log: "req-1 Task timed out after 1.00 seconds\n", timeout: time.Second},
		"hog":       {payload: `{"do":"hog"}`, kind: "Runtime.OutOfMemory", body: "Runtime exited with error: signal: killed", log: "Status: error\tError Type: Runtime.OutOfMemory"},
		"shared":    {payload: `{"do":"hogshared"}`, kind: "Runtime.OutOfMemory", body: "Runtime exited with error: signal: killed"},
		"too large": {payload: `{"do":"big","n":6300000}`, kind: "Function.ResponseSizeTooLarge", body: "Response payload size (6300002 bytes) exceeded maximum allowed payload size (6291556 bytes)."},
		"forkbomb":  {payload: `{"do":"forkbomb"}`, kind: "Runtime.ExitError", body: "signal: killed", timeout: time.Minute},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			fn := goFunction(t)
			if tt.timeout != 0 {
				fn.Timeout = tt.timeout
			}
			r := f.invoke(t, fn, tt.payload)
			if r.FunctionError != "Unhandled" || tt.kind != "" && r.ErrorType != tt.kind {
				t.Errorf("function error %q, type %q, want %q", r.FunctionError, r.ErrorType, tt.kind)
			}
			if !strings.Contains(string(r.Payload), tt.body) {
				t.Errorf("payload %.300s lacks %q", r.Payload, tt.body)
			}
			if !strings.Contains(f.sink.text(), tt.log) {
				t.Errorf("log %s lacks %q", f.sink.text(), tt.log)
			}
			// The next invocation is as if nothing had been.
			next := *fn
			next.Timeout = time.Minute
			if r := f.invoke(t, &next, `{}`); string(r.Payload) != `"ok"` {
				t.Errorf("afterwards: %s", r.Payload)
			}
		})
	}
}

func TestLogFloodIsBounded(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	fn := goFunction(t)
	r := f.invoke(t, fn, `{"do":"flood","n":20000}`)
	if string(r.Payload) != `"ok"` || len(r.LogTail) > tailSize {
		t.Errorf("payload %s, tail of %d bytes", r.Payload, len(r.LogTail))
	}
	f.invoke(t, fn, `{"do":"longline","n":1000000}`)
	f.sink.mu.Lock()
	defer f.sink.mu.Unlock()
	for _, l := range f.sink.lines {
		if len(l) > maxLine {
			t.Fatalf("an event of %d bytes", len(l))
		}
	}
	if f.sink.bytes < 21_000_000 {
		t.Errorf("only %d bytes arrived", f.sink.bytes)
	}
}

func TestClosedOutputDoesNotMatter(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	fn := goFunction(t)
	for range 3 {
		if r := f.invoke(t, fn, `{"do":"closefds"}`); string(r.Payload) != `"ok"` {
			t.Errorf("payload %s", r.Payload)
		}
	}
}

func TestInitThatExits(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	fn := goFunction(t)
	fn.Environment = map[string]string{"FAIL_INIT": "exit"}
	r := f.invoke(t, fn, `{}`)
	if r.ErrorType != "Runtime.ExitError" || !strings.Contains(string(r.Payload), "exit status 3") {
		t.Errorf("%s %s", r.ErrorType, r.Payload)
	}
	if !strings.Contains(f.sink.text(), "Phase: init\tStatus: error\tError Type: Runtime.ExitError") {
		t.Error(f.sink.text())
	}
}

func TestMissingBootstrap(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	fn := function(t, "provided.al2023", t.TempDir(), "x")
	r := f.invoke(t, fn, `{}`)
	if r.ErrorType != "Runtime.InvalidEntrypoint" {
		t.Errorf("%s %s", r.ErrorType, r.Payload)
	}
}

func TestRetireEndsIdleAndBusyEnvironments(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	fn := goFunction(t)
	before := string(f.invoke(t, fn, `{"do":"pid"}`).Payload)
	if again := string(f.invoke(t, fn, `{"do":"pid"}`).Payload); again != before {
		t.Error("a warm environment is not used again")
	}
	f.Retire("arn")
	if after := string(f.invoke(t, fn, `{"do":"pid"}`).Payload); after == before {
		t.Error("a retired environment is used again")
	}
	var group sync.WaitGroup
	payload, release := held(t)
	group.Go(func() { f.invoke(t, fn, payload) })
	waitFor(t, func() bool { return len(f.atWork()) == 1 })
	f.Retire("arn")
	release()
	group.Wait()
	waitFor(t, func() bool { return f.count(fn.Key) == 0 })
}

func TestConcurrentInvocationsHaveTheirOwnEnvironments(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	fn := goFunction(t)
	var group sync.WaitGroup
	payload, release := held(t)
	for range 5 {
		group.Go(func() { f.invoke(t, fn, payload) })
	}
	waitFor(t, func() bool { return len(f.atWork()) == 5 })
	release()
	group.Wait()
	if n := f.count(fn.Key); n != 5 {
		t.Errorf("%d environments, want 5", n)
	}
}

func TestMaxEvictsTheLeastRecentlyUsed(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(o *Options) { o.Max = 2 })
	for i := range 4 {
		fn := goFunction(t)
		fn.Key = strconv.Itoa(i)
		f.invoke(t, fn, `{}`)
	}
	if f.count("0")+f.count("1") != 0 || f.count("2")+f.count("3") != 2 {
		t.Error("not the two most recent ones are left")
	}
}

func TestNothingIsLeftRunning(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	pid, err := strconv.Atoi(string(f.invoke(t, goFunction(t), `{"do":"orphan"}`).Payload))
	if err != nil {
		t.Fatal(err)
	}
	if syscall.Kill(pid, 0) != nil {
		t.Fatal("the child never ran")
	}
	f.Close()
	waitFor(t, func() bool { return !running(pid) })
}

// A process that outlived its pool, as after SIGKILL, is killed by the next one.
func TestNewPoolReapsWhatTheLastLeft(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "/bin/sleep", "1000")
	cmd.Env = []string{markerName + "=" + environmentsDir(dir) + "/abc"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	newFixture(t, func(o *Options) { o.Dir = dir })
	select {
	case <-ended:
	case <-time.After(2 * time.Minute):
		t.Error("it still runs")
	}
}

func TestResetIsQuick(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	pid, err := strconv.Atoi(string(f.invoke(t, goFunction(t), `{"do":"pid"}`).Payload))
	if err != nil {
		t.Fatal(err)
	}
	f.Reset()
	waitFor(t, func() bool { return !running(pid) })
	f.invoke(t, goFunction(t), `{}`)
}

func TestCancelledCallerDoesNotEndTheFunction(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	fn := goFunction(t)
	f.invoke(t, fn, `{}`)
	ctx, cancel := context.WithCancel(t.Context())
	payload, release := held(t)
	ended := make(chan error, 1)
	go func() {
		_, err := f.Invoke(ctx, fn, &Request{ID: "a", Payload: []byte(payload)})
		ended <- err
	}()
	waitFor(t, func() bool { return len(f.atWork()) == 1 })
	cancel()
	if err := <-ended; err == nil {
		t.Error("the caller was not told that it is cancelled")
	}
	if n := len(f.atWork()); n != 1 {
		t.Errorf("%d environments are at work, want the one whose caller is gone", n)
	}
	release()
	waitFor(t, func() bool { return strings.Contains(f.sink.text(), "REPORT RequestId: a\tDuration: ") })
	if text := f.sink.text(); strings.Contains(text, "Status: ") {
		t.Errorf("the function did not end well: %s", text)
	}
}

func TestSupports(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	if err := f.Supports("provided.al2"); err != nil {
		t.Error(err)
	}
	if err := f.Supports("java21"); err == nil {
		t.Error("java runs")
	}
}

// running says whether a process is there and no zombie.
func running(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err == nil && !bytes.Contains(stat, []byte(") Z "))
}

// held is the payload of an invocation that lasts until it is released.
func held(t *testing.T) (payload string, release func()) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "release")
	return fmt.Sprintf(`{"do":"await","text":%q}`, name), func() {
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Error(err)
		}
	}
}

// waitFor waits until ok holds, for what another process does in its own time.
func waitFor(t *testing.T, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(2 * time.Minute)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatal("it did not happen in two minutes")
		}
		time.Sleep(5 * time.Millisecond)
	}
}
