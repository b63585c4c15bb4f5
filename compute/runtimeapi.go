package compute

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"

	"golang.org/x/net/netutil"
)

const apiPrefix = "/2018-06-01/runtime/"

// maxConnections is how many an environment may have to its Runtime API at a time:
// each may take the room of a head and a payload.
const maxConnections = 32

// serve starts the environment's Runtime API on a loopback port of its own, so
// that no function can ask for another one's work by mistake.
func (e *environment) serve() error {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp4", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen for the runtime API: %w", err)
	}
	e.listener = netutil.LimitListener(l, maxConnections)
	e.server = &http.Server{
		Handler:           http.HandlerFunc(e.runtimeAPI),
		ReadHeaderTimeout: InitLimit,
		MaxHeaderBytes:    1 << 20,
		ErrorLog:          slog.NewLogLogger(e.pool.opts.Log.Handler(), slog.LevelDebug),
	}
	go func() { _ = e.server.Serve(l) }() // ends with end's Close
	return nil
}

// address is what AWS_LAMBDA_RUNTIME_API says.
func (e *environment) address() string { return e.listener.Addr().String() }

// runtimeAPI answers the runtime's requests.
//
// Spec: Lambda Developer Guide, Using the Lambda runtime API for custom
// runtimes.
func (e *environment) runtimeAPI(w http.ResponseWriter, r *http.Request) {
	path, ok := strings.CutPrefix(r.URL.Path, apiPrefix)
	switch {
	case !ok:
		runtimeError(w, http.StatusNotFound, "NotFound", "Not found: "+r.URL.Path)
	case path == "invocation/next" && r.Method == http.MethodGet:
		e.next(w, r)
	case path == "init/error" && r.Method == http.MethodPost:
		e.acceptInitError(w, r)
	case r.Method == http.MethodPost:
		e.acceptAnswer(w, r, path)
	default:
		runtimeError(w, http.StatusNotFound, "NotFound", "Not found: "+r.URL.Path)
	}
}

// next parks the runtime until there is an invocation for it.
func (e *environment) next(w http.ResponseWriter, r *http.Request) {
	if e.current.Load() != nil {
		runtimeError(w, http.StatusForbidden, "InvalidStateTransition", "Transition from Running to Ready is not allowed for runtime")
		return
	}
	e.readyOnce.Do(func() {
		e.initTime.Store(int64(e.sinceStart()))
		close(e.ready)
	})
	select {
	case d := <-e.work:
		e.current.Store(d)
		e.writeInvocation(w, d)
	case <-e.gone:
		runtimeError(w, http.StatusGone, "Gone", "the execution environment has ended")
	case <-r.Context().Done():
	}
}

// writeInvocation answers next with one invocation.
func (e *environment) writeInvocation(w http.ResponseWriter, d *delivery) {
	h := w.Header()
	h["Lambda-Runtime-Aws-Request-Id"] = []string{d.req.ID}
	h["Lambda-Runtime-Deadline-Ms"] = []string{strconv.FormatInt(d.deadline.UnixMilli(), 10)}
	h["Lambda-Runtime-Invoked-Function-Arn"] = []string{d.req.InvokedARN}
	if d.req.TraceID != "" {
		h["Lambda-Runtime-Trace-Id"] = []string{d.req.TraceID}
	}
	if d.req.ClientContext != "" {
		h["Lambda-Runtime-Client-Context"] = []string{d.req.ClientContext}
	}
	if d.req.CognitoIdentity != "" {
		h["Lambda-Runtime-Cognito-Identity"] = []string{d.req.CognitoIdentity}
	}
	h["Content-Type"] = []string{"application/json"}
	h["Content-Length"] = []string{strconv.Itoa(len(d.req.Payload))}
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(d.req.Payload) // a runtime that went away is noticed by its exit
}

// acceptInitError takes the runtime's report that it could not start.
func (e *environment) acceptInitError(w http.ResponseWriter, r *http.Request) {
	if !e.initTold.CompareAndSwap(false, true) {
		runtimeError(w, http.StatusForbidden, "InvalidStateTransition", "Transition from InitError to InitError is not allowed for runtime")
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, MaxPayload))
	if err != nil {
		return
	}
	kind := errorType(r.Header, body)
	e.initError <- &failure{errorType: kind, payload: body, status: "error"}
	accepted(w)
}

