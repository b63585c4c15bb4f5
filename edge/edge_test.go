package edge_test

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	cryptorand "crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sqssdk "github.com/aws/aws-sdk-go-v2/service/sqs"

	api "maru.dev/maru/api/sqs"
	"maru.dev/maru/auth"
	"maru.dev/maru/call"
	"maru.dev/maru/clock"
	"maru.dev/maru/edge"
	"maru.dev/maru/ids"
	"maru.dev/maru/internal/awshttp"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/kv"
	"maru.dev/maru/platform"
	"maru.dev/maru/service"
)

// stub stands in SQS's place, and does what its test wants.
type stub struct {
	api.Unimplemented

	send func(ctx context.Context, in *api.SendMessageInput) (*api.SendMessageOutput, error)
}

// SendMessage does what the test wants.
func (s *stub) SendMessage(ctx context.Context, in *api.SendMessageInput) (*api.SendMessageOutput, error) {
	return s.send(ctx, in)
}

// registration puts send in SQS's place.
func registration(send func(ctx context.Context, in *api.SendMessageInput) (*api.SendMessageOutput, error)) service.Registration {
	return service.Registration{Model: api.Model, New: func(service.Deps) any { return &stub{send: send} }}
}

// echo answers with the body as the message's id.
func echo(_ context.Context, in *api.SendMessageInput) (*api.SendMessageOutput, error) {
	return &api.SendMessageOutput{MessageId: &in.MessageBody, MD5OfMessageBody: &in.QueueUrl}, nil
}

// post sends a signed-looking awsJson request.
func post(t testing.TB, env *testenv.Env, operation, body string, change func(r *http.Request)) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, env.URL()+"/", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.0")
	r.Header.Set("X-Amz-Target", "AmazonSQS."+operation)
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=test/20260304/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0")
	if change != nil {
		change(r)
	}
	return do(t, env, r)
}

// do makes a request and reads the whole reply.
func do(t testing.TB, env *testenv.Env, r *http.Request) (*http.Response, string) {
	t.Helper()
	reply, err := env.HTTP().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	raw, err := io.ReadAll(reply.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply, string(raw)
}

// get makes a plain GET.
func get(t testing.TB, env *testenv.Env, path string, change func(r *http.Request)) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, env.URL()+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(r)
	}
	return do(t, env, r)
}

const sendBody = `{"QueueUrl":"http://localhost/000000000000/q","MessageBody":"hello"}`

