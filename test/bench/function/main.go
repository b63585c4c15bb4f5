// Command function is the Go function that the load generator measures: it does
// nothing, so that what is measured is the platform's.
package main

import (
	"encoding/json"

	"github.com/aws/aws-lambda-go/lambda"
)

func main() {
	lambda.Start(func(json.RawMessage) (answer, error) { return answer{StatusCode: 200, Body: "ok"}, nil })
}

// answer is what gateways of either kind take from a function.
type answer struct {
	StatusCode int    `json:"statusCode"`
	Body       string `json:"body"`
}
