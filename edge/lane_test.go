package edge_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	api "maru.dev/maru/api/sqs"
	"maru.dev/maru/internal/testenv"
)

// dial opens a connection to a server, for requests byte by byte.
func dial(t testing.TB, env *testenv.Env) (net.Conn, *bufio.Reader) {
	t.Helper()
	c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(env.URL(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(2 * time.Minute))
	return c, bufio.NewReader(c)
}

// ordinary is a request as SDKs make it, with further lines in its head.
func ordinary(lines, body string) string {
	return "POST / HTTP/1.1\r\nHost: localhost:4566\r\nContent-Type: application/x-amz-json-1.0\r\nX-Amz-Target: AmazonSQS.SendMessage\r\n" +
		"Authorization: AWS4-HMAC-SHA256 Credential=test/20260304/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0\r\n" +
		lines + "\r\n" + body
}

// length is the line that tells a body's length.
func length(body string) string { return fmt.Sprintf("Content-Length: %d\r\n", len(body)) }

// answer reads a reply.
func answer(t testing.TB, r *bufio.Reader) (*http.Response, string) {
	t.Helper()
	reply, err := http.ReadResponse(r, nil)
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

// TestRequestsOfAllFormsAreAnsweredOnOneConnection sends what a lane serves and
// what it leaves to net/http, each followed by an ordinary request.
func TestRequestsOfAllFormsAreAnsweredOnOneConnection(t *testing.T) {
	t.Parallel()
	chunked := "Transfer-Encoding: chunked\r\n"
	inChunks := fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(sendBody), sendBody)
	tests := map[string]struct {
		request string
		status  int
		closed  bool // by the server
	}{
		"ordinary":                 {ordinary(length(sendBody), sendBody), 200, false},
		"names in lower case":      {strings.ReplaceAll(ordinary(length(sendBody), sendBody), "X-Amz-Target", "x-amz-target"), 200, false},
		"keep-alive":               {ordinary("Connection: Keep-Alive\r\n"+length(sendBody), sendBody), 200, false},
		"one header twice":         {ordinary("Accept: a\r\nAccept: b\r\n"+length(sendBody), sendBody), 200, false},
		"a value beyond ASCII":     {ordinary("User-Agent: Z\xc3\xbcrich\r\n"+length(sendBody), sendBody), 200, false},
		"in chunks":                {ordinary(chunked, inChunks), 200, true},
		"in chunks, with a length": {ordinary("Content-Length: 3\r\n"+chunked, inChunks) + ordinary(length(sendBody), sendBody), 200, true},
		"more headers than usual":  {ordinary(strings.Repeat("A: b\r\n", 1)+manyHeaders(60)+length(sendBody), sendBody), 200, false},
		"another path":             {"GET /_maru/health HTTP/1.1\r\nHost: localhost\r\n\r\n", 200, false},
		"HTTP/1.0":                 {strings.Replace(ordinary(length(sendBody), sendBody), "HTTP/1.1", "HTTP/1.0", 1), 200, true},
		"close":                    {ordinary("Connection: close\r\n"+length(sendBody), sendBody), 200, true},
		"no such operation":        {strings.Replace(ordinary(length(sendBody), sendBody), "SendMessage", "Nothing", 1), 400, false},
		"a body that is not JSON":  {ordinary(length("{{{"), "{{{"), 400, false},
		"no body":                  {ordinary("Content-Length: 0\r\n", ""), 400, false},
		"two lengths":              {ordinary(length(sendBody)+length(sendBody+"x"), sendBody), 400, true},
		"length and chunks":        {ordinary(length(sendBody)+"Transfer-Encoding: gzip, chunked\r\n", inChunks), 501, true},
		"a length that is none":    {ordinary("Content-Length: +5\r\n", "12345"), 400, true},
		"no host":                  {strings.Replace(ordinary(length(sendBody), sendBody), "Host: localhost:4566\r\n", "", 1), 400, true},
		"two hosts":                {ordinary("Host: other\r\n"+length(sendBody), sendBody), 400, true},
		"two signatures":           {ordinary("Authorization: AWS4-HMAC-SHA256 Credential=other/20260304/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0\r\n"+length(sendBody), sendBody), 400, false},
		"a signature and a token":  {ordinary("authorization: Bearer token\r\n"+length(sendBody), sendBody), 400, false},
		"two times":                {ordinary("X-Amz-Date: 20260304T000000Z\r\nx-amz-date: 20260304T000001Z\r\n"+length(sendBody), sendBody), 400, false},
		"two session tokens":       {ordinary("X-Amz-Security-Token: a\r\nX-Amz-Security-Token: a\r\n"+length(sendBody), sendBody), 400, false},
		"two operations":           {ordinary("X-Amz-Target: AmazonSQS.PurgeQueue\r\n"+length(sendBody), sendBody), 400, false},
		"two kinds of body":        {ordinary("Content-Type: application/x-www-form-urlencoded\r\n"+length(sendBody), sendBody), 400, false},
		"a space before the colon": {ordinary("Content-Length : 5\r\n", "12345"), 400, true},
		"a continued line":         {ordinary("A: b\r\n c\r\n"+length(sendBody), sendBody), 0, false},
		"a zero byte":              {ordinary("A: b\x00\r\n"+length(sendBody), sendBody), 400, true},
		"a long head":              {ordinary("A: "+strings.Repeat("b", 40<<10)+"\r\n"+length(sendBody), sendBody), 200, false},
		"a long body":              {ordinary(length(long), long), 200, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := testenv.New(t, registration(echo))
			c, r := dial(t, env)
			if _, err := io.WriteString(c, tt.request); err != nil {
				t.Fatal(err)
			}
			reply, body := answer(t, r)
			if tt.status != 0 && reply.StatusCode != tt.status {
				t.Fatalf("%s %q, want %d", reply.Status, body, tt.status)
			}
			if tt.closed {
				if n, err := io.Copy(io.Discard, r); n > 0 || err != nil && !strings.Contains(err.Error(), "reset") {
					t.Errorf("not closed, or %d bytes of another answer: %v", n, err)
				}
				return
			}
			for range 2 {
				if _, err := io.WriteString(c, ordinary(length(sendBody), sendBody)); err != nil {
					t.Fatal(err)
				}
				if reply, body := answer(t, r); reply.StatusCode != http.StatusOK || !strings.Contains(body, "hello") {
					t.Errorf("afterwards: %s %q", reply.Status, body)
				}
			}
		})
	}
}

