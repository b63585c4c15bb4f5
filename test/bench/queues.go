package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

func sqs(c *conn, operation, body string) ([]byte, error) {
	return c.post("/", "sqs", "AmazonSQS."+operation, []byte(body))
}

// makeQueue makes a queue and returns its URL.
func makeQueue(s *server, name string) (queueURL string, err error) {
	err = once(s.address, func(c *conn) error {
		out, err := sqs(c, "CreateQueue", fmt.Sprintf(`{"QueueName":%q}`, name))
		if err != nil {
			return err
		}
		var made struct {
			URL string `json:"QueueUrl"`
		}
		err = json.Unmarshal(out, &made)
		queueURL = made.URL
		return err
	})
	return queueURL, err
}

// send sends one message.
func send(name string) func(*server) (step, error) {
	return func(s *server) (step, error) {
		url, err := makeQueue(s, name)
		body := fmt.Sprintf(`{"QueueUrl":%q,"MessageBody":%q}`, url, text)
		return func(c *conn) error {
			_, err := sqs(c, "SendMessage", body)
			return err
		}, err
	}
}

// fill puts n messages into a queue.
func fill(s *server, url string, n int) error {
	var entries []string
	for i := range 10 {
		entries = append(entries, fmt.Sprintf(`{"Id":"%d","MessageBody":%q}`, i, text))
	}
	body := fmt.Sprintf(`{"QueueUrl":%q,"Entries":[%s]}`, url, strings.Join(entries, ","))
	return times(s.address, n/10, func(c *conn, _ int) error {
		_, err := sqs(c, "SendMessageBatch", body)
		return err
	})
}

// cycle sends, receives and deletes one message, so that the backlog stays. A
// cycle is three requests.
func cycle(name string, backlog int) func(*server) (step, error) {
	return func(s *server) (step, error) {
		url, err := makeQueue(s, name)
		if err == nil {
			err = fill(s, url, backlog)
		}
		sendBody := fmt.Sprintf(`{"QueueUrl":%q,"MessageBody":%q}`, url, text)
		return func(c *conn) error {
			if _, err := sqs(c, "SendMessage", sendBody); err != nil {
				return err
			}
			_, err := take(c, url, 0, 1)
			return err
		}, err
	}
}

// take receives up to so many messages, at least one, and deletes them. It
// returns the answer with their bodies.
func take(c *conn, url string, wait, most int) ([]byte, error) {
	out, err := sqs(c, "ReceiveMessage", fmt.Sprintf(`{"QueueUrl":%q,"WaitTimeSeconds":%d,"MaxNumberOfMessages":%d}`, url, wait, most))
	if err != nil {
		return nil, err
	}
	out = bytes.Clone(out) // the next request has the connection's buffer
	rest := out
	for n := 0; ; n++ {
		var ok bool
		if _, rest, ok = bytes.Cut(rest, []byte(`"ReceiptHandle":`)); !ok {
			if n == 0 {
				return nil, &refusal{"nothing was received:", string(out)}
			}
			return out, nil
		}
		var handle string
		if err := json.NewDecoder(bytes.NewReader(rest)).Decode(&handle); err != nil {
			return nil, err
		}
		if _, err := sqs(c, "DeleteMessage", fmt.Sprintf(`{"QueueUrl":%q,"ReceiptHandle":%q}`, url, handle)); err != nil {
			return nil, err
		}
	}
}

// untilIn is a step and what it takes until a queue has what comes of it.
func untilIn(url string, do step) step {
	return func(c *conn) error {
		if err := do(c); err != nil {
			return err
		}
		_, err := take(c, url, 5, 1)
		return err
	}
}

// queueARN is a queue's name in full.
func queueARN(name string) string { return "arn:aws:sqs:us-east-1:000000000000:" + name }
