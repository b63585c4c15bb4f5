package edge

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"maru.dev/maru/auth"
	"maru.dev/maru/call"
	"maru.dev/maru/telemetry"
	"maru.dev/maru/wire"
)

// exchange is one call of an API on its way from request to reply.
type exchange struct {
	server *Server
	w      http.ResponseWriter
	r      *http.Request
	id     string
	began  time.Time
	claim  auth.Claim
	goal   target
	info   call.Info
	raw    body   // the request's body as it arrives
	held   []byte // the whole body, once it had to be read
	inRAM  bool   // held is set
	passed bool   // the door has seen, and recorded, the call

	vouched bool // info tells who calls: the request is a data plane's

	// What every call needs stands here, so that it is one object of memory.
	ids    [1]string // id, as a header's values
	memory bytes.Buffer
	in     wire.Request
	out    wire.Response
}

// serve answers the call.
func (x *exchange) serve() {
	if !x.vouched {
		x.info = x.server.info(x.r, x.goal.place, x.id)
		x.claim = auth.Parse(x.r)
	}
	out, err := x.call()
	if err != nil {
		x.fail(err)
		return
	}
	reply := x.reply()
	if err := x.codec().Encode(x.goal.api.model, x.goal.op.Operation, out, reply); err != nil {
		x.passed = false
		x.fail(fmt.Errorf("encode reply: %w", err))
		return
	}
	x.send(reply)
}

// call takes the request through resolving, authentication, decoding and the
// door.
func (x *exchange) call() (any, error) {
	if whole, ok := x.r.Body.(*heldBody); ok {
		x.held, x.inRAM = whole.bytes, true
	}
	x.raw.limit = bodyLimitOf(x.claim.Service) // as far as the signature tells it
	if err := undecided(x.r.Header); err != nil {
		return nil, err
	}
	f, err := x.form()
	if err != nil {
		return nil, err
	}
	x.goal, err = x.server.tables.resolve(x.r, &x.claim, x.goal.place, &f)
	if err != nil && x.goal.api == nil {
		x.goal, err = x.bucketByPath(err)
	}
	x.raw.bound(&x.goal)
	x.raw.dialect = dialectOf(&x.goal)
	if err != nil {
		return nil, err
	}
	identity, err := x.identify()
	if err != nil {
		return nil, err
	}
	ctx := call.With(x.r.Context(), x.info)
	var in any
	if x.goal.op.Invoke != nil {
		if in, err = x.decode(identity); err != nil {
			return nil, err
		}
	}
	x.passed = true
	return x.server.options.Door.Serve(ctx, x.goal.api.model, x.goal.op.Operation, in)
}

// undecided refuses a request that names what it asks for more than once: whoever
// has passed it on may have let another operation pass than the one that we see.
// (For who asks, auth does the same.)
func undecided(h http.Header) error {
	if name := auth.Repeated(h, "X-Amz-Target", "Smithy-Protocol", "Content-Type"); name != "" {
		return repeatedHeader(name)
	}
	return nil
}

// form reads the parameters of a query request. A posted form has to be read
// whole to know its action.
func (x *exchange) form() (form, error) {
	var f form
	if query := x.r.URL.RawQuery; strings.Contains(query, "Action=") {
		f.action, f.version = formValue(query, "Action"), formValue(query, "Version")
	}
	if x.r.Method != http.MethodPost || get(x.r.Header, "X-Amz-Target") != "" || !isForm(x.r.Header.Get("Content-Type")) {
		return f, nil
	}
	if x.claim.Service == "s3" { // a browser's upload, not a query
		return f, nil
	}
	if err := x.hold(); err != nil {
		return f, err
	}
	f.body = x.held
	if x.r.Header.Get("Content-Encoding") == "gzip" {
		return f, nil
	}
	if text := string(x.held); strings.Contains(text, "Action=") {
		f.action, f.version = formValue(text, "Action"), formValue(text, "Version")
	}
	return f, nil
}

