package main

import "fmt"

// topicARN is a topic's name in full, in the account of keys that name none.
func topicARN(name string) string { return "arn:aws:sns:us-east-1:000000000000:" + name }

func sns(c *conn, body string) error {
	_, err := c.send("POST", "/", "localhost", "sns", "Content-Type: application/x-www-form-urlencoded\r\n", []byte(body+"&Version=2010-03-31"))
	return err
}

// publish makes a topic with a queue behind it, and publishes.
func publish(s *server) (step, error) {
	const name = "bench-topic"
	if _, err := makeQueue(s, name); err != nil {
		return nil, err
	}
	err := once(s.address, func(c *conn) error {
		if err := sns(c, "Action=CreateTopic&Name="+name); err != nil {
			return err
		}
		return sns(c, "Action=Subscribe&Protocol=sqs&Endpoint="+queueARN(name)+"&TopicArn="+topicARN(name))
	})
	body := fmt.Sprintf("Action=Publish&Message=%s&TopicArn=%s", text, topicARN(name))
	return func(c *conn) error { return sns(c, body) }, err
}
