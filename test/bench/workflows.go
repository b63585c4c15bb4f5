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

// machineARN names a state machine of these workloads.
func machineARN(name string) string {
	return "arn:aws:states:us-east-1:000000000000:stateMachine:" + name
}

// machine makes a state machine of so many Pass states.
func machine(name, kind string, states int) func(string) error {
	var all []string
	for i := range states {
		next := fmt.Sprintf(`"Next":"S%d"`, i+1)
		if i == states-1 {
			next = `"End":true`
		}
		all = append(all, fmt.Sprintf(`"S%d":{"Type":"Pass",%s}`, i, next))
	}
	definition := fmt.Sprintf(`{"StartAt":"S0","States":{%s}}`, strings.Join(all, ","))
	return func(address string) error {
		return call(address, "states", "AWSStepFunctions.CreateStateMachine", fmt.Sprintf(
			`{"name":%q,"type":%q,"definition":%q,"roleArn":"arn:aws:iam::000000000000:role/r"}`, name, kind, definition))
	}
}

// execute starts a standard execution and asks until it has ended: what is
// measured is from start to finish as a client sees it.
func execute(name string) func(*conn) error {
	body := fmt.Sprintf(`{"stateMachineArn":%q}`, machineARN(name))
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
		describe := fmt.Sprintf(`{"executionArn":%q}`, started.ARN)
		for {
			out, err := stepFunctions(c, "DescribeExecution", describe)
			switch {
			case err != nil:
				return err
			case bytes.Contains(out, []byte(`"SUCCEEDED"`)):
				return nil
			case !bytes.Contains(out, []byte(`"RUNNING"`)):
				return fmt.Errorf("execution: %.200s", out)
			}
		}
	}
}

// executeSync runs an express execution and waits for its answer.
func executeSync(name string) func(*conn) error {
	body := fmt.Sprintf(`{"stateMachineArn":%q}`, machineARN(name))
	return func(c *conn) error {
		out, err := stepFunctions(c, "StartSyncExecution", body)
		if err == nil && !bytes.Contains(out, []byte(`"SUCCEEDED"`)) {
			return fmt.Errorf("execution: %.200s", out)
		}
		return err
	}
}
