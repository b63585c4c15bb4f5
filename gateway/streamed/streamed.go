// Package streamed reads the answers of functions that come piece by piece: status
// and headers in JSON, eight zero bytes, and then the body; or a body alone.
package streamed

import (
	"bytes"
	"encoding/json"
	"net/http"

	api "maru.dev/maru/api/lambda"
	"maru.dev/maru/gateway/event"
)

// maxPrelude is how long status and headers may be.
const maxPrelude = 16 << 10

// Answer is an answer on its way. Its three functions are called as it comes:
// Begin once and then Pass for each piece of the body, or Refuse alone.
type Answer struct {
	Begin  func(status int, header http.Header)
	Pass   func(piece []byte)
	Refuse func(code string) // the function has failed before anything was passed on

	held   []byte // until it is known whether it is a prelude
	begun  bool
	failed bool // after it had begun
}

// Begun tells whether Begin or Refuse has been called.
func (a *Answer) Begun() bool { return a.begun }

// Failed tells whether the function has failed after it had begun: what was passed
// on is not the whole answer.
func (a *Answer) Failed() bool { return a.failed }

// Receive takes one event of the stream.
func (a *Answer) Receive(e any) error {
	part, ok := e.(*api.InvokeWithResponseStreamResponseEvent)
	switch {
	case !ok:
	case part.PayloadChunk != nil:
		a.write(part.PayloadChunk.Payload)
	case part.InvokeComplete != nil:
		a.end(part.InvokeComplete)
	}
	return nil
}

// write passes a piece on, after what is held back.
func (a *Answer) write(piece []byte) {
	if a.begun {
		a.Pass(piece)
		return
	}
	a.held = append(a.held, piece...)
	if len(a.held) == 0 {
		return
	}
	before, after, found := bytes.Cut(a.held, make([]byte, 8))
	switch {
	case a.held[0] == '{' && found:
		if answer, err := event.ReadAnswer(withStatus(before), "2.0", "application/octet-stream"); err == nil {
			a.begin(answer.Status, answer.Header)
			a.Pass(after)
			return
		}
		a.beginPlain()
	case a.held[0] != '{' || len(a.held) > maxPrelude:
		a.beginPlain()
	}
}

// withStatus is a prelude in which statusCode, which may be left out, is given.
func withStatus(prelude []byte) []byte {
	var m map[string]json.RawMessage
	if json.Unmarshal(prelude, &m) != nil {
		return prelude
	}
	if m["statusCode"] == nil {
		m["statusCode"] = json.RawMessage("200")
	}
	out, err := json.Marshal(m)
	if err != nil {
		return prelude
	}
	return out
}

// begin tells of status and headers.
func (a *Answer) begin(status int, header http.Header) {
	a.begun = true
	a.Begin(status, header)
}

// beginPlain begins an answer that has no prelude, with what is held back.
func (a *Answer) beginPlain() {
	a.begin(http.StatusOK, http.Header{"Content-Type": {"application/octet-stream"}})
	a.Pass(a.held)
	a.held = nil
}

// end ends the answer.
func (a *Answer) end(done *api.InvokeWithResponseStreamCompleteEvent) {
	switch {
	case done.ErrorCode != nil && a.begun:
		a.failed = true
	case done.ErrorCode != nil:
		a.begun = true
		a.Refuse(*done.ErrorCode)
	case !a.begun:
		a.beginPlain()
	}
}
