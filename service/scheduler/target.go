package scheduler

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	api "maru.dev/maru/api/scheduler"
	"maru.dev/maru/arn"
	"maru.dev/maru/wire"
)

// request is a call of an operation.
type request struct {
	service, operation string
	input              json.RawMessage // in the model's own member names
}

// universalPrefix begins the ARNs of universal targets.
const universalPrefix = "arn:aws:scheduler:::aws-sdk:"

// templates lists how templated targets are called, by the service of their ARN.
func templates() map[string]func(t *api.Target, a arn.ARN, input, token string) request {
	return map[string]func(t *api.Target, a arn.ARN, input, token string) request{
		"lambda": func(t *api.Target, _ arn.ARN, input, _ string) request {
			return build("lambda", "Invoke", map[string]any{"FunctionName": t.Arn, "InvocationType": "Event", "Payload": []byte(input)})
		},
		"sqs": func(t *api.Target, a arn.ARN, input, _ string) request {
			in := map[string]any{"QueueUrl": "/" + a.Account + "/" + a.Resource, "MessageBody": input}
			if p := t.SqsParameters; p != nil && p.MessageGroupId != nil {
				in["MessageGroupId"] = *p.MessageGroupId
			}
			return build("sqs", "SendMessage", in)
		},
		"sns": func(t *api.Target, _ arn.ARN, input, _ string) request {
			return build("sns", "Publish", map[string]any{"TopicArn": t.Arn, "Message": input})
		},
		"states": func(t *api.Target, _ arn.ARN, input, token string) request {
			return build("states", "StartExecution", map[string]any{"stateMachineArn": t.Arn, "input": input, "name": token})
		},
		"events": func(t *api.Target, _ arn.ARN, input, _ string) request {
			entry := map[string]any{"EventBusName": t.Arn, "Detail": input}
			if p := t.EventBridgeParameters; p != nil {
				entry["Source"], entry["DetailType"] = p.Source, p.DetailType
			}
			return build("events", "PutEvents", map[string]any{"Entries": []any{entry}})
		},
		"kinesis": func(t *api.Target, _ arn.ARN, input, _ string) request {
			in := map[string]any{"StreamARN": t.Arn, "Data": []byte(input)}
			if p := t.KinesisParameters; p != nil {
				in["PartitionKey"] = p.PartitionKey
			}
			return build("kinesis", "PutRecord", in)
		},
		"firehose": func(_ *api.Target, a arn.ARN, input, _ string) request {
			_, name := a.Split()
			return build("firehose", "PutRecord", map[string]any{
				"DeliveryStreamName": name, "Record": map[string]any{"Data": []byte(input)},
			})
		},
	}
}

// build writes a request of values that JSON can hold.
func build(service, operation string, in map[string]any) request {
	text, err := json.Marshal(in)
	if err != nil {
		text = []byte("{}") // strings and bytes always can
	}
	return request{service, operation, text}
}

// otherTemplates are the templated targets of AWS whose services are not here.
func otherTemplates() []string {
	return []string{"codebuild", "codepipeline", "ecs", "inspector", "sagemaker"}
}

// checkTarget holds a target against the rules.
func (s *Service) checkTarget(t *api.Target) error {
	if rest, ok := strings.CutPrefix(t.Arn, universalPrefix); ok {
		return s.checkUniversal(t, rest)
	}
	a, err := arn.Parse(t.Arn)
	if err != nil || a.Partition == "" || a.Resource == "" {
		return invalid("Provided Arn is not in correct format.")
	}
	if _, known := templates()[a.Service]; !known && !slices.Contains(otherTemplates(), a.Service) {
		return invalid("Provided Arn is not in correct format.")
	}
	if a.Service == "lambda" && !strings.HasPrefix(a.Resource, "function:") || a.Service == "states" && !strings.HasPrefix(a.Resource, "stateMachine:") {
		return invalid("Provided Arn is not in correct format.")
	}
	for name, set := range map[string]bool{
		"events": t.EventBridgeParameters != nil, "kinesis": t.KinesisParameters != nil, "ecs": t.EcsParameters != nil,
	} {
		switch {
		case a.Service == name && !set:
			return invalid("%s must be provided for the target %s.", parametersOf(name), t.Arn)
		case a.Service != name && set:
			return invalid("%s cannot be provided for the target %s.", parametersOf(name), t.Arn)
		}
	}
	if t.SqsParameters != nil && a.Service != "sqs" {
		return invalid("SqsParameters cannot be provided for the target %s.", t.Arn)
	}
	if a.Service == "sqs" && strings.HasSuffix(a.Resource, ".fifo") && (t.SqsParameters == nil || t.SqsParameters.MessageGroupId == nil) {
		return invalid("MessageGroupId must be provided for the FIFO queue %s.", t.Arn)
	}
	if t.Input != nil && slices.Contains([]string{"lambda", "states", "events"}, a.Service) && !json.Valid([]byte(*t.Input)) {
		return invalid("Input must be valid JSON for the target %s.", t.Arn)
	}
	return nil
}