func TestHTTP2WithPriorKnowledge(t *testing.T) {
	t.Parallel()
	env := testenv.New(t, registration(echo))
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	transport := &http.Transport{Protocols: protocols}
	defer transport.CloseIdleConnections()
	config := env.Config()
	config.HTTPClient = awshttp.Client(transport)
	client := sqssdk.NewFromConfig(config, func(o *sqssdk.Options) { o.DisableMessageChecksumValidation = true })
	out, err := client.SendMessage(t.Context(), &sqssdk.SendMessageInput{QueueUrl: aws.String(env.URL() + "/0/q"), MessageBody: aws.String("hello")})
	if err != nil || aws.ToString(out.MessageId) != "hello" {
		t.Errorf("got %v, %v", out, err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, env.URL()+"/_maru/health", nil)
	if err != nil {
		t.Fatal(err)
	}
	reply, err := config.HTTPClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	if reply.ProtoMajor != 2 || reply.StatusCode != http.StatusOK {
		t.Errorf("%s %s", reply.Proto, reply.Status)
	}
}

// A connection of HTTP/2 has many bodies at a time, which share the memory for them
// from their first byte on.
func TestBodiesOfHTTP2ShareTheirMemory(t *testing.T) {
	t.Parallel()
	env := testenv.NewWith(t, testenv.Options{Limits: edge.Limits{BodyBytes: 1 << 20}}, registration(echo))
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	transport := &http.Transport{Protocols: protocols}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	send := func(body io.Reader, length int64) int {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, env.URL(), body)
		if err != nil {
			t.Error(err)
			return 0
		}
		r.ContentLength = length
		r.Header.Set("X-Amz-Target", "AmazonSQS.SendMessage")
		r.Header.Set("Content-Type", "application/x-amz-json-1.0")
		reply, err := client.Do(r)
		if err != nil {
			t.Error(err)
			return 0
		}
		defer reply.Body.Close()
		return reply.StatusCode
	}
	large := strings.TrimSuffix(sendBody, `"}`) + strings.Repeat("a", 60_000) + `"}`
	var halves []*io.PipeWriter
	const room = 17 // for bodies of 60 KB in 1 MiB
	statuses := make(chan int, 30)
	for range cap(statuses) {
		in, out := io.Pipe()
		halves = append(halves, out)
		go func() { statuses <- send(in, int64(len(large))) }()
		go func() { _, _ = io.WriteString(out, large[:50_000]) }()
	}
	refused := 0
	testenv.Eventually(t, "those for which there is no memory are refused", func() bool {
		for len(statuses) > 0 {
			if status := <-statuses; status != http.StatusServiceUnavailable {
				t.Errorf("half a body is answered %d", status)
			}
			refused++
		}
		return refused >= cap(statuses)-room
	})
	for _, out := range halves {
		go func() {
			_, _ = io.WriteString(out, large[50_000:])
			out.Close()
		}()
	}
	for range room {
		if status := <-statuses; status != http.StatusOK {
			t.Errorf("a whole body is answered %d", status)
		}
	}
	if status := send(strings.NewReader(sendBody), int64(len(sendBody))); status != http.StatusOK {
		t.Errorf("one afterwards is answered %d", status)
	}
}

func TestEveryReplyHasARequestID(t *testing.T) {
	t.Parallel()
	env := testenv.New(t, registration(echo))
	seen := map[string]bool{}
	for _, operation := range []string{"SendMessage", "ListQueues", "Nothing"} {
		reply, _ := post(t, env, operation, sendBody, nil)
		id := reply.Header.Get("X-Amzn-Requestid")
		if len(id) != 36 || seen[id] {
			t.Errorf("%s: request id %q", operation, id)
		}
		seen[id] = true
	}
}

func TestAPanicIsA500WithoutItsDetail(t *testing.T) {
	t.Parallel()
	env := testenv.NewWith(t, testenv.Options{Log: quiet()}, registration(func(context.Context, *api.SendMessageInput) (*api.SendMessageOutput, error) {
		panic("secret detail")
	}))
	reply, body := post(t, env, "SendMessage", sendBody, nil)
	if reply.StatusCode != http.StatusInternalServerError || strings.Contains(body, "secret") || !strings.Contains(body, "InternalFailure") || reply.Header.Get("X-Amzn-Requestid") == "" {
		t.Errorf("%s %s", reply.Status, body)
	}
	if reply, _ := get(t, env, "/_maru/health", nil); reply.StatusCode != http.StatusOK {
		t.Errorf("after a panic: %s", reply.Status)
	}
}

func TestOurErrorsKeepTheirDetail(t *testing.T) {
	t.Parallel()
	env := testenv.NewWith(t, testenv.Options{Log: quiet()}, registration(func(context.Context, *api.SendMessageInput) (*api.SendMessageOutput, error) {
		return nil, fmt.Errorf("load queue: %w", io.ErrUnexpectedEOF)
	}))
	reply, body := post(t, env, "SendMessage", sendBody, nil)
	if reply.StatusCode != http.StatusInternalServerError || strings.Contains(body, "load queue") {
		t.Errorf("%s %s", reply.Status, body)
	}
}

