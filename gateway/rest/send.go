package rest

import (
	"net/http"
	"strconv"

	"maru.dev/maru/gateway/rest/media"
	"maru.dev/maru/gateway/transfer"
)

// send writes the reply.
func (x *exchange) send(answer *reply) {
	h := x.w.Header()
	clear(h) // what the edge lets browsers do with its own answers is not meant for an API's
	for name, values := range answer.header {
		h[name] = values
	}
	h.Set("X-Amzn-Requestid", x.id)
	h.Set("X-Amz-Apigw-Id", x.extended)
	if answer.kind == "" && x.info.TraceID != "" {
		h.Set("X-Amzn-Trace-Id", x.info.TraceID)
	}
	if x.warning != "" {
		h.Set("Warning", x.warning)
	}
	if answer.stream != nil {
		defer answer.stream.Close()
		x.w.WriteHeader(answer.status)
		x.sent = transfer.Stream(x.w, answer.stream)
		return
	}
	body := x.compressed(answer.body, h)
	if answer.status != http.StatusNoContent && answer.status != http.StatusNotModified {
		h.Set("Content-Length", strconv.Itoa(len(body)))
	}
	x.w.WriteHeader(answer.status)
	if x.r.Method != http.MethodHead {
		n, _ := x.w.Write(body) // the client may be gone
		x.sent = int64(n)
	}
}

// compressed is a body in a compression that the client takes, if the API asks for
// that from its size on.
func (x *exchange) compressed(body []byte, h http.Header) []byte {
	if x.deployment == nil || h.Get("Content-Encoding") != "" {
		return body
	}
	least := x.deployment.Settings.MinimumCompressionSize
	if least == nil || len(body) == 0 || len(body) < int(*least) {
		return body
	}
	out, encoding := media.Compress(body, x.r.Header.Get("Accept-Encoding"))
	if encoding != "" {
		h.Set("Content-Encoding", encoding)
	}
	return out
}
