package lambda_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"maru.dev/maru/internal/testenv"
)

// createIn makes a function on a program of its own.
func createIn(t *testing.T, proc *testenv.Proc, in *sdk.CreateFunctionInput) {
	t.Helper()
	in.Role = new(testRole)
	if _, err := proc.Lambda().CreateFunction(t.Context(), in); err != nil {
		t.Fatal(err)
	}
}

// An asynchronous event that was acknowledged is run after the program was
// killed, also when the kill struck while it was being run.
func TestAcknowledgedEventsRunAfterSIGKILL(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds and kills a whole program")
	}
	proc := testenv.Process(t)
	dir := t.TempDir()
	createIn(t, proc, &sdk.CreateFunctionInput{
		FunctionName: new("fn"), Runtime: types.RuntimeProvidedal2023, Handler: new("bootstrap"), Timeout: new(int32(20)),
		Code: &types.FunctionCode{ZipFile: goZip(t)},
	})
	const events = 8
	for i := range events {
		// Each event has a file of its own, which its run leaves behind.
		payload, err := json.Marshal(map[string]any{"do": "touch", "n": 100 * i, "text": filepath.Join(dir, string(rune('a'+i)))})
		if err != nil {
			t.Fatal(err)
		}
		out, err := proc.Lambda().Invoke(t.Context(), &sdk.InvokeInput{FunctionName: new("fn"), InvocationType: types.InvocationTypeEvent, Payload: payload})
		if err != nil || out.StatusCode != http.StatusAccepted {
			t.Fatalf("event %d: %v", i, err)
		}
	}
	proc.Kill()
	before, _ := os.ReadDir(dir)
	t.Logf("%d of %d events were run before the kill", len(before), events)
	proc.Restart()
	eventually(t, "every event is run", func() bool {
		done, err := os.ReadDir(dir)
		return err == nil && len(done) == events
	})
}

// Code comes from S3, and goes back out at the address that GetFunction tells.
func TestCodeFromS3(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds a whole program")
	}
	proc := testenv.Process(t)
	archive := goZip(t)
	if _, err := proc.S3().CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: new("code")}); err != nil {
		t.Fatal(err)
	}
	if _, err := proc.S3().PutObject(t.Context(), &s3.PutObjectInput{Bucket: new("code"), Key: new("fn.zip"), Body: bytes.NewReader(archive)}); err != nil {
		t.Fatal(err)
	}
	in := &sdk.CreateFunctionInput{
		FunctionName: new("fn"), Runtime: types.RuntimeProvidedal2023, Handler: new("bootstrap"),
		Code: &types.FunctionCode{S3Bucket: new("code"), S3Key: new("fn.zip")},
	}
	createIn(t, proc, in)
	out, err := proc.Lambda().Invoke(t.Context(), &sdk.InvokeInput{FunctionName: new("fn"), Payload: []byte(`{}`)})
	if err != nil || string(out.Payload) != `"ok"` {
		t.Fatalf("%v, %v", out, err)
	}
	in.FunctionName, in.Code.S3Key = new("none"), new("none.zip")
	_, err = proc.Lambda().CreateFunction(t.Context(), in)
	wantError(t, err, "InvalidParameterValueException", "S3 Error Code: NoSuchKey")

	got, err := proc.Lambda().GetFunction(t.Context(), &sdk.GetFunctionInput{FunctionName: new("fn")})
	if err != nil {
		t.Fatal(err)
	}
	if status, body := fetch(t, proc, http.MethodGet, *got.Code.Location, ""); status != http.StatusOK || body != string(archive) {
		t.Errorf("code: status %d, %d bytes", status, len(body))
	}
	for _, bad := range []string{*got.Code.Location + "0", proc.URL() + "/_maru/lambda/code/%2e%2e%2fetc?Expires=9999999999&Signature=0"} {
		if status, _ := fetch(t, proc, http.MethodGet, bad, ""); status != http.StatusForbidden {
			t.Errorf("%s: status %d", bad, status)
		}
	}
}

// fetch makes a request whose host, whatever its name, is the program's.
func fetch(t *testing.T, proc *testenv.Proc, method, url, body string) (status int, content string) {
	t.Helper()
	transport := &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, strings.TrimPrefix(proc.URL(), "http://"))
	}}
	defer transport.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	reply, err := (&http.Client{Transport: transport}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	raw, err := io.ReadAll(reply.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply.StatusCode, string(raw)
}

// A function answers at its URL, by the host that Lambda tells and by path.
func TestFunctionURLAnswers(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds a whole program")
	}
	proc := testenv.Process(t)
	in := &sdk.CreateFunctionInput{FunctionName: new("fn")}
	python(t, `
def handler(event, context):
    if event["rawPath"] == "/fail":
        raise ValueError("no")
    http = event["requestContext"]["http"]
    return {"statusCode": 201, "body": http["method"] + " " + event["rawPath"] + " " + event.get("body", "")}
`)(in)
	createIn(t, proc, in)
	made, err := proc.Lambda().CreateFunctionUrlConfig(t.Context(), &sdk.CreateFunctionUrlConfigInput{FunctionName: new("fn"), AuthType: types.FunctionUrlAuthTypeNone})
	if err != nil {
		t.Fatal(err)
	}
	id, _, _ := strings.Cut(strings.TrimPrefix(*made.FunctionUrl, "http://"), ".")
	for _, base := range []string{*made.FunctionUrl, proc.URL() + "/_maru/lambda-url/" + id + "/"} {
		if status, body := fetch(t, proc, http.MethodPost, base+"a/b?x=1", "hello"); status != http.StatusCreated || body != "POST /a/b hello" {
			t.Errorf("%s: %d %q", base, status, body)
		}
		if status, body := fetch(t, proc, http.MethodGet, base+"fail", ""); status != http.StatusBadGateway || body != "Internal Server Error" {
			t.Errorf("%s: %d %q", base, status, body)
		}
	}
	if status, _ := fetch(t, proc, http.MethodGet, proc.URL()+"/_maru/lambda-url/none/", ""); status != http.StatusNotFound {
		t.Errorf("no URL: status %d", status)
	}
}
