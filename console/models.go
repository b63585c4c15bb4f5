package console

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"maru.dev/maru/api/s3"
	"maru.dev/maru/api/sqs"
	"maru.dev/maru/arn"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/outbox"
	"maru.dev/maru/wire"
)

// readModels are the addresses under /_maru/api/console/.
func (c *Console) readModels() map[string]model {
	return map[string]model{
		"whoami":  {open: true, serve: c.whoAmI},
		"signin":  {open: true, serve: c.signIn},
		"signout": {open: true, serve: c.signOut},
		"peek":    {serve: c.peek},
		"mail":    {serve: c.mail},
		"letter":  {link: true, serve: c.letter},
		"object":  {link: true, serve: c.object},
		"tail":    {serve: c.tail},
		"watch":   {serve: c.watch},
	}
}

// whoAmI tells the page how it stands.
func (c *Console) whoAmI(w http.ResponseWriter, r *http.Request, body []byte) error {
	out := struct {
		Mode     string `json:"mode"`
		SignedIn bool   `json:"signedIn"`
		Account  string `json:"account"`
		Region   string `json:"region"`
		Name     string `json:"name,omitempty"`
		Time     int64  `json:"time"` // the platform's, in milliseconds
	}{Mode: "developer", SignedIn: true, Time: c.options.Clock.Now().UnixMilli()}
	if c.options.Enforcing {
		out.Mode = "enforcing"
	}
	ctx, err := c.signedIn(w, r, body)
	info := call.From(r.Context())
	if refused, ok := errors.AsType[wire.Error](err); ok && refused.HTTPStatus() == http.StatusUnauthorized {
		out.SignedIn = false
	} else if err != nil {
		return err
	} else {
		info = call.From(ctx)
		out.Name = info.Principal.Name()
	}
	out.Account, out.Region = info.Account, info.Region
	writeJSON(w, http.StatusOK, out)
	return nil
}

// maxPeek is how many messages of a queue are shown at once.
const maxPeek = 200

// peek shows what waits in a queue.
func (c *Console) peek(w http.ResponseWriter, r *http.Request, body []byte) error {
	var in struct {
		QueueURL string `json:"queueUrl"`
		Limit    int    `json:"limit"`
	}
	if err := read(body, &in); err != nil {
		return err
	}
	if c.options.Queues == nil {
		return wire.NotImplemented("sqs", "Peek")
	}
	if in.Limit < 1 || in.Limit > maxPeek {
		in.Limit = maxPeek
	}
	if err := c.judgePeek(r, in.QueueURL); err != nil {
		return err
	}
	type peeked struct {
		ID         string                               `json:"id"`
		Body       string                               `json:"body"`
		Visible    int64                                `json:"visible"`
		Attributes map[string]string                    `json:"attributes"`
		Message    map[string]sqs.MessageAttributeValue `json:"messageAttributes"`
	}
	list := []peeked{}
	err := c.options.Queues.Peek(r.Context(), in.QueueURL, in.Limit, func(m sqs.Message, visible time.Time) {
		list = append(list, peeked{*m.MessageId, *m.Body, visible.UnixMilli(), m.Attributes, m.MessageAttributes})
	})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, map[string]any{"messages": list})
	return nil
}

// judgePeek holds a look into a queue against the rules as SQS holds its receiving:
// a URL may name a queue of any account.
func (c *Console) judgePeek(r *http.Request, queueURL string) error {
	if !c.options.Enforcing {
		return nil
	}
	in := &sqs.ReceiveMessageInput{QueueUrl: queueURL}
	return c.rules.Authorize(r.Context(), call.From(r.Context()), sqs.Model, &wire.Operation{Name: "ReceiveMessage"}, in)
}

