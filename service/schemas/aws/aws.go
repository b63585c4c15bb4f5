// Package aws has the schemas of the registry aws.events: those of the events
// that maru's own services put on the default bus. They are inferred from
// examples, as a discoverer's are.
package aws

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"maru.dev/maru/service/schemas/infer"
)

// examples has events by the name of their schema: one that has all fields, and
// others that lack those which an event need not have.
//
//go:embed events.json
var examples []byte

// apiCall is in examples what each service has: a record of CloudTrail's.
const apiCall = "AWSAPICallViaCloudTrail"

// Schema is one of the registry's, in OpenAPI 3.
type Schema struct{ Name, Content string }

// Schemas returns all of them by name. They are not to be changed.
func Schemas() []Schema { return schemas() }

// Find returns the schema of a name.
func Find(name string) (Schema, bool) {
	all := schemas()
	i, ok := slices.BinarySearchFunc(all, name, func(s Schema, name string) int { return strings.Compare(s.Name, name) })
	if !ok {
		return Schema{}, false
	}
	return all[i], true
}

// schemas infers them once, when somebody first asks.
var schemas = sync.OnceValue(func() []Schema {
	all, err := read(examples)
	if err != nil {
		panic(err) // the examples are constant
	}
	return all
})

// read infers the schemas of examples.
func read(raw []byte) ([]Schema, error) {
	var events map[string][]json.RawMessage
	if err := json.Unmarshal(raw, &events); err != nil {
		return nil, fmt.Errorf("read examples: %w", err)
	}
	var all []Schema
	for name, list := range events {
		var shape infer.Event
		for i, raw := range list {
			e, err := infer.ReadEvent(raw)
			if err != nil {
				return nil, fmt.Errorf("example %d of %s: %w", i, name, err)
			}
			if i > 0 {
				e = shape.Merge(e)
			}
			shape = e
		}
		if name != apiCall {
			all = append(all, Schema{name, shape.OpenAPI()})
			continue
		}
		for _, source := range recorded() {
			shape.Source = source
			all = append(all, Schema{source + "@" + name, shape.OpenAPI()})
		}
	}
	slices.SortFunc(all, func(a, b Schema) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

// recorded are the sources of the records of calls: maru's services, as
// CloudTrail calls them.
func recorded() []string {
	return []string{
		"aws.apigateway", "aws.cloudformation", "aws.dynamodb", "aws.events", "aws.iam", "aws.lambda", "aws.logs",
		"aws.monitoring", "aws.pipes", "aws.s3", "aws.scheduler", "aws.schemas", "aws.ses", "aws.sns", "aws.sqs", "aws.ssm",
		"aws.states", "aws.sts", "aws.xray",
	}
}
