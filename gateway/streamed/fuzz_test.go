package streamed

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	api "maru.dev/maru/api/lambda"
)

// However a function's answer is cut into pieces, it begins once, with a status that
// can be sent, and nothing of its body is lost, or passed twice.
func FuzzAnswer(f *testing.F) {
	zeros := strings.Repeat("\x00", 8)
	for _, text := range []string{
		`{"statusCode":201,"headers":{"a":"b"},"cookies":["c=d"]}` + zeros + "body", `{}` + zeros, `{"statusCode":0}` + zeros + "x", `{"statusCode":"200"}` + zeros, `{"headers":{"a\r\nb":"c\n"}}` + zeros,
		`{"statusCode":99999}` + zeros + zeros, `{` + zeros, `{}` + zeros[1:], "plain", zeros, "", `{"a":"` + strings.Repeat("x", maxPrelude) + `"}` + zeros + "b",
	} {
		f.Add([]byte(text), uint8(3), false)
		f.Add([]byte(text), uint8(255), true)
	}
	f.Fuzz(func(t *testing.T, text []byte, size uint8, fails bool) {
		var passed bytes.Buffer
		begun, refused, status := 0, 0, 0
		a := Answer{
			Begin: func(s int, _ http.Header) { begun, status = begun+1, s },
			Pass: func(piece []byte) {
				if begun == 0 {
					t.Error("a piece is passed before the answer has begun")
				}
				passed.Write(piece)
			},
			Refuse: func(string) { refused++ },
		}
		for rest := text; len(rest) > 0; {
			n := min(len(rest), max(int(size), len(text)/1000, 1))
			piece := bytes.Clone(rest[:n])
			rest = rest[n:]
			if err := a.Receive(&api.InvokeWithResponseStreamResponseEvent{PayloadChunk: &api.InvokeResponseStreamUpdate{Payload: piece}}); err != nil {
				t.Fatal(err)
			}
		}
		done := &api.InvokeWithResponseStreamCompleteEvent{}
		if fails {
			done.ErrorCode = new("Unhandled")
		}
		if err := a.Receive(&api.InvokeWithResponseStreamResponseEvent{InvokeComplete: done}); err != nil {
			t.Fatal(err)
		}
		if begun+refused != 1 || !a.Begun() || a.Failed() != (fails && begun == 1) {
			t.Fatalf("%q has begun %d times, and was refused %d times", text, begun, refused)
		}
		if begun == 1 && (status < 100 || status > 999) {
			t.Errorf("%q has the status %d", text, status)
		}
		if !bytes.HasSuffix(text, passed.Bytes()) {
			t.Errorf("%q of %q is passed", passed.Bytes(), text)
		}
		if _, body, found := bytes.Cut(text, make([]byte, 8)); begun == 1 && passed.Len() != len(text) && (!found || text[0] != '{' || passed.Len() != len(body)) {
			t.Errorf("%q of %q is passed", passed.Bytes(), text)
		}
	})
}
