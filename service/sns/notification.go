package sns

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/sns/signing"
)

// principal is the name that SNS delivers under.
const principal = "sns.amazonaws.com"

// timeFormat is how messages tell the time.
const timeFormat = "2006-01-02T15:04:05.000Z"

// The types of message that HTTP(S) endpoints get.
const (
	typeNotification = "Notification"
	typeSubscribe    = "SubscriptionConfirmation"
	typeUnsubscribe  = "UnsubscribeConfirmation"
)

// envelope is what goes round the messages of one call: who signs them, where
// their links lead, and the signatures made so far, since all subscribers of a
// protocol get the same. It is for one goroutine.
type envelope struct {
	signer     *signing.Signer
	endpoint   string
	signatures map[signable]string
	deferring  bool // see Service.update
	missing    map[signable]struct{}
	handed     handed
}

// signable is a text to be signed.
type signable struct{ version, text string }

// errUnsigned ends a transaction whose messages have yet to be signed.
var errUnsigned = errors.New("sns: messages are not signed yet")

// update is Store.Update for what delivers messages. A signature takes a
// millisecond of the processor: so long no transaction may last. One that
// misses signatures writes nothing, and runs again once they are made.
func (s *Service) update(ctx context.Context, env *envelope, fn func(tx *kv.Tx) error) error {
	env.deferring = true
	defer func() { env.deferring = false }()
	for {
		err := s.Store.Update(ctx, func(tx *kv.Tx) error {
			env.missing = nil
			if err := fn(tx); err != nil {
				return err
			}
			if len(env.missing) > 0 {
				return errUnsigned
			}
			return nil
		})
		if !errors.Is(err, errUnsigned) {
			if err == nil {
				s.measureHanded(&env.handed)
			}
			return err
		}
		for what := range env.missing {
			if _, err := env.signNow(what); err != nil {
				return err
			}
		}
	}
}

// envelope returns one for the messages of a call.
func (s *Service) envelope(ctx context.Context) (*envelope, error) {
	k, err := s.keys.Signer(ctx)
	if err != nil {
		return nil, err
	}
	return &envelope{
		signer:     k,
		endpoint:   strings.TrimSuffix(cmp.Or(call.From(ctx).Endpoint, s.Endpoint), "/"),
		signatures: make(map[signable]string),
	}, nil
}

// sign signs the fields, name and value in turn, of a message.
func (e *envelope) sign(version string, fields ...string) (string, error) {
	var b strings.Builder
	for _, f := range fields {
		b.WriteString(f)
		b.WriteByte('\n')
	}
	what := signable{version, b.String()}
	if sig, ok := e.signatures[what]; ok {
		return sig, nil
	}
	if e.deferring {
		if e.missing == nil {
			e.missing = make(map[signable]struct{})
		}
		e.missing[what] = struct{}{}
		return "", nil
	}
	return e.signNow(what)
}

// signNow signs a text and remembers the signature.
func (e *envelope) signNow(what signable) (string, error) {
	sig, err := e.signer.Sign(what.version, what.text)
	if err == nil {
		e.signatures[what] = sig
	}
	return sig, err
}

// certificateURL is where who gets a message finds the certificate.
func (e *envelope) certificateURL() string { return e.endpoint + e.signer.Path }

// unsubscribeURL is where who gets a message ends the subscription.
func (e *envelope) unsubscribeURL(sub *subscription) string {
	return e.endpoint + "/?Action=Unsubscribe&SubscriptionArn=" + url.QueryEscape(sub.ARN())
}

// subscribeURL is where who gets a message confirms the subscription.
func (e *envelope) subscribeURL(sub *subscription) string {
	return e.endpoint + "/?Action=ConfirmSubscription&TopicArn=" + url.QueryEscape(sub.topic.ARN()) + "&Token=" + sub.Token
}

// notice is a message attribute as messages carry it.
type notice struct {
	Type  string
	Value string
}

// notification is a message as its subscribers get it.
type notification struct {
	Type              string
	MessageID         string `json:"MessageId"`
	Token             string `json:",omitempty"`
	SequenceNumber    string `json:",omitempty"`
	TopicARN          string `json:"TopicArn"`
	Subject           string `json:",omitempty"`
	Message           string
	SubscribeURL      string `json:",omitempty"`
	Timestamp         string
	SignatureVersion  string
	Signature         string
	SigningCertURL    string
	UnsubscribeURL    string            `json:",omitempty"`
	MessageAttributes map[string]notice `json:",omitempty"`
}

