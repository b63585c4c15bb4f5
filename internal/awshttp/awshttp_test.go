package awshttp

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// hasty is a request's body as the SDK's is: once closed its WriteTo fails with
// io.EOF. It does not get to it before it is closed, as on a busy machine.
type hasty struct {
	*bytes.Reader

	closed chan struct{}
}

func (h *hasty) WriteTo(io.Writer) (int64, error) {
	<-h.closed
	return 0, io.EOF
}

func (h *hasty) Close() error {
	select {
	case <-h.closed:
	default:
		close(h.closed)
	}
	return nil
}

// An answer that comes while the request's writer has not looked for the end of
// its body is read whole.
func TestAnEarlyAnswerIsReadWhole(t *testing.T) {
	t.Parallel()
	rest := make(chan struct{})
	const head, tail = "begun, ", "and ended"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body)
		_, _ = io.WriteString(w, head)
		_ = http.NewResponseController(w).Flush()
		<-rest
		_, _ = io.WriteString(w, tail)
	}))
	defer server.Close()

	body := &hasty{bytes.NewReader([]byte("{}")), make(chan struct{})}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, body)
	if err != nil {
		t.Fatal(err)
	}
	req.ContentLength = 2
	reply, err := Client(server.Client().Transport).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	_ = body.Close() // as the SDK does
	close(rest)
	got, err := io.ReadAll(reply.Body)
	if err != nil || string(got) != head+tail {
		t.Errorf("read %q, %v", got, err)
	}
}