func TestQueryPostsToAQueueAddressNameTheQueue(t *testing.T) {
	t.Parallel()
	env := testenv.New(t, registration(echo))
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, env.URL()+"/000000000000/q", strings.NewReader("Action=SendMessage&Version=2012-11-05&MessageBody=hello"))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	reply, body := do(t, env, r)
	if reply.StatusCode != http.StatusOK || !strings.Contains(body, "<MD5OfMessageBody>"+env.URL()+"/000000000000/q</MD5OfMessageBody>") {
		t.Errorf("%s %s", reply.Status, body)
	}
}

func TestCompressedBodiesAreUnpackedUpToTheLimit(t *testing.T) {
	t.Parallel()
	env := testenv.New(t, registration(echo))
	packed := func(body []byte) string {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		if _, err := w.Write(body); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	zipped := func(r *http.Request) { r.Header.Set("Content-Encoding", "gzip") }
	reply, body := post(t, env, "SendMessage", packed([]byte(sendBody)), zipped)
	if reply.StatusCode != http.StatusOK || !strings.Contains(body, "hello") {
		t.Errorf("%s %s", reply.Status, body)
	}
	bomb := packed(bytes.Repeat([]byte(" "), 64<<20))
	if reply, body = post(t, env, "SendMessage", bomb, zipped); reply.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("a bomb of %d bytes: %s %s", len(bomb), reply.Status, body)
	}
	if reply, body = post(t, env, "SendMessage", "not gzip", zipped); reply.StatusCode != http.StatusBadRequest || !strings.Contains(body, "SerializationException") {
		t.Errorf("%s %s", reply.Status, body)
	}
}

func TestBodiesAboveTheLimitAreRefused(t *testing.T) {
	t.Parallel()
	env := testenv.New(t, registration(echo))
	reply, body := post(t, env, "SendMessage", strings.Repeat(" ", 9<<20), nil)
	if reply.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(body, "RequestEntityTooLarge") {
		t.Errorf("%s %.200s", reply.Status, body)
	}
}