// notify returns a message in its envelope for a subscription.
func (e *envelope) notify(t *topic, sub *subscription, m *message) (notification, error) {
	n := notification{
		Type: typeNotification, MessageID: m.ID, TopicARN: t.ref.ARN(), Subject: m.Subject,
		Message: m.textFor(sub.Protocol), Timestamp: m.At.UTC().Format(timeFormat),
		SignatureVersion: t.signatureVersion(), SigningCertURL: e.certificateURL(), UnsubscribeURL: e.unsubscribeURL(sub),
	}
	if m.Sequence != 0 {
		n.SequenceNumber = sequenceText(m.Sequence)
	}
	for name, a := range m.Attributes {
		if n.MessageAttributes == nil {
			n.MessageAttributes = make(map[string]notice, len(m.Attributes))
		}
		n.MessageAttributes[name] = notice(a)
	}
	fields := []string{"Message", n.Message, "MessageId", n.MessageID}
	if n.Subject != "" {
		fields = append(fields, "Subject", n.Subject)
	}
	fields = append(fields, "Timestamp", n.Timestamp, "TopicArn", n.TopicARN, "Type", n.Type)
	var err error
	n.Signature, err = e.sign(n.SignatureVersion, fields...)
	return n, err
}

// signatureVersion is how the topic's messages are signed.
func (t *topic) signatureVersion() string { return cmp.Or(t.Attributes["SignatureVersion"], "1") }

// confirmation returns the message that asks, or tells, an endpoint about its
// subscription.
func (e *envelope) confirmation(t *topic, sub *subscription, kind, id string, now time.Time) (notification, error) {
	text := fmt.Sprintf("You have chosen to subscribe to the topic %s.\nTo confirm the subscription, visit the SubscribeURL included in this message.", t.ref.ARN())
	if kind == typeUnsubscribe {
		text = fmt.Sprintf("You have chosen to deactivate subscription %s.\nTo cancel this operation and restore the subscription, visit the SubscribeURL included in this message.", sub.ARN())
	}
	n := notification{
		Type: kind, MessageID: id, Token: sub.Token, TopicARN: t.ref.ARN(), Message: text,
		SubscribeURL: e.subscribeURL(sub), Timestamp: now.UTC().Format(timeFormat),
		SignatureVersion: t.signatureVersion(), SigningCertURL: e.certificateURL(),
	}
	var err error
	n.Signature, err = e.sign(n.SignatureVersion,
		"Message", n.Message, "MessageId", n.MessageID, "SubscribeURL", n.SubscribeURL, "Timestamp", n.Timestamp,
		"Token", n.Token, "TopicArn", n.TopicARN, "Type", n.Type)
	return n, err
}

// encode writes a message as JSON, its text as it is.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encode message: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// lambdaEvent is what a function gets.
type lambdaEvent struct {
	Records []lambdaRecord
}

// lambdaRecord is one message for a function.
type lambdaRecord struct {
	EventSource          string
	EventVersion         string
	EventSubscriptionARN string    `json:"EventSubscriptionArn"`
	SNS                  lambdaSNS `json:"Sns"`
}

// lambdaSNS is a message as functions get it: with all its fields, and URL
// written otherwise.
type lambdaSNS struct {
	Type              string
	MessageID         string `json:"MessageId"`
	TopicARN          string `json:"TopicArn"`
	Subject           *string
	Message           string
	Timestamp         string
	SignatureVersion  string
	Signature         string
	SigningCertURL    string `json:"SigningCertUrl"`
	UnsubscribeURL    string `json:"UnsubscribeUrl"`
	MessageAttributes map[string]notice
}

// forLambda returns the event of a message.
func forLambda(sub *subscription, n notification) lambdaEvent {
	attributes := n.MessageAttributes
	if attributes == nil {
		attributes = map[string]notice{}
	}
	var subject *string
	if n.Subject != "" {
		subject = &n.Subject
	}
	return lambdaEvent{Records: []lambdaRecord{{
		EventSource: "aws:sns", EventVersion: "1.0", EventSubscriptionARN: sub.ARN(),
		SNS: lambdaSNS{
			Type: n.Type, MessageID: n.MessageID, TopicARN: n.TopicARN, Subject: subject, Message: n.Message,
			Timestamp: n.Timestamp, SignatureVersion: n.SignatureVersion, Signature: n.Signature,
			SigningCertURL: n.SigningCertURL, UnsubscribeURL: n.UnsubscribeURL, MessageAttributes: attributes,
		},
	}}}
}
