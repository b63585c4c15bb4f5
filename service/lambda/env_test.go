package lambda_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	sdklogs "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	sdksqs "github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go"

	sqsapi "maru.dev/maru/api/sqs"
	stsapi "maru.dev/maru/api/sts"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/iam"
	"maru.dev/maru/service/lambda"
	"maru.dev/maru/service/logs"
	"maru.dev/maru/service/sqs"
	"maru.dev/maru/service/sts"

	iamapi "maru.dev/maru/api/iam"
)

const testRole = "arn:aws:iam::000000000000:role/r"

// builtBootstrap is the Go function of compute's tests as an archive, built and
// compressed once.
var builtBootstrap = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "maru-bootstrap-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "bootstrap")
	cmd := exec.Command("go", "build", "-ldflags=-s -w", "-o", path, "../../compute/testdata/bootstrap")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, out)
	}
	binary, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return archiveOf(map[string]string{"bootstrap": string(binary)})
})

// archiveOf makes an archive of files by name; all of them can be executed.
func archiveOf(files map[string]string) ([]byte, error) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, text := range files {
		h := &zip.FileHeader{Name: name}
		h.SetMode(0o755)
		f, err := w.CreateHeader(h)
		if err != nil {
			return nil, err
		}
		if _, err := io.WriteString(f, text); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return b.Bytes(), err
}

// zipOf is archiveOf for a test.
func zipOf(t testing.TB, files map[string]string) []byte {
	t.Helper()
	archive, err := archiveOf(files)
	if err != nil {
		t.Fatal(err)
	}
	return archive
}

// goZip is the Go function as an archive.
func goZip(t testing.TB) []byte {
	t.Helper()
	archive, err := builtBootstrap()
	if err != nil {
		t.Fatal(err)
	}
	return archive
}

// registrations are Lambda and what it works with.
func registrations() []service.Registration {
	return []service.Registration{
		lambda.Registration(), logs.Registration(), sqs.Registration(),
		{Model: stsapi.Model, New: func(d service.Deps) any { return sts.New(d) }},
		{Model: iamapi.Model, New: func(d service.Deps) any { return iam.New(d) }},
	}
}

var _ = sqsapi.Model

// newEnv starts a server with Lambda.
func newEnv(t testing.TB) *testenv.Env {
	t.Helper()
	return testenv.New(t, registrations()...)
}

// create makes a Go function, changed as the test wants it.
func create(t testing.TB, env *testenv.Env, name string, change ...func(*sdk.CreateFunctionInput)) *sdk.CreateFunctionOutput {
	t.Helper()
	in := &sdk.CreateFunctionInput{
		FunctionName: &name, Role: new(testRole), Runtime: types.RuntimeProvidedal2023, Handler: new("bootstrap"),
		Code: &types.FunctionCode{ZipFile: goZip(t)}, Timeout: new(int32(10)),
	}
	for _, c := range change {
		c(in)
	}
	out, err := env.Lambda().CreateFunction(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// python makes in a Python function with the source of its module index.
func python(t testing.TB, source string) func(*sdk.CreateFunctionInput) {
	t.Helper()
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("the host has no python3")
	}
	return func(in *sdk.CreateFunctionInput) {
		in.Runtime, in.Handler = types.RuntimePython312, new("index.handler")
		in.Code = &types.FunctionCode{ZipFile: zipOf(t, map[string]string{"index.py": source})}
	}
}

// invoke runs a function and returns its answer.
func invoke(t testing.TB, env *testenv.Env, name, payload string) *sdk.InvokeOutput {
	t.Helper()
	out, err := env.Lambda().Invoke(t.Context(), &sdk.InvokeInput{FunctionName: &name, Payload: []byte(payload), LogType: types.LogTypeTail})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// newQueue makes a queue and returns its URL and ARN.
func newQueue(t testing.TB, env *testenv.Env, name string, attributes map[string]string) (url, arn string) {
	t.Helper()
	out, err := env.SQS().CreateQueue(t.Context(), &sdksqs.CreateQueueInput{QueueName: &name, Attributes: attributes})
	if err != nil {
		t.Fatal(err)
	}
	return *out.QueueUrl, "arn:aws:sqs:us-east-1:000000000000:" + name
}

// patience is how long what happens in its own time may take on a busy host.
const patience = 2 * time.Minute

// receive waits for one message.
func receive(t testing.TB, env *testenv.Env, url string) string {
	t.Helper()
	deadline := time.Now().Add(patience)
	for time.Now().Before(deadline) {
		out, err := env.SQS().ReceiveMessage(t.Context(), &sdksqs.ReceiveMessageInput{
			QueueUrl: &url, WaitTimeSeconds: 5, MessageAttributeNames: []string{"All"},
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range out.Messages {
			if _, err := env.SQS().DeleteMessage(t.Context(), &sdksqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: m.ReceiptHandle}); err != nil {
				t.Fatal(err)
			}
			text := *m.Body
			for k, v := range m.MessageAttributes {
				text += "\n" + k + "=" + *v.StringValue
			}
			return text
		}
	}
	t.Fatal("no message came")
	return ""
}

// codeOf is an error's code, or "".
func codeOf(err error) string {
	var fault smithy.APIError
	if errors.As(err, &fault) {
		return fault.ErrorCode()
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

// wantError checks an error's code and part of its message.
func wantError(t *testing.T, err error, code, message string) {
	t.Helper()
	if codeOf(err) != code || err != nil && !strings.Contains(err.Error(), message) {
		t.Errorf("error %v, want %s with %q", err, code, message)
	}
}

// eventually waits until ok holds, for what happens in its own time.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatal("it did not happen: " + what)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// logText is all that a function has logged.
func logText(t testing.TB, env *testenv.Env, name string) string {
	t.Helper()
	out, err := env.Logs().FilterLogEvents(t.Context(), &sdklogs.FilterLogEventsInput{LogGroupName: new("/aws/lambda/" + name)})
	if err != nil {
		return ""
	}
	var text strings.Builder
	for _, e := range out.Events {
		text.WriteString(strings.TrimSuffix(*e.Message, "\n") + "\n")
	}
	return text.String()
}
