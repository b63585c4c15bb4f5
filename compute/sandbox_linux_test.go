package compute

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// sandboxFixture is a pool of sandboxes, or a skip where the host allows none.
func sandboxFixture(t testing.TB) *fixture {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := newSandbox(self); err != nil {
		t.Skip(err)
	}
	return newFixture(t, func(o *Options) { o.Driver, o.Helper = "sandbox", self })
}

func TestSandboxRunsEveryLanguage(t *testing.T) {
	t.Parallel()
	f := sandboxFixture(t)
	if got := string(f.invoke(t, goFunction(t), `{}`).Payload); got != `"ok"` {
		t.Errorf("go: %s", got)
	}
	for runtime, handler := range map[string]string{"python3.12": "index.handler", "nodejs20.x": "index.async"} {
		t.Run(runtime, func(t *testing.T) {
			fn := languageFunction(t, f, runtime, handler)
			fn.MemoryMB = 256
			r := f.invoke(t, fn, `{"a":1}`)
			if !strings.Contains(string(r.Payload), "1") || r.FunctionError != "" {
				t.Errorf("%s: %s %s", runtime, r.Payload, r.LogTail)
			}
		})
	}
}

func TestSandboxConfines(t *testing.T) {
	t.Parallel()
	f := sandboxFixture(t)
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	code := t.TempDir()
	script := `#!/bin/sh
exec 2>&1
echo "pid $$"
echo "uid $(id -u)"
ls / | tr '\n' ' '
cat ` + secret + ` && echo LEAK
touch /var/task/x && echo WROTE
touch /x && echo WROTE
echo hello > /tmp/x && cat /tmp/x
ls /proc | grep -c '^[0-9]'
grep CapEff /proc/self/status
mount -t tmpfs none /mnt && echo MOUNTED
exit 9
`
	if err := os.WriteFile(filepath.Join(code, "bootstrap"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	r := f.invoke(t, function(t, "provided.al2023", code, "x"), `{}`)
	text := string(r.LogTail) + f.sink.text()
	for _, want := range []string{"pid 1\n", "hello\n", "CapEff:\t0000000000000000"} {
		if !strings.Contains(text, want) {
			t.Errorf("log lacks %q", want)
		}
	}
	for _, never := range []string{"LEAK", "WROTE", "MOUNTED"} {
		if strings.Contains(text, never) {
			t.Errorf("log has %s", never)
		}
	}
	if !strings.Contains(string(r.Payload), "exit status 9") {
		t.Errorf("payload %s", r.Payload)
	}
	if t.Failed() {
		t.Log(text)
	}
}

// Memory that the leader itself does not hold counts, too.
func TestSandboxBoundsMemory(t *testing.T) {
	t.Parallel()
	f := sandboxFixture(t)
	for do, want := range map[string]string{
		"apart":  "Runtime.OutOfMemory",
		"memfds": "Runtime.ExitError",
		"sysv":   "MemoryDenied",
	} {
		t.Run(do, func(t *testing.T) {
			t.Parallel()
			fn := languageFunction(t, f, "python3.12", "index.handler")
			fn.Key = do
			if r := f.invoke(t, fn, `{"do":"`+do+`"}`); r.ErrorType != want {
				t.Errorf("%s %s, want %s", r.ErrorType, r.Payload, want)
			}
		})
	}
}

func TestSandboxTakesItsChildrenAlong(t *testing.T) {
	t.Parallel()
	f := sandboxFixture(t)
	f.invoke(t, goFunction(t), `{"do":"orphan"}`)
	var leader int
	f.mu.Lock()
	for e := range f.all {
		leader = e.pid()
	}
	f.mu.Unlock()
	children, err := os.ReadFile("/proc/" + strconv.Itoa(leader) + "/task/" + strconv.Itoa(leader) + "/children")
	if err != nil {
		t.Skip(err)
	}
	f.Close()
	for child := range strings.FieldsSeq(string(children)) {
		pid, err := strconv.Atoi(child)
		if err != nil {
			t.Fatal(err)
		}
		waitFor(t, func() bool { return !running(pid) })
	}
}
