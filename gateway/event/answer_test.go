package event

import (
	"errors"
	"testing"
)

// No answer of a function, however odd, ends in anything else than a reply
// that can be sent or ErrAnswer.
func FuzzReadAnswer(f *testing.F) {
	for _, seed := range []string{`{"statusCode":200,"body":"x"}`, `{"statusCode":"204","headers":{"a":1,"b":true,"c":null}}`, `"text"`, `{"cookies":["a=b"],"statusCode":1}`, ``, `{`} {
		f.Add([]byte(seed), true)
	}
	f.Fuzz(func(t *testing.T, payload []byte, v2 bool) {
		format := "1.0"
		if v2 {
			format = "2.0"
		}
		reply, err := ReadAnswer(payload, format, "text/plain")
		if err != nil {
			if !errors.Is(err, ErrAnswer) {
				t.Fatal(err)
			}
			return
		}
		if reply.Status < 100 || reply.Status > 599 || reply.Header.Get("Content-Length") != "" {
			t.Errorf("status %d, header %v", reply.Status, reply.Header)
		}
	})
}
