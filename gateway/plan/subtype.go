package plan

import (
	"fmt"
	"maps"
	"slices"
)

// Subtype is an AWS service integration: which operation a route calls, and
// with which parameters.
type Subtype struct {
	Service   string // as call.Caller names it
	Operation string
	Required  []string
	Optional  []string
}

// SubtypeOf finds an integration subtype by its name.
func SubtypeOf(name string) (Subtype, bool) {
	switch name {
	case "EventBridge-PutEvents":
		return Subtype{"events", "PutEvents", []string{"Detail", "DetailType", "Source"}, []string{"Time", "EventBusName", "Resources", "Region", "TraceHeader"}}, true
	case "SQS-SendMessage":
		return Subtype{"sqs", "SendMessage", []string{"QueueUrl", "MessageBody"}, []string{"DelaySeconds", "MessageAttributes", "MessageDeduplicationId", "MessageGroupId", "MessageSystemAttributes", "Region"}}, true
	case "SQS-ReceiveMessage":
		return Subtype{"sqs", "ReceiveMessage", []string{"QueueUrl"}, []string{"AttributeNames", "MaxNumberOfMessages", "MessageAttributeNames", "ReceiveRequestAttemptId", "VisibilityTimeout", "WaitTimeSeconds", "Region"}}, true
	case "SQS-DeleteMessage":
		return Subtype{"sqs", "DeleteMessage", []string{"ReceiptHandle", "QueueUrl"}, []string{"Region"}}, true
	case "SQS-PurgeQueue":
		return Subtype{"sqs", "PurgeQueue", []string{"QueueUrl"}, []string{"Region"}}, true
	case "AppConfig-GetConfiguration":
		return Subtype{"appconfig", "GetConfiguration", []string{"Application", "Environment", "Configuration", "ClientId"}, []string{"ClientConfigurationVersion", "Region"}}, true
	case "Kinesis-PutRecord":
		return Subtype{"kinesis", "PutRecord", []string{"StreamName", "Data", "PartitionKey"}, []string{"SequenceNumberForOrdering", "ExplicitHashKey", "Region"}}, true
	case "StepFunctions-StartExecution":
		return Subtype{"states", "StartExecution", []string{"StateMachineArn"}, []string{"Name", "Input", "Region"}}, true
	case "StepFunctions-StartSyncExecution":
		return Subtype{"states", "StartSyncExecution", []string{"StateMachineArn"}, []string{"Name", "Input", "Region", "TraceHeader"}}, true
	case "StepFunctions-StopExecution":
		return Subtype{"states", "StopExecution", []string{"ExecutionArn"}, []string{"Cause", "Error", "Region"}}, true
	}
	return Subtype{}, false
}

// ParseArguments reads the request parameters of a service integration.
func (s Subtype) ParseArguments(parameters map[string]string) (map[string]Value, error) {
	for _, name := range s.Required {
		if _, ok := parameters[name]; !ok {
			return nil, fmt.Errorf("Parameter: %s is required for integration subtype operation %s", name, s.Operation)
		}
	}
	values := make(map[string]Value, len(parameters))
	for _, name := range slices.Sorted(maps.Keys(parameters)) {
		if !slices.Contains(s.Required, name) && !slices.Contains(s.Optional, name) {
			return nil, fmt.Errorf("Parameter: %s does not fit schema for integration subtype operation %s", name, s.Operation)
		}
		v, err := ParseValue(parameters[name], OfRequest)
		if err != nil {
			return nil, err
		}
		values[name] = v
	}
	return values, nil
}