// long is a body that no first read takes in.
var long = `{"QueueUrl":"http://localhost/000000000000/q","MessageBody":"` + strings.Repeat("x", 300<<10) + `"}`

// manyHeaders are n different headers.
func manyHeaders(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "X-Number-%d: %d\r\n", i, i)
	}
	return b.String()
}

func TestRepliesOfOrdinaryRequestsAreWhole(t *testing.T) {
	t.Parallel()
	env := testenv.New(t, registration(echo))
	c, r := dial(t, env)
	_, _ = io.WriteString(c, ordinary(length(sendBody), sendBody))
	reply, _ := answer(t, r)
	for _, name := range []string{"Date", "Content-Length", "Content-Type", "X-Amzn-Requestid"} {
		if len(reply.Header.Values(name)) != 1 {
			t.Errorf("%s: %q", name, reply.Header.Values(name))
		}
	}
	if when, err := http.ParseTime(reply.Header.Get("Date")); err != nil || time.Since(when).Abs() > time.Minute {
		t.Errorf("date %v, %v", when, err)
	}
}

func TestRequestsSentAheadAreAnsweredInOrder(t *testing.T) {
	t.Parallel()
	env := testenv.New(t, registration(func(ctx context.Context, in *api.SendMessageInput) (*api.SendMessageOutput, error) {
		select { // as a long poll waits, while the next request is there already
		case <-ctx.Done():
		case <-time.After(20 * time.Millisecond):
		}
		return echo(ctx, in)
	}))
	c, r := dial(t, env)
	const n = 5
	go func() {
		for i := range n {
			body := strings.Replace(sendBody, "hello", fmt.Sprint("number", i), 1)
			text := ordinary(length(body), body)
			for _, part := range []string{text[:len(text)-20], text[len(text)-20:]} { // the body in two parts
				_, _ = io.WriteString(c, part)
				time.Sleep(5 * time.Millisecond)
			}
		}
	}()
	for i := range n {
		if reply, body := answer(t, r); reply.StatusCode != http.StatusOK || !strings.Contains(body, fmt.Sprint("number", i)) {
			t.Errorf("request %d: %s %s", i, reply.Status, body)
		}
	}
}

// TestAWaitEndsWithItsClient holds a call open and goes away.
func TestAWaitEndsWithItsClient(t *testing.T) {
	t.Parallel()
	waiting, ended := make(chan struct{}), make(chan error, 1)
	env := testenv.New(t, registration(func(ctx context.Context, _ *api.SendMessageInput) (*api.SendMessageOutput, error) {
		below, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		close(waiting)
		<-below.Done()
		ended <- ctx.Err()
		return nil, ctx.Err()
	}))
	c, _ := dial(t, env)
	_, _ = io.WriteString(c, ordinary(length(sendBody), sendBody))
	<-waiting
	_ = c.Close()
	select {
	case err := <-ended:
		if err == nil {
			t.Error("it ended, but not with its client")
		}
	case <-time.After(2 * time.Minute):
		t.Error("it still waits")
	}
}

// TestAContextIsOverAfterItsReply waits on a request's context behind its back.
func TestAContextIsOverAfterItsReply(t *testing.T) {
	t.Parallel()
	contexts := make(chan context.Context, 2)
	env := testenv.New(t, registration(func(ctx context.Context, in *api.SendMessageInput) (*api.SendMessageOutput, error) {
		contexts <- ctx
		return echo(ctx, in)
	}))
	c, r := dial(t, env)
	for range 2 {
		_, _ = io.WriteString(c, ordinary(length(sendBody), sendBody))
		answer(t, r)
		ctx := <-contexts
		select {
		case <-ctx.Done():
		case <-time.After(2 * time.Minute):
			t.Fatal("not over")
		}
		if ctx.Err() == nil {
			t.Error("over without an error")
		}
	}
}

func TestClosingEndsIdleConnectionsAndWaitsForBusyOnes(t *testing.T) {
	t.Parallel()
	busy, goOn := make(chan struct{}), make(chan struct{})
	env := testenv.New(t, registration(func(ctx context.Context, in *api.SendMessageInput) (*api.SendMessageOutput, error) {
		if in.MessageBody == "wait" {
			close(busy)
			<-goOn
		}
		return echo(ctx, in)
	}))
	idle, idleReader := dial(t, env)
	_, _ = io.WriteString(idle, ordinary(length(sendBody), sendBody))
	answer(t, idleReader)
	c, r := dial(t, env)
	body := strings.Replace(sendBody, "hello", "wait", 1)
	_, _ = io.WriteString(c, ordinary(length(body), body))
	<-busy
	closed := make(chan struct{})
	go func() { defer close(closed); _ = env.Platform().Close() }()
	if _, err := idleReader.ReadByte(); err == nil {
		t.Error("the idle connection got something")
	}
	close(goOn)
	if reply, text := answer(t, r); reply.StatusCode != http.StatusOK || !strings.Contains(text, "wait") {
		t.Errorf("the busy one: %s %s", reply.Status, text)
	}
	<-closed
}
