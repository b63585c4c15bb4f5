package hostile_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"maru.dev/maru/clock"
	"maru.dev/maru/internal/testenv"
)

// attacks are what hostile clients do to the port.
func attacks() map[string]func(t *testing.T, p *testenv.Proc) {
	return map[string]func(t *testing.T, p *testenv.Proc){
		"headers that never end":          slowHeaders,
		"headers that are giants":         giantHeaders,
		"bodies that never come":          announcedBodies,
		"a body that never ends":          endlessBody,
		"connections that do nothing":     idleConnections,
		"more connections than there may": tooManyConnections,
		"a request within another":        smuggling,
		"paths that lead out":             traversal,
		"a page from elsewhere":           foreignPage,
		"connections that are cut off":    cutOff,
		"replies that nobody takes":       unreadReplies,
		"garbage":                         garbage,
	}
}

// dial opens a connection that ends with the test.
func dial(t *testing.T, p *testenv.Proc) net.Conn {
	t.Helper()
	var d net.Dialer
	conn, err := d.DialContext(t.Context(), "tcp", strings.TrimPrefix(p.URL(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// answer reads the first line of what comes back, or why none does, within a
// time that is longer than any limit.
func answer(conn net.Conn) string {
	_ = conn.SetReadDeadline(clock.System{}.Now().Add(90 * time.Second))
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(line)
}

// ended tells whether an answer says that the server has hung up, or why.
func ended(line string) bool {
	return strings.Contains(line, "EOF") || strings.Contains(line, "reset") || strings.HasPrefix(line, "HTTP/1.1 4")
}

// send is the head of a SendMessage, with a signature that developer mode does
// not look at.
const send = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.0\r\nX-Amz-Target: AmazonSQS.SendMessage\r\n" +
	"Authorization: AWS4-HMAC-SHA256 Credential=test/20260304/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0\r\n"

// slowHeaders sends a letter of a header now and then, on many connections.
func slowHeaders(t *testing.T, p *testenv.Proc) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var all sync.WaitGroup
	for range 300 {
		conn := dial(t, p)
		all.Go(func() {
			for ctx.Err() == nil {
				if _, err := io.WriteString(conn, "GET"[:1]); err != nil {
					return
				}
				<-clock.System{}.NewTimer(500 * time.Millisecond).C()
			}
		})
		all.Go(func() {
			if line := answer(conn); !ended(line) {
				t.Errorf("answered %q", line)
			}
		})
	}
	all.Go(func() {
		<-clock.System{}.NewTimer(20 * time.Second).C()
		stop()
	})
	all.Wait()
}

// giantHeaders sends heads beyond their limit: one long line, many short ones, and
// an address without end.
func giantHeaders(t *testing.T, p *testenv.Proc) {
	for name, head := range map[string]string{
		"a long header": send + "X-A: " + strings.Repeat("a", 1<<20) + "\r\n",
		"many headers":  send + strings.Repeat("X-A: b\r\n", 100_000),
		"a long name":   send + strings.Repeat("X", 1<<20) + ": b\r\n",
		"a long path":   "GET /" + strings.Repeat("a", 1<<20) + " HTTP/1.1\r\nHost: localhost\r\n",
	} {
		conn := dial(t, p)
		go func() { _, _ = io.WriteString(conn, head+"\r\n") }() // it may be hung up on before the end
		if line := answer(conn); !ended(line) {
			t.Errorf("%s: answered %q", name, line)
		}
	}
}

// hungUp waits until the server has answered each connection that it has had enough
// of it, or has closed it.
func hungUp(t *testing.T, conns []net.Conn) {
	t.Helper()
	var all sync.WaitGroup
	var kept atomic.Int32
	for _, conn := range conns {
		all.Go(func() {
			if line := answer(conn); !ended(line) && kept.Add(1) == 1 {
				t.Errorf("answered %q", line)
			}
		})
	}
	all.Wait()
	if n := kept.Load(); n > 0 {
		t.Errorf("%d of %d connections were not hung up on", n, len(conns))
	}
}

// announcedBodies announces bodies that would not fit, and sends none.
func announcedBodies(t *testing.T, p *testenv.Proc) {
	var announced []net.Conn
	for range 2000 {
		conn := dial(t, p)
		if _, err := io.WriteString(conn, send+"Content-Length: 1000000\r\n\r\n{"); err != nil {
			t.Fatal(err)
		}
		announced = append(announced, conn)
	}
	huge := dial(t, p)
	if _, err := io.WriteString(huge, send+"Content-Length: 99999999999\r\n\r\n{"); err != nil {
		t.Fatal(err)
	}
	if line := answer(huge); !strings.Contains(line, "413") && !strings.Contains(line, "400") {
		t.Errorf("a body of 100 GB was answered %q", line)
	}
	hungUp(t, announced)
}

// endlessBody sends chunks for as long as they are taken.
func endlessBody(t *testing.T, p *testenv.Proc) {
	conn := dial(t, p)
	if _, err := io.WriteString(conn, send+"Transfer-Encoding: chunked\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	line := make(chan string, 1)
	go func() { line <- answer(conn) }()
	chunk := fmt.Sprintf("%x\r\n%s\r\n", 64<<10, strings.Repeat("a", 64<<10))
	for sent := 0; sent < 1<<30; sent += 64 << 10 {
		if _, err := io.WriteString(conn, chunk); err != nil {
			break // it has hung up
		}
	}
	if got := <-line; !strings.Contains(got, "413") && !strings.Contains(got, "400") {
		t.Errorf("answered %q", got)
	}
}

// idleConnections opens connections that say nothing, which are hung up on, and some
// that have said something, are answered, and wait. (These have two minutes, see the
// tests of edge.)
func idleConnections(t *testing.T, p *testenv.Proc) {
	var silent []net.Conn
	for n := range 3000 {
		conn := dial(t, p)
		if n%10 > 0 {
			silent = append(silent, conn)
			continue
		}
		if _, err := io.WriteString(conn, "GET /_maru/health HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		if line := answer(conn); !strings.Contains(line, " 200 ") {
			t.Errorf("answered %q", line)
		}
	}
	hungUp(t, silent)
}

// tooManyConnections opens what there is room for, and twice as many. It has a server
// of its own: there each further one is told, and leaves nothing behind.
func tooManyConnections(t *testing.T, _ *testenv.Proc) {
	p := testenv.Process(t)
	var held []net.Conn
	for range 10_000 {
		var d net.Dialer
		conn, err := d.DialContext(t.Context(), "tcp", strings.TrimPrefix(p.URL(), "http://"))
		if err != nil {
			t.Skipf("this machine has no room for so many connections: %v", err)
		}
		defer conn.Close()
		held = append(held, conn)
		_, _ = io.WriteString(conn, "GET /_maru/health HTTP/1.1\r\nHost: localhost\r\n\r\n") // who says nothing has ten seconds
	}
	for _, conn := range held {
		if line := answer(conn); !strings.Contains(line, " 200 ") {
			t.Fatalf("one for which there is room was answered %q", line)
		}
	}
	full := peakBytes(t, p.PID())
	for range 20_000 {
		late := dial(t, p)
		line := answer(late)
		late.Close()
		if !strings.Contains(line, " 503 ") {
			t.Fatalf("one more was answered %q", line)
		}
	}
	if peak := peakBytes(t, p.PID()); peak > 2*full {
		t.Errorf("with 10,000 connections the server held %d MB, with those that it had no room for %d", full>>20, peak>>20)
	}
}

// smuggling hides a request in another, in the ways in which proxies and servers
// have disagreed on where a body ends. None of the hidden ones is carried out.
func smuggling(t *testing.T, p *testenv.Proc) {
	body := `{"QueueName":"smuggled-00"}`
	carriedOut := func(queue string) bool {
		_, err := p.SQS().GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: &queue})
		return err == nil
	}
	hidden := strings.Replace(send, "SendMessage", "CreateQueue", 1) + fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body)
	alone := dial(t, p)
	if _, err := io.WriteString(alone, hidden); err != nil {
		t.Fatal(err)
	}
	if line := answer(alone); !strings.Contains(line, " 200 ") || !carriedOut("smuggled-00") {
		t.Fatalf("what is to be hidden was answered %q by itself", line)
	}
	number := 10
	for name, request := range map[string]string{
		"length and chunks":      send + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden,
		"two lengths":            send + fmt.Sprintf("Content-Length: 0\r\nContent-Length: %d\r\n\r\n", len(hidden)) + hidden,
		"a list of lengths":      send + fmt.Sprintf("Content-Length: 0, %d\r\n\r\n", len(hidden)) + hidden,
		"a length with a sign":   send + "Content-Length: +0\r\n\r\n" + hidden,
		"an unknown encoding":    send + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + hidden,
		"a space before a colon": send + "Transfer-Encoding : chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + hidden,
		"a folded header":        send + "X-A: b\r\n Transfer-Encoding: chunked\r\nContent-Length: 5, 6\r\n\r\n0\r\n\r\n" + hidden,
		"a chunk of no number":   send + "Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n" + hidden,
		"a huge chunk":           send + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n" + hidden,
	} {
		number++
		queue := fmt.Sprintf("smuggled-%d", number)
		conn := dial(t, p)
		if _, err := io.WriteString(conn, strings.Replace(request, "smuggled-00", queue, 1)); err != nil {
			t.Fatal(err)
		}
		// To the end: what is hidden would be carried out a moment after the first answer.
		_ = conn.SetReadDeadline(clock.System{}.Now().Add(90 * time.Second))
		raw, err := io.ReadAll(conn)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s: the connection is kept", name)
		}
		line, _, _ := strings.Cut(string(raw), "\r\n")
		if line != "" && !strings.Contains(line, " 400 ") && !strings.Contains(line, " 501 ") {
			t.Errorf("%s: answered %q", name, line)
		}
		if n := strings.Count(string(raw), "HTTP/1.1 "); n > 1 {
			t.Errorf("%s: answered %d times: %.1000s", name, n, raw)
		}
		if carriedOut(queue) {
			t.Errorf("%s: the request within was carried out", name)
		}
	}
}