// raw sends bytes as they are, and returns the reply's status line, or what
// the connection said instead.
func raw(t testing.TB, env *testenv.Env, request string) string {
	t.Helper()
	var dial net.Dialer
	conn, err := dial.DialContext(t.Context(), "tcp", strings.TrimPrefix(env.URL(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, request); err != nil {
		return err.Error()
	}
	if err := conn.SetReadDeadline(time.Now().Add(2 * time.Minute)); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(line)
}

func TestHostileRequestsAreTurnedAway(t *testing.T) {
	t.Parallel()
	// Only what comes slowly meets a server that does not wait for it: another one
	// may need its time for what is large.
	env := testenv.New(t, registration(echo))
	hurried := map[string]*testenv.Env{
		"slow header": testenv.NewWith(t, testenv.Options{Limits: edge.Limits{HeaderTime: 200 * time.Millisecond}}, registration(echo)),
		"slow body":   testenv.NewWith(t, testenv.Options{Limits: edge.Limits{StallTime: 200 * time.Millisecond}}, registration(echo)),
	}
	const target = "POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: AmazonSQS.SendMessage\r\n" +
		"Authorization: AWS4-HMAC-SHA256 Credential=test/20260304/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0\r\n"
	tests := map[string]struct{ request, want string }{
		"giant header":          {"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: " + strings.Repeat("a", 100<<10) + "\r\n\r\n", "431"},
		"many headers":          {"GET / HTTP/1.1\r\nHost: localhost\r\n" + strings.Repeat("X-A: b\r\n", 20<<10) + "\r\n", "431"},
		"two lengths":           {target + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", "400"},
		"length and chunks":     {target + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
		"strange encoding":      {target + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", "501"},
		"negative length":       {target + "Content-Length: -5\r\n\r\nhello", "400"},
		"bad chunk":             {target + "Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n", "400"},
		"two hosts":             {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400"},
		"no host":               {"GET / HTTP/1.1\r\n\r\n", "400"},
		"line break in a value": {"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: a\x00b\r\n\r\n", "400"},
		"space before colon":    {"GET / HTTP/1.1\r\nHost: localhost\r\nX-A : a\r\n\r\n", "400"},
		"no HTTP":               {"hello\r\n\r\n", "400"},
		"slow header":           {"GET / HTTP/1.1\r\nHost: loc", "EOF"},
		"slow body":             {target + "Content-Length: 5\r\n\r\nhel", "400"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := raw(t, cmp.Or(hurried[name], env), tt.request)
			if !strings.Contains(got, tt.want) && !(tt.want == "EOF" && strings.Contains(got, "408")) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// Small replies, too, are not waited with for ever: neither those of a lane nor
// net/http's.
func TestAClientThatTakesNoRepliesIsCutOff(t *testing.T) {
	t.Parallel()
	env := testenv.NewWith(t, testenv.Options{Limits: edge.Limits{StallTime: 1500 * time.Millisecond}}, registration(echo))
	for name, request := range map[string]string{
		"ordinary": ordinary(length(sendBody), sendBody),
		"net/http": "GET /_maru/health HTTP/1.1\r\nHost: localhost\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, _ := dial(t, env)
			many := strings.Repeat(request, 1000)
			for {
				if _, err := io.WriteString(c, many); err != nil {
					if errors.Is(err, os.ErrDeadlineExceeded) {
						t.Error("the server still waits")
					}
					return // it has hung up
				}
			}
		})
	}
}

// A connection that has said something may wait for its next request, and no longer
// than there is patience for that: that of a lane, and that of net/http. The time for
// a head does not end it before.
func TestIdleConnectionsAreClosed(t *testing.T) {
	t.Parallel()
	const patience = 1500 * time.Millisecond
	env := testenv.NewWith(t, testenv.Options{Limits: edge.Limits{HeaderTime: 200 * time.Millisecond, IdleTime: patience}}, registration(echo))
	for name, request := range map[string]string{
		"lane":     ordinary(length(sendBody), sendBody),
		"net/http": "GET /_maru/health HTTP/1.1\r\nHost: localhost\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, r := dial(t, env)
			if _, err := io.WriteString(c, request); err != nil {
				t.Fatal(err)
			}
			if reply, body := answer(t, r); reply.StatusCode != http.StatusOK {
				t.Fatalf("%s %s", reply.Status, body)
			}
			began := time.Now()
			if _, err := r.ReadByte(); !errors.Is(err, io.EOF) {
				t.Errorf("it was not closed: %v", err)
			}
			if took := time.Since(began); took < patience/2 {
				t.Errorf("it was closed after %v", took)
			}
		})
	}
}

// What there is to say of limits that nobody has set.
func TestLimitsHaveTheirDefaults(t *testing.T) {
	t.Parallel()
	want := edge.Limits{
		HeaderBytes: 64 << 10, Connections: 10_000, HeaderTime: 10 * time.Second, IdleTime: 2 * time.Minute,
		StallTime: 30 * time.Second, BodyBytes: 512 << 20, Grace: 5 * time.Second,
	}
	if got := (edge.Limits{}).WithDefaults(); got != want {
		t.Errorf("%+v, want those that docs/security.md tells: %+v", got, want)
	}
}

func TestALongPollOutlivesTheTimeForItsBody(t *testing.T) {
	t.Parallel()
	env := testenv.NewWith(t, testenv.Options{Limits: edge.Limits{StallTime: 50 * time.Millisecond}}, registration(func(ctx context.Context, in *api.SendMessageInput) (*api.SendMessageOutput, error) {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(300 * time.Millisecond):
			return echo(ctx, in)
		}
	}))
	if reply, body := post(t, env, "SendMessage", sendBody, nil); reply.StatusCode != http.StatusOK {
		t.Errorf("%s %s", reply.Status, body)
	}
}

func TestAClientThatGoesAwayCancelsItsCall(t *testing.T) {
	t.Parallel()
	began, ended := make(chan struct{}), make(chan error, 1)
	env := testenv.New(t, registration(func(ctx context.Context, _ *api.SendMessageInput) (*api.SendMessageOutput, error) {
		close(began)
		<-ctx.Done()
		ended <- ctx.Err()
		return nil, ctx.Err()
	}))
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-began
		cancel()
	}()
	_, err := env.SQS().SendMessage(ctx, &sqssdk.SendMessageInput{QueueUrl: aws.String("q"), MessageBody: aws.String("hello")})
	if err == nil {
		t.Error("a cancelled call succeeded")
	}
	select {
	case <-ended:
	case <-time.After(2 * time.Minute):
		t.Error("the operation was not told that its client is gone")
	}
}

func TestTooManyConnectionsGetA503(t *testing.T) {
	t.Parallel()
	env := testenv.NewWith(t, testenv.Options{Limits: edge.Limits{Connections: 2}}, registration(echo))
	address := strings.TrimPrefix(env.URL(), "http://")
	var dial net.Dialer
	var open []net.Conn
	for range 2 {
		conn, err := dial.DialContext(t.Context(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		// One answered request each, so that both are known to be accepted.
		if _, err := io.WriteString(conn, "GET /_maru/health HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		if _, err := bufio.NewReader(conn).ReadString('\n'); err != nil {
			t.Fatal(err)
		}
		open = append(open, conn)
	}
	if got := raw(t, env, "GET /_maru/health HTTP/1.1\r\nHost: localhost\r\n\r\n"); !strings.Contains(got, "503") {
		t.Errorf("third connection: %q", got)
	}
	open[0].Close()
	testenv.Eventually(t, "a place becomes free", func() bool {
		return strings.Contains(raw(t, env, "GET /_maru/health HTTP/1.1\r\nHost: localhost\r\n\r\n"), "200")
	})
}

func TestBrowsersMayCallFromThisMachineOnly(t *testing.T) {
	t.Parallel()
	env := testenv.New(t, registration(echo))
	tests := map[string]struct {
		origin, host, site string
		want               int
	}{
		"no browser":         {"", "", "", 200},
		"page of localhost":  {"http://localhost:3000", "", "", 200},
		"local app":          {"http://app.localhost:3000", "", "", 200},
		"page from outside":  {"https://evil.example", "", "cross-site", 403},
		"rebound name":       {"", "evil.example:4566", "same-origin", 403},
		"file":               {"null", "", "", 403},
		"near name, outside": {"http://localhost.evil.example", "", "", 403},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reply, body := post(t, env, "SendMessage", sendBody, func(r *http.Request) {
				if tt.origin != "" {
					r.Header.Set("Origin", tt.origin)
				}
				if tt.site != "" {
					r.Header.Set("Sec-Fetch-Site", tt.site)
				}
				if tt.host != "" {
					r.Host = tt.host
				}
			})
			if reply.StatusCode != tt.want {
				t.Errorf("%s %s", reply.Status, body)
			}
			if tt.want == 200 && reply.Header.Get("Access-Control-Allow-Origin") != tt.origin {
				t.Errorf("allowed origin %q", reply.Header.Get("Access-Control-Allow-Origin"))
			}
		})
	}
}

func TestPreflightAllowsWhatSDKsSend(t *testing.T) {
	t.Parallel()
	env := testenv.New(t, registration(echo))
	r, err := http.NewRequestWithContext(t.Context(), http.MethodOptions, env.URL()+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Origin", "http://localhost:3000")
	r.Header.Set("Access-Control-Request-Method", "POST")
	r.Header.Set("Access-Control-Request-Headers", "authorization,x-amz-target,x-amz-date")
	reply, _ := do(t, env, r)
	if reply.StatusCode != http.StatusOK || !strings.Contains(reply.Header.Get("Access-Control-Allow-Headers"), "x-amz-target") ||
		!strings.Contains(reply.Header.Get("Access-Control-Allow-Methods"), "DELETE") {
		t.Errorf("%s %v", reply.Status, reply.Header)
	}
}

func TestHealthTellsWhatIsServed(t *testing.T) {
	t.Parallel()
	env := testenv.New(t, registration(echo))
	reply, body := get(t, env, "/_maru/health", nil)
	var h struct {
		Status, Version, Mode string
		Services              []string
	}
	if err := json.Unmarshal([]byte(body), &h); err != nil || reply.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %v", reply.Status, body, err)
	}
	if h.Status != "ok" || h.Mode != "developer" || h.Version != "test" || len(h.Services) != 1 || h.Services[0] != "sqs" {
		t.Errorf("health %+v", h)
	}
}

func TestResetEmptiesTheStoreInDeveloperModeOnly(t *testing.T) {
	t.Parallel()
	reset := func(env *testenv.Env) int {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, env.URL()+"/_maru/reset", nil)
		if err != nil {
			t.Fatal(err)
		}
		reply, _ := do(t, env, r)
		return reply.StatusCode
	}
	put := func(env *testenv.Env) {
		if err := env.Store().Update(t.Context(), func(tx *kv.Tx) error { return kv.Put(tx, kv.NewKey("", "", "x", "y"), "z") }); err != nil {
			t.Fatal(err)
		}
	}
	there := func(env *testenv.Env) (ok bool) {
		err := env.Store().View(t.Context(), func(tx *kv.Tx) error {
			var err error
			_, ok, err = kv.Get[string](tx, kv.NewKey("", "", "x", "y"))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return ok
	}
	developer := testenv.New(t, registration(echo))
	put(developer)
	began := time.Now()
	if status := reset(developer); status != http.StatusOK || there(developer) {
		t.Errorf("status %d, row still there: %v", status, there(developer))
	}
	t.Logf("reset took %s", time.Since(began))
	enforcing := testenv.NewWith(t, testenv.Options{Mode: platform.Enforcing}, registration(echo))
	put(enforcing)
	if status := reset(enforcing); status != http.StatusForbidden || !there(enforcing) {
		t.Errorf("status %d, row there: %v", status, there(enforcing))
	}
}

func TestTheClockMovesWhenAsked(t *testing.T) {
	t.Parallel()
	env := testenv.New(t, registration(echo))
	before := env.Now()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, env.URL()+"/_maru/clock", strings.NewReader(`{"advance":"24h"}`))
	if err != nil {
		t.Fatal(err)
	}
	if reply, body := do(t, env, r); reply.StatusCode != http.StatusOK {
		t.Errorf("%s %s", reply.Status, body)
	}
	if moved := env.Now().Sub(before); moved < 24*time.Hour || moved > 25*time.Hour {
		t.Errorf("moved by %s", moved)
	}
}

func TestEnforcingModeBelievesProvedSignaturesOnly(t *testing.T) {
	t.Parallel()
	env := testenv.NewWith(t, testenv.Options{Mode: platform.Enforcing}, registration(func(ctx context.Context, in *api.SendMessageInput) (*api.SendMessageOutput, error) {
		return &api.SendMessageOutput{MessageId: new(call.From(ctx).Principal.ARN)}, nil
	}))
	source := ids.New(cryptorand.Reader)
	root, created, err := auth.RootKey(t.Context(), env.Store(), source, testenv.Account)
	if err != nil || !created {
		t.Fatalf("root key: %v, created %v", err, created)
	}
	if _, again, err := auth.RootKey(t.Context(), env.Store(), source, testenv.Account); err != nil || again {
		t.Errorf("a second root key was made (%v)", err)
	}
	user := auth.NewKey(source, call.Principal{Kind: call.User, Account: testenv.Account, ARN: "arn:aws:iam::000000000000:user/u"}, time.Time{})
	if err := env.Store().Update(t.Context(), func(tx *kv.Tx) error { return auth.PutKey(tx, user) }); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct{ id, secret, want string }{
		"root":         {root.ID, string(root.Secret), ""},
		"wrong secret": {root.ID, "wrong", "InvalidSignatureException"},
		"unknown key":  {"AKIAAAAAAAAAAAAAAAAA", "x", "UnrecognizedClientException"},
		"user":         {user.ID, string(user.Secret), "AccessDeniedException"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := env.Config()
			config.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
				return aws.Credentials{AccessKeyID: tt.id, SecretAccessKey: tt.secret}, nil
			})
			_, err := sqssdk.NewFromConfig(config, func(o *sqssdk.Options) { o.DisableMessageChecksumValidation = true }).
				SendMessage(t.Context(), &sqssdk.SendMessageInput{QueueUrl: aws.String(env.URL() + "/0/q"), MessageBody: aws.String("m")})
			got := testenv.ErrorCode(err)
			if got != tt.want && got != aliases[tt.want] {
				t.Errorf("got %q (%v), want %q", got, err, tt.want)
			}
		})
	}
	if reply, body := post(t, env, "SendMessage", sendBody, func(r *http.Request) { r.Header.Del("Authorization") }); reply.StatusCode != http.StatusForbidden || !strings.Contains(body, "MissingAuthenticationToken") {
		t.Errorf("unsigned: %s %s", reply.Status, body)
	}
}

