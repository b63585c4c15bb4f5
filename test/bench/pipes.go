package main

import (
	"encoding/json"
	"fmt"
	"time"
)

// makePipe makes a pipe to a queue of its name, and waits until it runs.
func makePipe(s *server, name, source, parameters string) (url string, err error) {
	if url, err = makeQueue(s, name); err != nil {
		return "", err
	}
	return url, once(s.address, func(c *conn) error {
		_, err := c.rest("POST", "/v1/pipes/"+name, "pipes", fmt.Appendf(nil, `{"Source":%q,"Target":%q,"RoleArn":"arn:aws:iam::000000000000:role/r","SourceParameters":%s}`,
			source, queueARN(name), parameters))
		for running := false; err == nil && !running; time.Sleep(10 * time.Millisecond) {
			var out []byte
			var pipe struct{ CurrentState string }
			if out, err = c.rest("GET", "/v1/pipes/"+name, "pipes", nil); err == nil {
				err = json.Unmarshal(out, &pipe)
			}
			running = pipe.CurrentState == "RUNNING"
		}
		return err
	})
}

// throughPipe sends a message and waits until it has come through a pipe.
func throughPipe(s *server) (step, error) {
	from, err := makeQueue(s, "bench-piped-from")
	if err != nil {
		return nil, err
	}
	to, err := makePipe(s, "bench-piped", queueARN("bench-piped-from"), "{}")
	return untilIn(to, func(c *conn) error {
		_, err := sqs(c, "SendMessage", fmt.Sprintf(`{"QueueUrl":%q,"MessageBody":%q}`, from, text))
		return err
	}), err
}

// changeThroughPipe puts an item and waits until its change has come from the
// table's stream through a pipe.
func changeThroughPipe(s *server) (step, error) {
	if err := makeTable(s, "bench-followed"); err != nil {
		return nil, err
	}
	var made struct {
		TableDescription struct{ LatestStreamArn string }
	}
	err := once(s.address, func(c *conn) error {
		out, err := dynamodb(c, "UpdateTable", `{"TableName":"bench-followed","StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_IMAGE"}}`)
		if err != nil {
			return err
		}
		return json.Unmarshal(out, &made)
	})
	if err != nil {
		return nil, err
	}
	to, err := makePipe(s, "bench-followed", made.TableDescription.LatestStreamArn, `{"DynamoDBStreamParameters":{"StartingPosition":"LATEST","BatchSize":1}}`)
	return untilIn(to, func(c *conn) error {
		_, err := dynamodb(c, "PutItem", fmt.Sprintf(`{"TableName":"bench-followed","Item":%s}`, item(c.own, c.n)))
		return err
	}), err
}
