package event

import (
	"errors"
	"net/http"
	"testing"
)

// No answer of a function to a REST API ends in anything else than a reply that
// can be sent or ErrAnswer.
func FuzzReadProxyAnswer(f *testing.F) {
	for _, seed := range []string{`{}`, `{"statusCode":200,"body":"x"}`, `{"multiValueHeaders":{"a":["1",2]},"body":"eA==","isBase64Encoded":true}`, `null`, ` [1]`, `{"other":1}`} {
		f.Add([]byte(seed), true)
	}
	f.Fuzz(func(t *testing.T, payload []byte, binary bool) {
		reply, err := ReadProxyAnswer(payload, "text/plain", func(http.Header) bool { return binary })
		if err != nil {
			if !errors.Is(err, ErrAnswer) {
				t.Fatal(err)
			}
			return
		}
		if reply.Status < 100 || reply.Status > 599 || reply.Header.Get("Content-Type") == "" {
			t.Errorf("status %d, header %v", reply.Status, reply.Header)
		}
	})
}