// aliases are the query codes that a client of a query-compatible service is
// told in place of the JSON ones.
var aliases = map[string]string{
	"InvalidSignatureException":   "SignatureDoesNotMatch",
	"UnrecognizedClientException": "InvalidClientTokenId",
	"AccessDeniedException":       "AccessDenied",
}

func TestDataPlanesAreReachedByHostAndByPath(t *testing.T) {
	t.Parallel()
	env := testenv.NewWith(t, testenv.Options{Mounts: func(service.Deps, func(string) any) []edge.Mount {
		return []edge.Mount{{Host: "execute-api", Path: "/_maru/execute-api/", Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			info := call.From(r.Context())
			fmt.Fprintf(w, "%s|%s|%s|%v", r.URL.Path, r.URL.RawPath, info.Region, info.TraceID != "")
		})}}
	}}, registration(echo))
	tests := map[string]struct{ host, path, want string }{
		"host":            {"abc.execute-api.localhost:4566", "/stage/a", "/abc/stage/a||us-east-1|true"},
		"host and region": {"abc.execute-api.eu-west-1.amazonaws.com", "/stage/a%2Fb", "/abc/stage/a/b|/abc/stage/a%2Fb|eu-west-1|true"},
		"path":            {"", "/_maru/execute-api/abc/stage/a%2Fb", "/abc/stage/a/b|/abc/stage/a%2Fb|us-east-1|true"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reply, body := get(t, env, tt.path, func(r *http.Request) {
				if tt.host != "" {
					r.Host = tt.host
				}
			})
			if reply.StatusCode != http.StatusOK || body != tt.want {
				t.Errorf("%s %q, want %q", reply.Status, body, tt.want)
			}
		})
	}
}

