// Package outbox keeps what would leave for people: e-mail, text messages and
// push notifications. They are stored for their sender to read, and e-mail is
// passed on to an SMTP server where one is named.
package outbox

import (
	"iter"
	"time"

	"maru.dev/maru/kv"
)

// Message is something for a person.
type Message struct {
	ID         string    `json:"id"`
	Channel    string    `json:"channel"` // "email", "sms" or "push"
	At         time.Time `json:"at"`
	Account    string    `json:"account"`
	Region     string    `json:"region"`
	From       string    `json:"from,omitempty"`
	To         []string  `json:"to"`
	Cc         []string  `json:"cc,omitempty"`
	Bcc        []string  `json:"bcc,omitempty"`
	ReplyTo    []string  `json:"replyTo,omitempty"`
	Subject    string    `json:"subject,omitempty"`
	Text       string    `json:"text,omitempty"`
	HTML       string    `json:"html,omitempty"`
	Raw        []byte    `json:"raw,omitempty"`        // the MIME message, where the sender made it
	SourceARN  string    `json:"sourceArn,omitempty"`  // identity or topic
	Relayed    string    `json:"relayed,omitempty"`    // SMTP address it was passed on to
	RelayError string    `json:"relayError,omitempty"` // why it could not be
}

// Add stores m, which has its ID and time, in tx.
func Add(tx *kv.Tx, m Message) error { panic("not yet") }

// List returns the stored messages, newest first.
func List(tx *kv.Tx) iter.Seq2[Message, error] { panic("not yet") }