// judge holds what the page wants to see against the rules, where no operation
// does it. In developer mode everything is allowed.
func (c *Console) judge(r *http.Request, action, service, resource string) error {
	if !c.options.Enforcing {
		return nil
	}
	info := call.From(r.Context())
	access := call.Access{Action: action, Resource: arn.New(service, info.Region, info.Account, resource), Account: info.Account}
	if err := c.rules.Judge(info, &access); err != nil {
		return err
	}
	return nil
}

// maxMail is how many messages the page gets.
const maxMail = 500

// mail lists what was sent to people from the page's account, newest first.
func (c *Console) mail(w http.ResponseWriter, r *http.Request, _ []byte) error {
	if err := c.judge(r, "ses:ListMessages", "ses", "outbox"); err != nil {
		return err
	}
	account := call.From(r.Context()).Account
	var list []outbox.Message
	err := c.options.Store.View(r.Context(), func(tx *kv.Tx) error {
		list = []outbox.Message{}
		for m, err := range outbox.List(tx) {
			if err != nil {
				return fmt.Errorf("list mail: %w", err)
			}
			if m.Account != account {
				continue
			}
			if list = append(list, m); len(list) == maxMail {
				break
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, map[string]any{"messages": list})
	return nil
}

// letterPolicy lets a letter show its own styles and pictures that it brings
// along; nothing in it runs, and nothing is fetched.
const letterPolicy = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"

// letter shows the HTML of one message, in a frame that nothing gets out of.
func (c *Console) letter(w http.ResponseWriter, r *http.Request, _ []byte) error {
	if err := c.judge(r, "ses:ListMessages", "ses", "outbox"); err != nil {
		return err
	}
	id, account := r.URL.Query().Get("id"), call.From(r.Context()).Account
	html := ""
	err := c.options.Store.View(r.Context(), func(tx *kv.Tx) error {
		html = ""
		for m, err := range outbox.List(tx) {
			if err != nil {
				return fmt.Errorf("read mail: %w", err)
			}
			if m.ID == id && m.Account == account {
				html = m.HTML
				return nil
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if html == "" {
		return &wire.APIError{Code: "NotFound", Message: "There is no such message, or it has no HTML.", Status: http.StatusNotFound}
	}
	h := w.Header()
	h.Set("Content-Security-Policy", letterPolicy)
	h.Set("X-Frame-Options", "SAMEORIGIN")
	h.Set("Content-Type", "text/html; charset=utf-8")
	_, _ = io.WriteString(w, html) // the browser may be gone
	return nil
}

// object sends an object of a bucket, whole or in part. It comes as bytes to be
// kept, never as a page of this origin.
func (c *Console) object(w http.ResponseWriter, r *http.Request, _ []byte) error {
	q := r.URL.Query()
	in := &s3.GetObjectInput{Bucket: q.Get("bucket"), Key: q.Get("key")}
	if in.Bucket == "" || in.Key == "" {
		return &wire.APIError{Code: "ValidationError", Message: "Name a bucket and a key."}
	}
	if v := q.Get("version"); v != "" {
		in.VersionId = &v
	}
	if v := q.Get("range"); v != "" {
		in.Range = &v
	}
	out, err := call.Do[*s3.GetObjectOutput](r.Context(), c.options.Caller, "s3", "GetObject", in)
	if err != nil {
		return err
	}
	if closer, ok := out.Body.(io.Closer); ok {
		defer closer.Close()
	}
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": in.Key[strings.LastIndexByte(in.Key, '/')+1:]}))
	if out.ContentLength != nil {
		h.Set("Content-Length", strconv.FormatInt(*out.ContentLength, 10))
	}
	if out.Body != nil {
		_, err = io.Copy(w, out.Body)
	}
	if err != nil {
		c.options.Log.DebugContext(r.Context(), "console: object not taken", "cause", err)
	}
	return nil
}

// read reads a document of the console's own.
func read(body []byte, into any) error {
	if err := json.Unmarshal(body, into); err != nil {
		return &wire.APIError{Code: "SerializationException", Message: "The body is not the JSON document that this address takes."}
	}
	return nil
}