func TestRequestsThatNameNoServiceAreToldHow(t *testing.T) {
	t.Parallel()
	env := testenv.New(t, registration(echo))
	reply, body := get(t, env, "/bucket/key", nil)
	if reply.StatusCode != http.StatusForbidden || !strings.Contains(body, "AWS_ACCESS_KEY_ID") {
		t.Errorf("%s %s", reply.Status, body)
	}
	reply, body = post(t, env, "PutRecord", "{}", func(r *http.Request) {
		r.Header.Set("X-Amz-Target", "Kinesis_20131202.PutRecord")
		r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=test/20260304/us-east-1/kinesis/aws4_request, SignedHeaders=host, Signature=0")
	})
	if reply.StatusCode != http.StatusNotImplemented || !strings.Contains(body, "Kinesis_20131202") {
		t.Errorf("%s %s", reply.Status, body)
	}
}

// quiet drops the log of tests that cause errors.
func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func TestABodyThatTricklesIsCutOff(t *testing.T) {
	t.Parallel()
	env := testenv.NewWith(t, testenv.Options{Limits: edge.Limits{StallTime: time.Second}}, registration(echo))
	var dial net.Dialer
	conn, err := dial.DialContext(t.Context(), "tcp", strings.TrimPrefix(env.URL(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, err = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: AmazonSQS.SendMessage\r\nContent-Length: 1000000\r\n\r\n")
	if err != nil {
		t.Fatal(err)
	}
	answered := make(chan string, 1)
	go func() {
		line, err := bufio.NewReader(conn).ReadString('\n')
		answered <- fmt.Sprint(line, err)
	}()
	// A byte each 100 ms never stalls, and would take a day.
	for range 100 {
		select {
		case line := <-answered:
			if !strings.Contains(line, "400") {
				t.Errorf("answered %s", line)
			}
			return
		case <-clock.System{}.NewTimer(100 * time.Millisecond).C():
			_, _ = conn.Write([]byte(" ")) // the server may have had enough
		}
	}
	t.Error("a trickle of ten bytes a second went on for ten seconds")
}

func TestLargeBodiesShareTheirMemory(t *testing.T) {
	t.Parallel()
	env := testenv.NewWith(t, testenv.Options{Limits: edge.Limits{BodyBytes: 4 << 20}}, registration(echo))
	large := func() *http.Request {
		body, err := json.Marshal(map[string]string{"QueueUrl": "q", "MessageBody": strings.Repeat("a", 3<<20)})
		if err != nil {
			t.Fatal(err)
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, env.URL(), bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Amz-Target", "AmazonSQS.SendMessage")
		r.Header.Set("Content-Type", "application/x-amz-json-1.0")
		return r
	}
	send := func(r *http.Request) int {
		reply, err := env.HTTP().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer reply.Body.Close()
		return reply.StatusCode
	}
	// One that is under way holds what it has sent. A probe may come before it
	// and have it refused: then it begins anew.
	var finish func()
	var ended chan int
	hold := func() {
		in, out := io.Pipe()
		held := large()
		whole := held.Body
		held.Body, held.ContentLength = in, -1
		begun, over := make(chan struct{}), make(chan int, 1)
		go func() { over <- send(held) }()
		go func() {
			_, _ = io.CopyN(out, whole, 2<<20)
			close(begun)
		}()
		<-begun
		ended = over
		finish = func() {
			_, _ = io.Copy(out, whole)
			out.Close()
		}
	}
	hold()
	testenv.Eventually(t, "there is no room for another", func() bool {
		select {
		case <-ended:
			hold()
		default:
		}
		return send(large()) == http.StatusServiceUnavailable
	})
	finish()
	if status := <-ended; status != http.StatusOK {
		t.Errorf("the first ended with %d", status)
	}
	testenv.Eventually(t, "there is room again", func() bool { return send(large()) == http.StatusOK })
}

func TestAnnouncedBodiesTakeNoMemory(t *testing.T) {
	t.Parallel()
	env := testenv.NewWith(t, testenv.Options{Limits: edge.Limits{BodyBytes: 4 << 20}}, registration(echo))
	head := "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.0\r\nX-Amz-Target: AmazonSQS.SendMessage\r\nContent-Length: %d\r\n\r\n"
	for range 100 {
		var d net.Dialer
		conn, err := d.DialContext(t.Context(), "tcp", strings.TrimPrefix(env.URL(), "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		// Many bytes more, so that the lane has the request and waits for the rest.
		if _, err := fmt.Fprintf(conn, head+"{%8000s", 1_000_000, ""); err != nil {
			t.Fatal(err)
		}
	}
	body := `{"QueueUrl":"q","MessageBody":"` + strings.Repeat("a", 900_000) + `"}`
	var d net.Dialer
	conn, err := d.DialContext(t.Context(), "tcp", strings.TrimPrefix(env.URL(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := fmt.Fprintf(conn, head+"%s", len(body), body); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil || !strings.Contains(line, "200") {
		t.Errorf("a whole body beside a hundred announced ones was answered %q, %v", line, err)
	}
}
