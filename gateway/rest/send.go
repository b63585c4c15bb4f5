package rest

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"io"
	"net/http"
	"strconv"
	"strings"

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
	var b bytes.Buffer
	var to io.WriteCloser
	how := encodingOf(x.r.Header.Get("Accept-Encoding"))
	switch how {
	case "gzip":
		to = gzip.NewWriter(&b)
	case "deflate":
		to = zlib.NewWriter(&b)
	default:
		return body
	}
	_, err := to.Write(body)
	if err != nil || to.Close() != nil {
		return body // a buffer takes everything
	}
	h.Set("Content-Encoding", how)
	return b.Bytes()
}

// encodingOf is the first compression of ours that an Accept-Encoding header
// names.
func encodingOf(accept string) string {
	for part := range strings.SplitSeq(accept, ",") {
		name, q, _ := strings.Cut(part, ";")
		if strings.ReplaceAll(q, " ", "") == "q=0" {
			continue
		}
		switch name = strings.ToLower(strings.TrimSpace(name)); name {
		case "gzip", "deflate":
			return name
		case "*":
			return "gzip"
		}
	}
	return ""
}