// acceptAnswer takes an invocation's response or error.
func (e *environment) acceptAnswer(w http.ResponseWriter, r *http.Request, path string) {
	rest, ok := strings.CutPrefix(path, "invocation/")
	id, kind, found := strings.Cut(rest, "/")
	if !ok || !found || kind != "response" && kind != "error" {
		runtimeError(w, http.StatusNotFound, "NotFound", "Not found: "+r.URL.Path)
		return
	}
	d := e.current.Load()
	if d == nil || d.req.ID != id || !d.answered.CompareAndSwap(false, true) {
		runtimeError(w, http.StatusBadRequest, "InvalidRequestID", "Invalid request ID")
		return
	}
	var answer *response
	if r.Header.Get("Lambda-Runtime-Function-Response-Mode") == "streaming" && kind == "response" {
		answer = readStream(d, r)
	} else {
		answer = readAnswer(d, r, kind == "error")
	}
	e.current.Store(nil)
	if answer.errorType == tooLargeType {
		runtimeError(w, http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", "Exceeded maximum allowed payload size ("+strconv.Itoa(MaxPayload)+" bytes).")
		_ = http.NewResponseController(w).Flush() // before the caller may end us
	} else {
		accepted(w)
	}
	d.done <- answer
}

const tooLargeType = "Function.ResponseSizeTooLarge"

// readAnswer reads a whole response or error.
func readAnswer(d *delivery, r *http.Request, failed bool) *response {
	body, err := readBody(r)
	if err != nil {
		return brokenAnswer(err)
	}
	answer := &response{payload: body, contentType: r.Header.Get("Content-Type"), failed: failed}
	if failed {
		answer.errorType = errorType(r.Header, body)
		return answer
	}
	if len(body) > MaxPayload {
		rest, _ := io.Copy(io.Discard, io.LimitReader(r.Body, MaxStream)) // so that the runtime reads our answer
		size := int64(len(body)) + rest
		said := fmt.Sprintf("Response payload size (%d bytes) exceeded maximum allowed payload size (%d bytes).", size, MaxPayload)
		return &response{payload: errorJSON(tooLargeType, said), failed: true, errorType: tooLargeType}
	}
	if d.req.Stream != nil {
		if _, err := d.req.Stream.Write(body); err != nil {
			return brokenAnswer(err)
		}
		answer.payload = nil
	}
	return answer
}

// readBody reads at most one byte more than a payload may have.
func readBody(r *http.Request) ([]byte, error) {
	if n := r.ContentLength; n >= 0 && n <= MaxPayload {
		body := make([]byte, n)
		_, err := io.ReadFull(r.Body, body)
		return body, err
	}
	return io.ReadAll(io.LimitReader(r.Body, MaxPayload+1))
}

// readStream passes a streamed response on as it comes. An error midway
// arrives in trailers.
func readStream(d *delivery, r *http.Request) *response {
	answer := &response{contentType: r.Header.Get("Content-Type")}
	var err error
	if d.req.Stream != nil {
		_, err = io.Copy(d.req.Stream, io.LimitReader(r.Body, MaxStream))
	} else {
		answer.payload, err = io.ReadAll(io.LimitReader(r.Body, MaxPayload))
	}
	_, _ = io.Copy(io.Discard, r.Body) // trailers come after the body
	if err != nil {
		return brokenAnswer(err)
	}
	if kind := r.Trailer.Get("Lambda-Runtime-Function-Error-Type"); kind != "" {
		answer.failed, answer.errorType = true, kind
		body, err := base64.StdEncoding.DecodeString(r.Trailer.Get("Lambda-Runtime-Function-Error-Body"))
		if err != nil || len(body) == 0 {
			body = errorJSON(kind, "")
		}
		answer.payload = body
	}
	return answer
}

// brokenAnswer is an answer that could not be read to its end.
func brokenAnswer(err error) *response {
	const kind = "Runtime.TruncatedResponse"
	return &response{payload: errorJSON(kind, err.Error()), failed: true, errorType: kind}
}

// errorType finds the name of an error: in its header, else in its body.
func errorType(h http.Header, body []byte) string {
	if kind := h.Get("Lambda-Runtime-Function-Error-Type"); kind != "" && !strings.ContainsAny(kind, "\r\n") {
		return kind
	}
	var parsed struct {
		ErrorType string `json:"errorType"`
	}
	if err := json.Unmarshal(body, &parsed); err != nil || parsed.ErrorType == "" {
		return "Runtime.UnknownReason"
	}
	return parsed.ErrorType
}

// accepted answers 202.
func accepted(w http.ResponseWriter) {
	w.Header()["Content-Type"] = []string{"application/json"}
	w.WriteHeader(http.StatusAccepted)
	_, _ = io.WriteString(w, `{"status":"OK"}`)
}

// runtimeError answers with an error in the Runtime API's form.
func runtimeError(w http.ResponseWriter, status int, kind, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(errorJSON(kind, message))
}

// quoteJSON writes s as a JSON string.
func quoteJSON(s string) []byte {
	b, err := json.Marshal(s)
	if err != nil {
		panic(errors.Join(errors.New("a string is always JSON"), err))
	}
	return b
}
