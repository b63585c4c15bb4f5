package testenv

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// Answer is what came back of a request.
type Answer struct {
	Status int
	Header http.Header
	Body   string
}

// Ask makes a request that is not the SDK's, with a path below the server's
// address, and reads the whole answer. change does to it what else it needs.
func (c Clients) Ask(tb testing.TB, method, path, body string, change ...func(r *http.Request)) Answer {
	tb.Helper()
	r, err := http.NewRequestWithContext(tb.Context(), method, c.url+path, strings.NewReader(body))
	if err != nil {
		tb.Fatal(err)
	}
	for _, f := range change {
		f(r)
	}
	reply, err := c.HTTP().Do(r)
	if err != nil {
		tb.Fatal(err)
	}
	defer reply.Body.Close()
	raw, err := io.ReadAll(reply.Body)
	if err != nil {
		tb.Fatal(err)
	}
	return Answer{reply.StatusCode, reply.Header, string(raw)}
}
