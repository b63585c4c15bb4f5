package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// workload is one kind of request, and the floor that it is held against.
type workload struct {
	name    string
	prepare func(address string) error
	step    func(c *conn) error
	floor   func(c *conn) error
}

// text is what messages and items carry.
var text = strings.Repeat("0123456789", 10)

func floorWrite(c *conn) error {
	_, err := c.post("/write", "", "", []byte(`{"MessageBody":"`+text+`"}`))
	return err
}

func floorRead(c *conn) error {
	_, err := c.post("/read", "", "", []byte(`{"Key":"x"}`))
	return err
}

func sqs(c *conn, operation, body string) ([]byte, error) {
	return c.post("/", "sqs", "AmazonSQS."+operation, []byte(body))
}

func dynamodb(c *conn, operation, body string) ([]byte, error) {
	return c.post("/", "dynamodb", "DynamoDB_20120810."+operation, []byte(body))
}

// workloads returns all that is measured.
func workloads(backlog int) []workload {
	return []workload{
		{name: "SendMessage", prepare: queue("bench-send"), step: send("bench-send"), floor: floorWrite},
		{name: "Receive+Delete, 1,000 waiting", prepare: filled("bench-small", 1000), step: cycle("bench-small"), floor: floorWrite},
		{name: fmt.Sprintf("Receive+Delete, %d waiting", backlog), prepare: filled("bench-large", backlog), step: cycle("bench-large"), floor: floorWrite},
		{name: "PutItem", prepare: table, step: putItem, floor: floorWrite},
		{name: "GetItem", prepare: table, step: getItem, floor: floorRead},
		{name: "Query of 25", prepare: table, step: query, floor: floorRead},
		{name: "Execution, 3 states", prepare: machine("bench-standard", "STANDARD", 3), step: execute("bench-standard"), floor: floorWrite},
		{name: "StartSyncExecution, 5 states", prepare: machine("bench-express", "EXPRESS", 5), step: executeSync("bench-express"), floor: floorRead},
		{name: "PutEvents of 10, 1 rule", prepare: rules("bench-few", 1), step: putEvents("bench-few"), floor: floorRead},
		{name: "PutEvents of 10, 10,000 rules", prepare: rules("bench-many", 10_000), step: putEvents("bench-many"), floor: floorRead},
	}
}

// queue makes a queue.
func queue(name string) func(string) error {
	return func(address string) error {
		return call(address, "sqs", "AmazonSQS.CreateQueue", fmt.Sprintf(`{"QueueName":%q}`, name))
	}
}

// send sends one message.
func send(name string) func(*conn) error {
	body := fmt.Sprintf(`{"QueueUrl":"http://localhost/000000000000/%s","MessageBody":%q}`, name, text)
	return func(c *conn) error {
		_, err := sqs(c, "SendMessage", body)
		return err
	}
}

// filled makes a queue with n messages in it.
func filled(name string, n int) func(string) error {
	return func(address string) error {
		if err := queue(name)(address); err != nil {
			return err
		}
		var entries []string
		for i := range 10 {
			entries = append(entries, fmt.Sprintf(`{"Id":"%d","MessageBody":%q}`, i, text))
		}
		body := fmt.Sprintf(`{"QueueUrl":"http://localhost/000000000000/%s","Entries":[%s]}`, name, strings.Join(entries, ","))
		work := make(chan struct{}, n/10)
		for range n / 10 {
			work <- struct{}{}
		}
		close(work)
		return each(address, 16, func(c *conn) error {
			if _, ok := <-work; !ok {
				return errDone
			}
			_, err := sqs(c, "SendMessageBatch", body)
			return err
		})
	}
}

// cycle sends, receives and deletes one message, so that the backlog stays. A
// cycle is three requests.
func cycle(name string) func(*conn) error {
	url := "http://localhost/000000000000/" + name
	sendBody := fmt.Sprintf(`{"QueueUrl":%q,"MessageBody":%q}`, url, text)
	receive := fmt.Sprintf(`{"QueueUrl":%q}`, url)
	return func(c *conn) error {
		if _, err := sqs(c, "SendMessage", sendBody); err != nil {
			return err
		}
		out, err := sqs(c, "ReceiveMessage", receive)
		if err != nil {
			return err
		}
		_, rest, ok := bytes.Cut(out, []byte(`"ReceiptHandle":"`))
		handle, _, _ := bytes.Cut(rest, []byte(`"`))
		if !ok {
			return fmt.Errorf("nothing was received: %s", out)
		}
		_, err = sqs(c, "DeleteMessage", fmt.Sprintf(`{"QueueUrl":%q,"ReceiptHandle":"%s"}`, url, handle))
		return err
	}
}

// table makes a table with a partition of 100 items, unless it is there.
func table(address string) error {
	err := call(address, "dynamodb", "DynamoDB_20120810.CreateTable", `{"TableName":"bench","BillingMode":"PAY_PER_REQUEST",
		"AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"sk","AttributeType":"N"}],
		"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}]}`)
	if err != nil {
		var fault struct {
			Type string `json:"__type"`
		}
		if json.Unmarshal([]byte(err.Error()), &fault) == nil && strings.HasSuffix(fault.Type, "ResourceInUseException") {
			return nil
		}
		return err
	}
	for i := range 100 {
		if err := call(address, "dynamodb", "DynamoDB_20120810.PutItem", item("fixed", i)); err != nil {
			return err
		}
	}
	return nil
}

func item(pk string, sk int) string {
	return fmt.Sprintf(`{"TableName":"bench","Item":{"pk":{"S":%q},"sk":{"N":"%d"},"text":{"S":%q},"n":{"N":"42"}}}`, pk, sk, text)
}

func putItem(c *conn) error {
	_, err := dynamodb(c, "PutItem", item(fmt.Sprintf("c%d", c.id), c.n))
	return err
}

func getItem(c *conn) error {
	_, err := dynamodb(c, "GetItem", fmt.Sprintf(`{"TableName":"bench","Key":{"pk":{"S":"fixed"},"sk":{"N":"%d"}}}`, c.n%100))
	return err
}

func query(c *conn) error {
	out, err := dynamodb(c, "Query", `{"TableName":"bench","Limit":25,"KeyConditionExpression":"pk = :p","ExpressionAttributeValues":{":p":{"S":"fixed"}}}`)
	if err == nil && !bytes.Contains(out, []byte(`"Count":25`)) {
		return fmt.Errorf("query: %.200s", out)
	}
	return err
}
