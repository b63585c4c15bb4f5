package pipes

import (
	"context"
	"encoding/json"
	"fmt"

	"maru.dev/maru/api/lambda"
	"maru.dev/maru/call"
	"maru.dev/maru/service/pipes/template"
)

// invokeEnrichment calls the enrichment with a list of events, and returns what
// it makes of them: a list, or one. An empty answer is none. before are the
// events before they were rewritten.
func (x *execution) invokeEnrichment(ctx context.Context, before, events []any) ([]any, error) {
	if isEndpoint(x.pipe.Enrichment) {
		return x.enrichByEndpoint(ctx, before, events)
	}
	input, err := json.Marshal(events)
	if err != nil {
		return nil, fmt.Errorf("encode events: %w", err)
	}
	var answer []byte
	if serviceOf(x.pipe.Enrichment) == "states" {
		answer, err = x.runWorkflow(ctx, x.pipe.Enrichment, input)
	} else {
		answer, err = x.runFunction(ctx, x.pipe.Enrichment, input)
	}
	if err != nil || len(answer) == 0 {
		return nil, err
	}
	v, err := template.Decode(answer)
	if err != nil {
		return nil, fmt.Errorf("decode answer: %w", err)
	}
	return unpack(v), nil
}

// unpack is what an answer holds: the elements of a list, or one event. Empty
// answers are none.
func unpack(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	case string:
		if v == "" {
			return nil
		}
	case map[string]any:
		if len(v) == 0 {
			return nil
		}
	}
	return []any{v}
}

// runFunction calls a function and waits for its answer.
func (x *execution) runFunction(ctx context.Context, name string, input []byte) ([]byte, error) {
	out, err := call.Do[*lambda.InvokeOutput](ctx, x.Caller, "lambda", "Invoke", &lambda.InvokeInput{
		FunctionName: name, InvocationType: new("RequestResponse"), Payload: input,
	})
	if err != nil {
		return nil, err
	}
	if out.FunctionError != nil {
		return nil, fmt.Errorf("function error %s: %.1000s", *out.FunctionError, out.Payload)
	}
	return out.Payload, nil
}

// runWorkflow runs an express workflow and waits for its output.
func (x *execution) runWorkflow(ctx context.Context, name string, input []byte) ([]byte, error) {
	in, err := json.Marshal(map[string]any{"stateMachineArn": name, "input": string(input)})
	if err != nil {
		return nil, err
	}
	raw, err := x.Caller.CallJSON(ctx, "states", "StartSyncExecution", in)
	if err != nil {
		return nil, err
	}
	var out struct{ Status, Output, Error, Cause string }
	if err := json.Unmarshal(raw, &out); err != nil {
		return nil, fmt.Errorf("decode execution: %w", err)
	}
	if out.Status != "SUCCEEDED" {
		return nil, fmt.Errorf("the execution has ended %s: %s: %.1000s", out.Status, out.Error, out.Cause)
	}
	return []byte(out.Output), nil
}