// parametersOf names the member of a target that a service's targets need.
func parametersOf(service string) string {
	return map[string]string{"events": "EventBridgeParameters", "kinesis": "KinesisParameters", "ecs": "EcsParameters"}[service]
}

// regionOf is where a target is: those without a region are where their schedule
// is.
func regionOf(target, otherwise string) string {
	if a, err := arn.Parse(target); err == nil && a.Region != "" {
		return a.Region
	}
	return otherwise
}

// checkRole refuses a role of another account.
func checkRole(role, account string) error {
	if a, err := arn.Parse(role); err == nil && a.Account != account {
		return &wire.APIError{Code: "AccessDeniedException", Message: "Cross-account pass role is not allowed.", Status: 403}
	}
	return nil
}

// request makes the call of one attempt at an invocation.
func (s *Service) request(h home, inv *invocation, attempt int) (request, error) {
	input := notification(h, inv)
	if inv.Target.Input != nil {
		input = replaceAttributes(*inv.Target.Input, h, inv, attempt)
	}
	if rest, ok := strings.CutPrefix(inv.Target.Arn, universalPrefix); ok {
		if inv.Target.Input == nil {
			input = "{}"
		}
		return s.universal(rest, input)
	}
	a, err := arn.Parse(inv.Target.Arn)
	if err != nil {
		return request{}, err
	}
	template, ok := templates()[a.Service]
	if !ok {
		return request{}, wire.NotImplemented(a.Service, "target")
	}
	return template(&inv.Target, a, input, inv.Token), nil
}

// replaceAttributes puts the values of the context attributes into an input.
//
// Spec: EventBridge Scheduler User Guide, Adding context attributes.
func replaceAttributes(input string, h home, inv *invocation, attempt int) string {
	return strings.NewReplacer(
		"<aws.scheduler.schedule-arn>", h.scheduleARN(inv.Group, inv.Name),
		"<aws.scheduler.scheduled-time>", stamp(inv.At),
		"<aws.scheduler.execution-id>", inv.Execution,
		"<aws.scheduler.attempt-number>", strconv.Itoa(attempt),
	).Replace(input)
}

// notification is what a target gets that was given no input.
func notification(h home, inv *invocation) string {
	event := struct {
		Version    string   `json:"version"`
		ID         string   `json:"id"`
		DetailType string   `json:"detail-type"`
		Source     string   `json:"source"`
		Account    string   `json:"account"`
		Time       string   `json:"time"`
		Region     string   `json:"region"`
		Resources  []string `json:"resources"`
		Detail     string   `json:"detail"`
	}{
		"0", inv.Token, "Scheduled Event", "aws.scheduler", h.Account, stamp(inv.At), h.Region,
		[]string{h.scheduleARN(inv.Group, inv.Name)},
		"{}",
	}
	text, err := json.Marshal(event)
	if err != nil {
		return "{}" // it is made of strings
	}
	return string(text)
}

// send makes a call.
func (s *Service) send(ctx context.Context, req request) error {
	out, err := s.Caller.CallJSON(ctx, req.service, req.operation, req.input)
	if err != nil {
		// The execution that an attempt before this one has started has its name.
		fault, ok := errors.AsType[wire.Error](err)
		if ok && fault.ErrorCode() == "ExecutionAlreadyExists" && req.operation == "StartExecution" {
			return nil
		}
		return err
	}
	if req.service != "events" || req.operation != "PutEvents" {
		return nil
	}
	var result struct {
		FailedEntryCount int
		Entries          []struct{ ErrorCode, ErrorMessage string }
	}
	if err := json.Unmarshal(out, &result); err != nil || result.FailedEntryCount == 0 {
		return err
	}
	for _, e := range result.Entries {
		if e.ErrorCode != "" {
			return refusedEntry(e.ErrorCode, e.ErrorMessage)
		}
	}
	return errPartial
}
