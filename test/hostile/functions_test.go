package hostile_test

import (
	"archive/zip"
	"bytes"
	"cmp"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logs "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"maru.dev/maru/clock"
	"maru.dev/maru/internal/testenv"
)

// badFunction is a function that behaves badly, in Python.
type badFunction struct {
	code    string
	want    string // in what its caller is told
	timeout int32  // in seconds; 0 is two
	memory  int32  // in MB; 0 is 128
	lives   bool   // its process has done nothing for which it is ended
	floods  bool   // its log
}

// bad are the functions. Those that are to meet another limit than their time have
// enough of that.
var bad = map[string]badFunction{
	"forks":   {code: "import os, time\ndef handler(e, c):\n    while True:\n        try:\n            if os.fork() == 0:\n                time.sleep(600)\n        except OSError:\n            time.sleep(0.1)\n", want: "Runtime.ExitError", timeout: 120, memory: 10240},
	"memory":  {code: "def handler(e, c):\n    held = []\n    while True:\n        held.append(bytearray(8 << 20))\n", want: "Runtime.OutOfMemory", timeout: 120},
	"shared":  {code: "import mmap\ndef handler(e, c):\n    held = []\n    while len(held) < 256:\n        m = mmap.mmap(-1, 8 << 20)\n        m.write(b'x' * (8 << 20))\n        held.append(m)\n    return 'was given 2 GB'\n", want: "Runtime.OutOfMemory", timeout: 120},
	"disk":    {code: "import os\ndef handler(e, c):\n    with open(os.environ['TMPDIR'] + '/full', 'wb') as f:\n        while True:\n            f.write(b'x' * (1 << 20))\n", want: "File too large", timeout: 120, lives: true},
	"files":   {code: "import os, time\ndef handler(e, c):\n    for n in range(700):\n        with open(os.environ['TMPDIR'] + '/' + str(n), 'wb') as f:\n            f.write(b'x' * (1 << 20))\n    time.sleep(600)\n", want: "No space left on device", timeout: 120},
	"logs":    {code: "import sys\ndef handler(e, c):\n    while True:\n        sys.stdout.write('x' * 1000 + '\\n')\n", want: "timed out", floods: true},
	"line":    {code: "import sys\ndef handler(e, c):\n    while True:\n        sys.stdout.write('x' * 1000000)\n", want: "timed out", floods: true},
	"spins":   {code: "def handler(e, c):\n    while True:\n        pass\n", want: "timed out"},
	"answers": {code: "def handler(e, c):\n    return 'x' * (8 << 20)\n", want: "ResponseSizeTooLarge", timeout: 120, lives: true},
	"exits":   {code: "import os\ndef handler(e, c):\n    os._exit(7)\n", want: "exit status 7", timeout: 120},
	"deep":    {code: "def handler(e, c):\n    x = []\n    for n in range(100000):\n        x = [x]\n    return x\n", want: "Runtime.MarshalError", timeout: 120, lives: true},
	"itself":  {code: itself, want: "RecursiveInvocationException", timeout: 120, lives: true}, // the runs of a chain wait for each other
}

// itself is a function that calls itself, waits for the answer, and gives it on.
const itself = `
import json, os, urllib.error, urllib.request
def handler(event, context):
    request = urllib.request.Request(os.environ["AWS_ENDPOINT_URL"] + "/2015-03-31/functions/itself/invocations", b"{}", {
        "Authorization": "AWS4-HMAC-SHA256 Credential=" + os.environ["AWS_ACCESS_KEY_ID"] + "/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=x",
        "X-Amz-Security-Token": os.environ.get("AWS_SESSION_TOKEN", "")})
    try:
        answer = urllib.request.urlopen(request).read().decode()
    except urllib.error.HTTPError as e:
        answer = e.headers.get("X-Amzn-Errortype", "") + e.read().decode()
    raise Exception("RecursiveInvocationException" if "RecursiveInvocationException" in answer else answer[-500:])
`

