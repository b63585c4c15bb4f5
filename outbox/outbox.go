// Package outbox keeps what would leave for people: e-mail, text messages and
// push notifications. They are stored for their sender to read, and e-mail is
// passed on to an SMTP server where one is named.
package outbox

import (
	"encoding/json"
	"fmt"
	"hash"
	"hash/fnv"
	"io"
	"iter"
	"slices"
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

// Retention: an application left running must not fill the disk. Counting the
// messages makes concurrent Adds wait for each other, so only one in trimOne
// does it, chosen by its ID, and then removes all that is too much.
const (
	keep    = 10_000
	trimOne = 64
)

// chunkSize is how much of a message is in one row: a mail with attachments may
// be larger than a value of the store.
const chunkSize = kv.MaxValue / 2

// root is the beginning of all keys of this package:
//
//	message version id chunk → a piece of the Message; versions are in the order of commits
//	relay version id         → outcome of passing the message on
//	count                    → counter of messages
func root() kv.Key { return kv.NewKey("", "", "outbox") }

// messages is the range of all messages' rows, oldest first.
func messages() kv.Range { return kv.Prefix(root().With("message")) }

// countKey is the key of the number of stored messages.
func countKey() kv.Key { return root().With("count") }

// Topic is woken by each Add.
func Topic() kv.Key { return root().With("topic") }

// Add stores m, which has its ID and time, in tx. Of very many messages the
// oldest are removed: about 10,000 stay.
func Add(tx *kv.Tx, m Message) error {
	raw, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("encode message: %w", err)
	}
	chunk := 0
	for part := range slices.Chunk(raw, chunkSize) {
		if err := tx.PutAtCommit(root().With("message"), []any{m.ID, chunk}, part); err != nil {
			return fmt.Errorf("store message: %w", err)
		}
		chunk++
	}
	tx.Wake(Topic())
	if err := tx.Add(countKey(), 1); err != nil {
		return err
	}
	if hashOf(fnv.New32a(), m.ID)%trimOne == 0 {
		return trim(tx)
	}
	return nil
}

// hashOf returns the hash of id.
func hashOf(hash hash.Hash32, id string) uint32 {
	_, _ = io.WriteString(hash, id) // a hash takes everything
	return hash.Sum32()
}

// trim removes the oldest messages beyond what is kept.
func trim(tx *kv.Tx) error {
	count, err := tx.Count(countKey())
	if err != nil || count <= keep {
		return err
	}
	removed, last := int64(-1), ""
	for pair, err := range tx.Scan(messages()) {
		if err != nil {
			return err
		}
		id, _, err := idOf(pair.Key)
		if err != nil {
			return err
		}
		if id != last || removed < 0 {
			removed++
			last = id
		}
		if removed == count-keep {
			break // this one stays
		}
		if err := remove(tx, pair.Key); err != nil {
			return err
		}
	}
	return tx.Add(countKey(), -removed)
}

// idOf returns the message's ID and the chunk's number in key.
func idOf(key kv.Key) (id string, chunk int64, err error) {
	err = key.Scan(5, &id, &chunk)
	return id, chunk, err
}

// List returns the stored messages, newest first.
func List(tx *kv.Tx) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		r := messages()
		r.Reverse = true
		var chunks [][]byte // of the message at hand, last first
		for pair, err := range tx.Scan(r) {
			var m Message
			var chunk int64
			if err == nil {
				_, chunk, err = idOf(pair.Key)
			}
			chunks = append(chunks, pair.Value)
			if err == nil && chunk > 0 {
				continue
			}
			if err == nil {
				slices.Reverse(chunks)
				err = json.Unmarshal(slices.Concat(chunks...), &m)
			}
			if err == nil {
				err = addOutcome(tx, pair.Key, &m)
			}
			chunks = chunks[:0]
			if err != nil {
				err = fmt.Errorf("read message: %w", err)
			}
			if !yield(m, err) || err != nil {
				return
			}
		}
	}
}
