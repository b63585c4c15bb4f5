// Command function is the Go function that the load generator measures: it does
// nothing, so that what is measured is the platform's.
package main

import (
	"encoding/json"

	"github.com/aws/aws-lambda-go/lambda"
)

func main() {
	lambda.Start(func(json.RawMessage) (string, error) { return "ok", nil })
}
