package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// stepFunctions calls an operation of Step Functions.
func stepFunctions(c *conn, operation, body string) ([]byte, error) {
	return c.post("/", "states", "AWSStepFunctions."+operation, []byte(body))
}

// makeMachine makes a state machine of so many Pass states, and returns its ARN.
func makeMachine(s *server, name, kind string, states int) (arn string, err error) {
	var all []string
	for i := range states {
		next := fmt.Sprintf(`"Next":"S%d"`, i+1)
		if i == states-1 {
			next = `"End":true`
		}
		all = append(all, fmt.Sprintf(`"S%d":{"Type":"Pass",%s}`, i, next))
	}
	return createMachine(s, name, kind, fmt.Sprintf(`{"StartAt":"S0","States":{%s}}`, strings.Join(all, ",")))
}

// createMachine makes a state machine, and returns its ARN.
func createMachine(s *server, name, kind, definition string) (arn string, err error) {
	err = once(s.address, func(c *conn) error {
		out, err := stepFunctions(c, "CreateStateMachine", fmt.Sprintf(
			`{"name":%q,"type":%q,"definition":%q,"roleArn":"arn:aws:iam::000000000000:role/r"}`, name, kind, definition))
		if err != nil {
			return err
		}
		var made struct {
			ARN string `json:"stateMachineArn"`
		}
		err = json.Unmarshal(out, &made)
		arn = made.ARN
		return err
	})
	return arn, err
}

// execute starts a standard execution and asks until it has ended: what is
// measured is from start to finish as a client sees it.
func execute(name string) func(*server) (step, error) {
	return func(s *server) (step, error) {
		arn, err := makeMachine(s, name, "STANDARD", 3)
		body := fmt.Sprintf(`{"stateMachineArn":%q}`, arn)
		return func(c *conn) error {
			out, err := stepFunctions(c, "StartExecution", body)
			if err != nil {
				return err
			}
			var started struct {
				ARN string `json:"executionArn"`
			}
			if err := json.Unmarshal(out, &started); err != nil {
				return err
			}
			return untilDone(c, fmt.Sprintf(`{"executionArn":%q}`, started.ARN))
		}, err
	}
}

// untilDone asks for an execution until it has ended.
func untilDone(c *conn, describe string) error {
	for {
		out, err := stepFunctions(c, "DescribeExecution", describe)
		switch {
		case err != nil:
			return err
		case bytes.Contains(out, []byte(`"SUCCEEDED"`)):
			return nil
		case !bytes.Contains(out, []byte(`"RUNNING"`)):
			return &refusal{"execution:", string(out)}
		}
	}
}

// executeSync runs an express execution and waits for its answer.
func executeSync(name string) func(*server) (step, error) {
	return func(s *server) (step, error) {
		arn, err := makeMachine(s, name, "EXPRESS", 5)
		body := fmt.Sprintf(`{"stateMachineArn":%q}`, arn)
		return func(c *conn) error {
			out, err := stepFunctions(c, "StartSyncExecution", body)
			if err == nil && !bytes.Contains(out, []byte(`"SUCCEEDED"`)) {
				return &refusal{"execution:", string(out)}
			}
			return err
		}, err
	}
}