// get is h.Get for a name that is written as Go writes it, which is not made sure
// of on each call.
func get(h http.Header, name string) string {
	if values := h[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// isForm tells whether a content type is a form's.
func isForm(contentType string) bool {
	return strings.HasPrefix(contentType, "application/x-www-form-urlencoded")
}

// hold reads the whole body.
func (x *exchange) hold() error {
	if x.inRAM {
		return nil
	}
	var b bytes.Buffer
	if n := x.r.ContentLength; n > 0 { // of which no more is believed than costs nothing
		b.Grow(int(min(n, freeBytes)) + bytes.MinRead)
	}
	if _, err := b.ReadFrom(&x.raw); err != nil {
		return err
	}
	x.held, x.inRAM = b.Bytes(), true
	return nil
}

// identify finds out who calls, and proves it in enforcing mode.
func (x *exchange) identify() (auth.Identity, error) {
	if x.vouched {
		return auth.Identity{}, nil
	}
	v := x.server.options.Verifier
	if v.Enforce && !x.claim.Signed && (x.goal.op.NoAuth || x.letsAnyone()) {
		// A resource's policy may let anyone in: that is for the door to judge.
		x.info.Principal = call.Principal{Kind: call.Anonymous}
		return auth.Identity{}, nil
	}
	if err := x.checkScope(); err != nil {
		return auth.Identity{}, err
	}
	payload, err := x.payloadHash()
	if err != nil {
		return auth.Identity{}, err
	}
	id, err := v.Identify(x.r.Context(), x.r, &x.claim, payload)
	if err != nil {
		return id, x.believable(err)
	}
	x.info.Principal, x.info.Account = id.Principal, id.Account
	if x.claim.Region != "" {
		x.info.Region = x.claim.Region
	}
	if bound := x.server.options.Traces.Bound(x.claim.AccessKey); x.info.TraceID == "" {
		x.info.TraceID = bound
	} else if bound != "" {
		x.info.TraceID = telemetry.Inherit(x.info.TraceID, bound)
	}
	return id, nil
}

// letsAnyone tells whether resources of the service have policies that may let in
// who does not sign.
func (x *exchange) letsAnyone() bool {
	if x.goal.api.model.SigningName == "s3" {
		return true
	}
	_, inviting := x.server.options.Door.Service(x.goal.api.model.ID).(call.Inviting)
	return inviting
}

// checkScope refuses a signature that was made for another service.
func (x *exchange) checkScope() error {
	want := x.goal.api.model.SigningName
	if !x.server.options.Verifier.Enforce || !x.claim.Signed || x.claim.Service == want {
		return nil
	}
	return x.believable(&auth.Fault{
		Kind:   auth.Mismatch,
		Detail: "Credential should be scoped to correct service: '" + want + "'. ",
	})
}

// payloadHash is what the client has signed for the body. Only S3 takes the
// client's word for it, and checks the bytes as they come.
func (x *exchange) payloadHash() (string, error) {
	if !x.server.options.Verifier.Enforce {
		return "", nil
	}
	if x.goal.api.model.SigningName == "s3" {
		switch sent := x.r.Header.Get("X-Amz-Content-Sha256"); {
		case sent != "":
			return sent, nil
		case x.claim.Presigned:
			return unsignedPayload, nil
		case x.claim.Signed:
			return "", x.believable(&auth.Fault{Kind: auth.MissingHash})
		default:
			return "", nil
		}
	}
	if err := x.hold(); err != nil {
		return "", err
	}
	sum := sha256.Sum256(x.held)
	return hex.EncodeToString(sum[:]), nil
}

// believable words a fault of the signature as the service would.
func (x *exchange) believable(err error) error {
	var fault *auth.Fault
	if errors.As(err, &fault) {
		return fault.In(dialectOf(&x.goal))
	}
	return err
}

// decode reads the operation's input.
func (x *exchange) decode(id auth.Identity) (any, error) {
	reader, err := x.content(id)
	if err != nil {
		return nil, err
	}
	x.in = wire.Request{
		Method: x.r.Method, URL: x.r.URL, Header: x.r.Header,
		Body: reader, ContentLength: x.r.ContentLength, Labels: x.goal.labels,
	}
	if x.r.URL.RawQuery != "" {
		x.in.Query = x.r.URL.Query()
	}
	return x.codec().Decode(x.goal.api.model, x.goal.op.Operation, &x.in)
}

// codec is the protocol's codec.
func (x *exchange) codec() wire.Codec {
	protocol := x.goal.protocol
	if protocol == "" {
		protocol = guessProtocol(x.r)
	}
	if c := x.server.codecs[protocol]; c != nil {
		return c
	}
	return x.server.codecs[wire.AWSJSON]
}

// guessProtocol is for faults of requests that name no service.
func guessProtocol(r *http.Request) wire.Protocol {
	switch {
	case isForm(r.Header.Get("Content-Type")), strings.Contains(r.URL.RawQuery, "Action="):
		return wire.Query
	default:
		return wire.RESTJSON
	}
}

// fail answers with a fault, and leaves the log line if the door has not.
func (x *exchange) fail(err error) {
	if !x.passed {
		x.refuse(err)
	}
	model, op := &wire.Service{ID: "maru", ServiceID: "maru"}, (*wire.Operation)(nil)
	if x.goal.api != nil {
		model = x.goal.api.model
	}
	if x.goal.op != nil {
		op = x.goal.op.Operation
	}
	var fault wire.Error
	if unavailable := call.Unavailable(model, err); unavailable != nil {
		fault = unavailable
	} else if !errors.As(err, &fault) {
		fault = internalFailure(dialectOf(&x.goal))
	}
	reply := x.reply()
	if err := x.codec().EncodeError(model, op, fault, reply); err != nil {
		x.server.options.Log.ErrorContext(x.r.Context(), "encode error", "request", x.id, "cause", err)
		reply.Status, reply.Body = http.StatusInternalServerError, nil
	}
	x.send(reply)
}

// refuse records a call that did not get as far as the door.
func (x *exchange) refuse(err error) {
	service, operation := x.claim.Service, ""
	if x.goal.api != nil {
		service = x.goal.api.model.ID
	}
	if x.goal.op != nil {
		operation = x.goal.op.Name
	}
	x.server.options.Door.Refuse(call.With(x.r.Context(), x.info), service, operation, x.began, err)
}

// reply starts a reply with its ids.
func (x *exchange) reply() *wire.Response {
	h := x.w.Header()
	x.out = wire.Response{Header: h, RequestID: x.id}
	reply := &x.out
	if x.goal.api != nil && x.goal.api.model.SigningName == "s3" {
		reply.RequestID = strings.ToUpper(strings.ReplaceAll(x.id, "-", "")[:16])
		reply.HostID = x.id
		h["X-Amz-Request-Id"] = []string{reply.RequestID}
		h["X-Amz-Id-2"] = []string{reply.HostID}
	} else {
		x.ids[0] = x.id
		h["X-Amzn-Requestid"] = x.ids[:]
	}
	reply.Body = (*x.server.replies.Get().(*[]byte))[:0]
	return reply
}

// content is the body as the codec reads it: without its transfer encodings.
func (x *exchange) content(id auth.Identity) (io.Reader, error) {
	var reader io.Reader = &x.raw
	if x.inRAM {
		x.memory = *bytes.NewBuffer(x.held)
		reader = &x.memory
	}
	switch {
	case x.goal.api.model.SigningName == "s3":
		return x.s3Content(reader, id)
	case get(x.r.Header, "Content-Encoding") == "gzip":
		return x.gunzip(reader)
	case x.goal.protocol == wire.Query && x.goal.api.model.ID == "sqs":
		return x.withQueueURL(reader)
	}
	return reader, nil
}
