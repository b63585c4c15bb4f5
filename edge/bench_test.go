package edge_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"maru.dev/maru/internal/testenv"
)

// BenchmarkNoOperation answers a SendMessage that does nothing through the
// whole edge, and beside it a bare net/http handler that reads the body and
// writes as much.
func BenchmarkNoOperation(b *testing.B) {
	b.Run("edge", func(b *testing.B) {
		env := testenv.New(b, registration(echo))
		load(b, env.URL())
	})
	b.Run("net-http", func(b *testing.B) {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Type", "application/x-amz-json-1.0")
			_, _ = io.WriteString(w, `{"MD5OfMessageBody":"http://localhost/000000000000/q","MessageId":"hello"}`)
		}))
		defer server.Close()
		load(b, server.URL)
	})
}

// load sends the request from several connections.
func load(b *testing.B, url string) {
	b.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	defer transport.CloseIdleConnections()
	client := http.Client{Transport: transport}
	b.SetParallelism(8)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, url+"/", strings.NewReader(sendBody))
			if err != nil {
				b.Error(err)
				return
			}
			r.Header.Set("Content-Type", "application/x-amz-json-1.0")
			r.Header.Set("X-Amz-Target", "AmazonSQS.SendMessage")
			r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=test/20260304/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0")
			reply, err := client.Do(r)
			if err != nil {
				b.Error(err)
				return
			}
			_, _ = io.Copy(io.Discard, reply.Body)
			reply.Body.Close()
			if reply.StatusCode != http.StatusOK {
				b.Errorf("status %s", reply.Status)
				return
			}
		}
	})
}

// BenchmarkServeHTTP is the edge alone, without a connection.
func BenchmarkServeHTTP(b *testing.B) {
	env := testenv.New(b, registration(echo))
	handler := env.Platform().Handler()
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "/", strings.NewReader(sendBody))
		r.Header["Content-Type"] = []string{"application/x-amz-json-1.0"}
		r.Header["X-Amz-Target"] = []string{"AmazonSQS.SendMessage"}
		r.Header["Authorization"] = []string{"AWS4-HMAC-SHA256 Credential=test/20260304/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0"}
		handler.ServeHTTP(discard{}, r)
	}
}

// discard is a reply that goes nowhere.
type discard struct{}

func (discard) Header() http.Header         { return http.Header{} }
func (discard) Write(p []byte) (int, error) { return len(p), nil }
func (discard) WriteHeader(int)             {}