// functions deploys and invokes all of them, one after another: a machine has
// only so many cores to spoil.
func functions(t *testing.T, p *testenv.Proc) {
	t.Helper()
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("no python3 on this machine")
	}
	for name, f := range bad {
		t.Run(name, func(t *testing.T) {
			began := clock.System{}.Now()
			deploy(t, p, name, f)
			out, err := p.Lambda().Invoke(t.Context(), &lambda.InvokeInput{FunctionName: &name})
			if err != nil {
				t.Fatal(err)
			}
			if out.FunctionError == nil || !strings.Contains(string(out.Payload), f.want) {
				t.Errorf("answered %v %.300s, want %q", aws.ToString(out.FunctionError), out.Payload, f.want)
			}
			if !f.lives {
				testenv.Eventually(t, "its processes are gone", func() bool { return processes(t, p, name) == 0 })
			}
			if kept := written(t, p); kept > 520<<20 {
				t.Errorf("%d MB are left on the disk, of functions that may have 512", kept>>20)
			}
			if f.floods {
				stored(t, p, name, began)
			}
		})
	}
	if _, err := os.Stat("/tmp/maru-was-here"); err == nil {
		t.Error("a zip file has written outside of its folder")
	}
}

// deploy makes a function.
func deploy(t *testing.T, p *testenv.Proc, name string, f badFunction) {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	file, err := w.Create("app.py")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Write([]byte(f.code)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Lambda().CreateFunction(t.Context(), &lambda.CreateFunctionInput{
		FunctionName: &name, Runtime: types.RuntimePython311, Handler: aws.String("app.handler"), Role: aws.String("arn:aws:iam::000000000000:role/r"),
		Code: &types.FunctionCode{ZipFile: b.Bytes()}, Timeout: aws.Int32(cmp.Or(f.timeout, 2)), MemorySize: aws.Int32(cmp.Or(f.memory, 128)),
	}); err != nil {
		t.Fatal(err)
	}
}

// processes counts the server's processes of a function.
func processes(t *testing.T, p *testenv.Proc, name string) (n int) {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range all {
		raw, err := os.ReadFile(path)
		if err == nil && bytes.Contains(raw, []byte("="+p.Dir())) && bytes.Contains(raw, []byte("AWS_LAMBDA_FUNCTION_NAME="+name+"\x00")) {
			n++
		}
	}
	return n
}

// written adds up what functions have left on the server's disk.
func written(t *testing.T, p *testenv.Proc) (size int64) {
	t.Helper()
	dir := filepath.Join(p.Dir(), "cache", "compute", "env")
	if _, err := os.Stat(dir); err != nil {
		t.Fatal(err)
	}
	_ = filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil {
			return nil //nolint:nilerr // it is being removed
		}
		if info, err := entry.Info(); err == nil {
			size += info.Size()
		}
		return nil
	})
	return size
}

// stored holds what is kept of a flood of lines against what may be: as much as waits
// in memory, 4 MiB, each time that it is written, each 50 ms at most. The flood has
// not swept away what the platform says at the end.
func stored(t *testing.T, p *testenv.Proc, name string, began time.Time) {
	t.Helper()
	group := aws.String("/aws/lambda/" + name)
	streams, err := p.Logs().DescribeLogStreams(t.Context(), &cloudwatchlogs.DescribeLogStreamsInput{LogGroupName: group})
	if err != nil || len(streams.LogStreams) != 1 {
		t.Fatalf("%v, %v", streams, err)
	}
	testenv.Eventually(t, "the invocation's report is in its log", func() bool {
		out, err := p.Logs().GetLogEvents(t.Context(), &cloudwatchlogs.GetLogEventsInput{LogGroupName: group, LogStreamName: streams.LogStreams[0].LogStreamName, Limit: aws.Int32(10)})
		if err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(out.Events, func(e logs.OutputLogEvent) bool { return strings.HasPrefix(*e.Message, "REPORT RequestId: ") })
	})
	may := int64(clock.System{}.Now().Sub(began)/(50*time.Millisecond)+2) * 4 << 20
	groups, err := p.Logs().DescribeLogGroups(t.Context(), &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: group})
	if err != nil || len(groups.LogGroups) != 1 {
		t.Fatalf("%v, %v", groups, err)
	}
	if kept := aws.ToInt64(groups.LogGroups[0].StoredBytes); kept == 0 || kept > may {
		t.Errorf("%d MB of the log are kept, where %d are allowed", kept>>20, may>>20)
	} else {
		t.Logf("%d MB of the log are kept, where %d are allowed", kept>>20, may>>20)
	}
}
