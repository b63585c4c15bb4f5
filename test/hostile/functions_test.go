package hostile_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"maru.dev/maru/internal/testenv"
)

// bad are functions that behave badly, in Python, and what their caller is told.
var bad = map[string]struct{ code, want string }{
	"forks":   {"import os, time\ndef handler(e, c):\n    while True:\n        try:\n            if os.fork() == 0:\n                time.sleep(60)\n        except OSError:\n            time.sleep(0.1)\n", ""},
	"memory":  {"def handler(e, c):\n    held = []\n    while True:\n        held.append(bytearray(8 << 20))\n", "OutOfMemory"},
	"disk":    {"import os\ndef handler(e, c):\n    with open(os.path.join(os.environ.get('TMPDIR', '/tmp'), 'full'), 'wb') as f:\n        while True:\n            f.write(b'x' * (1 << 20))\n", ""},
	"logs":    {"import sys\ndef handler(e, c):\n    while True:\n        sys.stdout.write('x' * 1000 + '\\n')\n", "timed out"},
	"line":    {"import sys\ndef handler(e, c):\n    while True:\n        sys.stdout.write('x' * 1000000)\n", "timed out"},
	"spins":   {"def handler(e, c):\n    while True:\n        pass\n", "timed out"},
	"answers": {"def handler(e, c):\n    return 'x' * (8 << 20)\n", "ResponseSizeTooLarge"},
	"exits":   {"import os\ndef handler(e, c):\n    os._exit(7)\n", "Runtime.ExitError"},
	"deep":    {"def handler(e, c):\n    x = []\n    for n in range(100000):\n        x = [x]\n    return x\n", ""},
	"itself":  {itself, "RecursiveInvocationException"},
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
			timeout := int32(2)
			if name == "itself" {
				timeout = 120 // the runs of a chain wait for each other
			}
			deploy(t, p, name, f.code, timeout)
			out, err := p.Lambda().Invoke(t.Context(), &lambda.InvokeInput{FunctionName: &name})
			if err != nil {
				t.Fatal(err)
			}
			if out.FunctionError == nil || !strings.Contains(string(out.Payload), f.want) {
				t.Errorf("answered %v %.300s, want %q", aws.ToString(out.FunctionError), out.Payload, f.want)
			}
			if name == "logs" || name == "line" {
				stored(t, p, name)
			}
		})
	}
	if _, err := os.Stat("/tmp/maru-was-here"); err == nil {
		t.Error("a zip file has written outside of its folder")
	}
}

// deploy makes a function with 128 MB and a timeout in seconds.
func deploy(t *testing.T, p *testenv.Proc, name, code string, timeout int32) {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	file, err := w.Create("app.py")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Write([]byte(code)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Lambda().CreateFunction(t.Context(), &lambda.CreateFunctionInput{
		FunctionName: &name, Runtime: types.RuntimePython311, Handler: aws.String("app.handler"), Role: aws.String("arn:aws:iam::000000000000:role/r"),
		Code: &types.FunctionCode{ZipFile: b.Bytes()}, Timeout: &timeout, MemorySize: aws.Int32(128),
	}); err != nil {
		t.Fatal(err)
	}
}

// stored tells how much of a flood of lines was kept: it is bounded, and does
// not stop the rest.
func stored(t *testing.T, p *testenv.Proc, name string) {
	t.Helper()
	out, err := p.Logs().DescribeLogGroups(t.Context(), &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: aws.String("/aws/lambda/" + name)})
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range out.LogGroups {
		raw, err := json.Marshal(g.StoredBytes)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s bytes of %s's log are kept", raw, name)
	}
}