// traversal asks for files of the machine by all the ways to write a path.
func traversal(t *testing.T, p *testenv.Proc) {
	for _, path := range []string{
		"/../../../../etc/passwd", "/_maru/../../../etc/passwd", "/_maru/%2e%2e/%2e%2e/etc/passwd", "/_maru/console/..%2f..%2f..%2fetc%2fpasswd",
		"/_maru/assets/../../../../../../etc/passwd", "//etc/passwd", "/_maru//etc/passwd", "/_maru/\x00/etc/passwd", "/bucket/../../etc/passwd",
	} {
		conn := dial(t, p)
		if _, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", path); err != nil {
			t.Fatal(err)
		}
		_ = conn.SetReadDeadline(clock.System{}.Now().Add(30 * time.Second))
		raw, err := io.ReadAll(conn)
		if err != nil && len(raw) == 0 {
			t.Errorf("%q: %v", path, err)
		}
		if strings.Contains(string(raw), "root:") {
			t.Errorf("%q gave a file of the machine away", path)
		}
	}
}

// foreignPage is a page of another origin in the developer's browser.
func foreignPage(t *testing.T, p *testenv.Proc) {
	for name, change := range map[string]func(r *http.Request){
		"another origin":   func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") },
		"no origin at all": func(r *http.Request) { r.Header.Set("Origin", "null") },
		"a name that was bound anew": func(r *http.Request) {
			r.Host = "evil.example:4566"
			r.Header.Set("Origin", "http://evil.example:4566")
		},
	} {
		for _, path := range []string{"/_maru/reset", "/?Action=CreateQueue&QueueName=foreign&Version=2012-11-05"} {
			if got := p.Ask(t, http.MethodPost, path, "", change); got.Status != http.StatusForbidden {
				t.Errorf("%s: %s was answered %d", name, path, got.Status)
			}
		}
	}
}

