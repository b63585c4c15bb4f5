package integrate

import (
	"strings"

	"maru.dev/maru/pattern/value"
	"maru.dev/maru/service/states/flow"
)

// optimized is how an optimized integration differs from a call through the SDK.
type optimized struct {
	service   string // as SDK integrations name it
	operation string // small first letter
	prefix    string // of its errors
	client    string // how causes name the service
	suffixed  bool   // errors end in Exception whatever their code

	prepare func(args *value.Object) *value.Object             // before names are converted
	adjust  func(doc *value.Object, r Request)                 // after
	finish  func(*value.Object) (*value.Object, *flow.Failure) // the result
}

// optimizedFor returns the integration of a service and an action.
//
// Spec: Step Functions Developer Guide, Integrating optimized services.
func optimizedFor(service, action string) (optimized, bool) {
	o := optimized{operation: action}
	switch service + ":" + action {
	case "lambda:invoke":
		o.service, o.prefix, o.client = "lambda", "Lambda", "AWSLambda"
		o.finish = finishInvoke
	case "sqs:sendMessage":
		o.service, o.prefix, o.client, o.suffixed = "sqs", "SQS", "AmazonSQS", true
	case "sns:publish":
		o.service, o.prefix, o.client, o.suffixed = "sns", "SNS", "AmazonSNS", true
	case "dynamodb:getItem", "dynamodb:putItem", "dynamodb:updateItem", "dynamodb:deleteItem":
		o.service, o.prefix, o.client = "dynamodb", "DynamoDB", "AmazonDynamoDBv2"
	case "events:putEvents":
		o.service, o.prefix, o.client = "eventbridge", "EventBridge", "AmazonEventBridge"
		o.adjust, o.finish = addResources, finishPutEvents
	case "states:startExecution":
		o.service, o.prefix, o.client, o.suffixed = "sfn", "StepFunctions", "AWSStepFunctions", true
		o.prepare = inputOrBraces
	default:
		return optimized{}, false
	}
	return o, true
}

// inputOrBraces gives a nested execution an input.
func inputOrBraces(args *value.Object) *value.Object {
	if _, ok := args.Get("Input"); ok {
		return args
	}
	args = args.Clone()
	args.Set("Input", "{}")
	return args
}

// addResources names the execution and its state machine in each event.
func addResources(doc *value.Object, r Request) {
	list, _ := doc.Get("Entries")
	entries, _ := list.([]any)
	for _, e := range entries {
		entry, ok := e.(*value.Object)
		if !ok {
			continue
		}
		given, _ := entry.Get("Resources")
		resources, _ := given.([]any)
		entry.Set("Resources", append(append([]any{}, resources...), r.Execution, r.Machine))
	}
}

// finishPutEvents fails a call of which some entries failed.
func finishPutEvents(out *value.Object) (*value.Object, *flow.Failure) {
	failed, _ := out.Get("FailedEntryCount")
	if n, ok := failed.(int64); ok && n > 0 {
		return nil, &flow.Failure{Name: "EventBridge.FailedEntry", Cause: string(value.Text(out))}
	}
	return out, nil
}

// finishInvoke reads a function's answer as JSON, or its failure.
func finishInvoke(out *value.Object) (*value.Object, *flow.Failure) {
	raw, _ := out.Get("Payload")
	text, _ := raw.(string)
	if _, failed := out.Get("FunctionError"); failed {
		return nil, functionFailure(text)
	}
	out.Set("Payload", functionResult(text))
	return out, nil
}

// functionResult reads what a function returned.
func functionResult(text string) any {
	if text == "" {
		return nil
	}
	v, err := value.Parse([]byte(text))
	if err != nil {
		return text // what is no JSON is a string
	}
	return v
}

// functionFailure reads how a function failed.
func functionFailure(text string) *flow.Failure {
	f := &flow.Failure{Name: "Lambda.Unknown", Cause: strings.ToValidUTF8(text, "\uFFFD")}
	v, err := value.Parse([]byte(text))
	if err != nil {
		return f
	}
	if o, ok := v.(*value.Object); ok {
		if kind, ok := o.Get("errorType"); ok {
			if name, ok := kind.(string); ok && name != "" {
				f.Name = name
			}
		}
	}
	return f
}
