package console

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"maru.dev/maru/api/s3"
	"maru.dev/maru/api/sqs"
	"maru.dev/maru/call"
	"maru.dev/maru/wire"
)

// A ticket that was sealed is read as it was, with its own key alone; and nothing
// else is a ticket.
func FuzzUnseal(f *testing.F) {
	key, other := []byte("key"), []byte("another key")
	for _, id := range []string{"AKIAIOSFODNN7EXAMPLE", "", "a.b", ".", "a\x00", "\xff", strings.Repeat("a", 300)} {
		f.Add(id, int64(1_893_456_000), "AKIA.1893456000.AAAA")
		f.Add(id, int64(-1), "..")
	}
	f.Fuzz(func(t *testing.T, id string, until int64, text string) {
		want := ticket{id, time.Unix(until, 0)}
		sealed := want.seal(key)
		got, ok := unseal(key, sealed)
		if ok != (len(sealed) <= maxTicket) || ok && (got.accessKey != id || !got.until.Equal(want.until)) {
			t.Errorf("%q is read as %+v: %t", sealed, got, ok)
		}
		if got, ok := unseal(other, sealed); ok {
			t.Errorf("another key reads %+v", got)
		}
		if got, ok := unseal(key, text); ok && got.seal(key) != text {
			t.Errorf("%q is read as %+v", text, got)
		}
		if text != "" {
			cut := strings.LastIndexByte(sealed, '.')
			if got, ok := unseal(key, sealed[:cut]+text+sealed[cut:]); ok {
				t.Errorf("%q is put into %q, and read as %+v", text, sealed, got)
			}
		}
	})
}

// bucketOf is a Caller that has one object under every name, and notes what it is
// asked for.
type bucketOf struct {
	body  string
	asked *s3.GetObjectInput
}

// Call gets the object.
func (b *bucketOf) Call(_ context.Context, service, operation string, in any) (any, error) {
	get, ok := in.(*s3.GetObjectInput)
	if !ok {
		return nil, wire.NotImplemented(service, operation)
	}
	b.asked = get
	return &s3.GetObjectOutput{Body: io.NopCloser(strings.NewReader(b.body)), ContentLength: new(int64(len(b.body)))}, nil
}

// CallJSON has no use.
func (*bucketOf) CallJSON(_ context.Context, service, operation string, _ json.RawMessage) (json.RawMessage, error) {
	return nil, wire.NotImplemented(service, operation)
}

// Whatever an object is named, it is that which is asked for, and it comes as a file
// with the last part of its name, never as a page.
func FuzzObject(f *testing.F) {
	for _, key := range []string{"a/page.html", "a/", "/", "a b;c=\"d\"", `a\b"c`, "é/ü\xff", "a\r\nSet-Cookie: x=y", "%41/%2F", "..", ".", strings.Repeat("a", 3000), "a\x00", "\t", "filename*=utf-8''x"} {
		f.Add("bucket", key, "v", "bytes=0-1", "<script>1</script>")
		f.Add(key, "k", "", "", "")
	}
	f.Fuzz(func(t *testing.T, bucket, key, version, part, body string) {
		b := &bucketOf{body: body}
		c := &Console{options: Options{Caller: b, Log: slog.New(slog.DiscardHandler)}}
		query := url.Values{"bucket": {bucket}, "key": {key}, "version": {version}, "range": {part}}
		w := httptest.NewRecorder()
		err := c.object(w, httptest.NewRequest(http.MethodGet, "/?"+query.Encode(), nil), nil)
		if bucket == "" || key == "" {
			if _, ok := errors.AsType[wire.Error](err); !ok || b.asked != nil {
				t.Errorf("no name: %v", err)
			}
			return
		}
		if err != nil || b.asked.Bucket != bucket || b.asked.Key != key || wire.Value(b.asked.VersionId) != version || wire.Value(b.asked.Range) != part {
			t.Fatalf("%v: %+v is asked for: %v", query, b.asked, err)
		}
		kind, params, err := mime.ParseMediaType(w.Header().Get("Content-Disposition"))
		if _, name, _ := strings.Cut("/"+key, "/"); err != nil || kind != "attachment" || params["filename"] != name[strings.LastIndexByte(name, '/')+1:] {
			t.Errorf("%q comes as %q: %v", key, w.Header().Get("Content-Disposition"), err)
		}
		for name, values := range w.Header() {
			if strings.ContainsAny(strings.Join(values, ""), "\r\n\x00") {
				t.Errorf("%q makes %s %q", key, name, values)
			}
		}
		if w.Header().Get("Content-Type") != "application/octet-stream" || w.Body.String() != body {
			t.Errorf("%v and %q are sent", w.Header(), w.Body)
		}
	})
}

// queueOf is a Peeker whose queue has one message, for the root of its account.
type queueOf struct {
	judged, peeked string
	limit          int
}

// Accesses tells of the queue that is named.
func (q *queueOf) Accesses(_ context.Context, operation string, in any) ([]call.Access, error) {
	receive, ok := in.(*sqs.ReceiveMessageInput)
	if !ok {
		return nil, wire.NotImplemented("sqs", operation)
	}
	q.judged = receive.QueueUrl
	return []call.Access{{Action: "sqs:" + operation, Account: "000000000000"}}, nil
}

// Peek shows the message.
func (q *queueOf) Peek(_ context.Context, queueURL string, limit int, each func(m sqs.Message, visible time.Time)) error {
	q.peeked, q.limit = queueURL, limit
	each(sqs.Message{MessageId: new("m"), Body: new("hello")}, time.Unix(0, 0))
	return nil
}

// The queue that is looked into is the one that was judged, and no more of it is shown
// than may be at once.
func FuzzPeek(f *testing.F) {
	for _, body := range []string{
		`{"queueUrl":"http://h/000000000000/q","limit":7}`, `{"queueUrl":"q","QueueURL":"p"}`, `{"limit":-1}`, `{"limit":1e9}`, `{"limit":"x"}`, `{"limit":99999999999999999999}`, `{"queueUrl":7}`, `{"queueUrl":"\ud800"}`, `null`, `[]`, ``, "\xff",
	} {
		f.Add([]byte(body), "000000000000")
		f.Add([]byte(body), "111122223333")
	}
	f.Fuzz(func(t *testing.T, body []byte, account string) {
		q := &queueOf{}
		c := New(Options{Queues: q, Enforcing: true})
		ctx := call.With(t.Context(), call.Info{Account: account, Principal: call.Principal{Kind: call.Root, Account: account}})
		w := httptest.NewRecorder()
		err := c.peek(w, httptest.NewRequest(http.MethodPost, "/", nil).WithContext(ctx), body)
		if err != nil {
			if _, ok := errors.AsType[wire.Error](err); !ok || q.limit != 0 || json.Valid(body) && account == "000000000000" && q.judged != "" {
				t.Errorf("%q: %v", body, err)
			}
			return
		}
		if account != "000000000000" || q.judged != q.peeked || q.limit < 1 || q.limit > maxPeek || !strings.Contains(w.Body.String(), `"hello"`) {
			t.Errorf("%q of %s: %+v, %s", body, account, q, w.Body)
		}
	})
}