// cutOff ends connections in the middle of requests, some of them in one direction
// alone. None of the requests is carried out; the whole one is.
func cutOff(t *testing.T, p *testenv.Proc) {
	queue, err := p.SQS().CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("cut-off")})
	if err != nil {
		t.Fatal(err)
	}
	body := fmt.Sprintf(`{"QueueUrl":%q,"MessageBody":"hello"}`, *queue.QueueUrl)
	whole := send + fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body)
	for n := range len(whole) + 1 {
		conn := dial(t, p)
		if _, err := io.WriteString(conn, whole[:n]); err != nil {
			t.Fatal(err)
		}
		tcp, ok := conn.(*net.TCPConn)
		if n%2 == 1 && n < len(whole) || !ok {
			conn.Close()
			continue
		}
		_ = tcp.CloseWrite()
		_ = conn.SetReadDeadline(clock.System{}.Now().Add(90 * time.Second))
		if raw, err := io.ReadAll(conn); errors.Is(err, os.ErrDeadlineExceeded) || strings.Contains(string(raw), " 200 ") != (n == len(whole)) {
			t.Errorf("%d of %d bytes were answered %.100q, %v", n, len(whole), raw, err)
		}
	}
	out, err := p.SQS().GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: queue.QueueUrl, AttributeNames: []types.QueueAttributeName{"ApproximateNumberOfMessages"}})
	if err != nil || out.Attributes["ApproximateNumberOfMessages"] != "1" {
		t.Errorf("%v, %v; one message was sent whole", out, err)
	}
}

// unreadReplies asks again and again without reading what comes, until it is hung up
// on.
func unreadReplies(t *testing.T, p *testenv.Proc) {
	request := strings.Repeat("GET /_maru/health HTTP/1.1\r\nHost: localhost\r\n\r\n", 1000)
	var all sync.WaitGroup
	for range 20 {
		conn := dial(t, p)
		_ = conn.SetWriteDeadline(clock.System{}.Now().Add(90 * time.Second))
		all.Go(func() {
			for {
				_, err := io.WriteString(conn, request)
				if errors.Is(err, os.ErrDeadlineExceeded) {
					t.Error("the server waits for ever with replies that nobody takes")
				}
				if err != nil {
					return
				}
			}
		})
	}
	all.Wait()
}

// garbage sends what is no HTTP.
func garbage(t *testing.T, p *testenv.Proc) {
	for _, text := range []string{
		"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + strings.Repeat("\xff", 4096),
		strings.Repeat("\x00", 100_000), "GET / HTTP/9.9\r\n\r\n", "\r\n\r\n\r\n\r\n", "GET " + strings.Repeat("/a", 200_000) + " HTTP/1.1\r\n\r\n",
	} {
		conn := dial(t, p)
		if _, err := io.WriteString(conn, text); err != nil && !errors.Is(err, net.ErrClosed) && !strings.Contains(err.Error(), "reset") && !strings.Contains(err.Error(), "pipe") {
			t.Fatal(err)
		}
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.CloseWrite()
		}
		if line := answer(conn); strings.HasPrefix(line, "HTTP/1.1 2") {
			t.Errorf("%.20q was answered %q", text, line)
		}
	}
}
