package pipes

import (
	"slices"
	"strings"

	api "maru.dev/maru/api/pipes"
	"maru.dev/maru/arn"
	"maru.dev/maru/pattern"
	"maru.dev/maru/wire"
)

// check holds a pipe of an account against the rules. Its source and role are
// its account's own.
func (p *pipe) check(account string) error {
	if err := p.checkSource(); err != nil {
		return err
	}
	if a, err := arn.Parse(p.Source); err == nil && a.Account != account {
		return invalid("Source %s is not in the account of the pipe.", p.Source)
	}
	if a, err := arn.Parse(p.Role); err == nil && a.Account != account {
		return &wire.APIError{Code: "AccessDeniedException", Message: "Cross-account pass role is not allowed.", Status: 403}
	}
	if p.Enrichment != "" && !slices.Contains([]string{"lambda", "states", "api-destination", "execute-api"}, serviceOf(p.Enrichment)) {
		return invalid("Enrichment %s is not supported: maru enriches by Lambda functions, Step Functions express workflows, API Gateway and API destinations.", p.Enrichment)
	}
	kinds := []string{"lambda", "states", "sqs", "sns", "events", "logs", "api-destination", "execute-api", "kinesis", "firehose"}
	if !slices.Contains(kinds, serviceOf(p.Target)) {
		return invalid("Target %s is not supported by maru, which has these kinds: %s.", p.Target, strings.Join(kinds, ", "))
	}
	a, err := arn.Parse(p.Target)
	if err != nil {
		return invalid("Invalid target ARN %s.", p.Target)
	}
	parts := p.TargetParts
	fifo := a.Service == "sqs" && strings.HasSuffix(a.Resource, ".fifo")
	if fifo && (parts == nil || parts.SqsQueueParameters == nil || wire.Value(parts.SqsQueueParameters.MessageGroupId) == "") {
		return invalid("MessageGroupId is required for a FIFO queue target.")
	}
	return p.checkTargetParts(serviceOf(p.Target))
}

// checkTargetParts refuses parameters that are for another kind of target.
func (p *pipe) checkTargetParts(kind string) error {
	t := p.TargetParts
	if t == nil {
		return nil
	}
	for name, given := range map[string]bool{
		"LambdaFunctionParameters lambda": t.LambdaFunctionParameters != nil, "SqsQueueParameters sqs": t.SqsQueueParameters != nil,
		"StepFunctionStateMachineParameters states": t.StepFunctionStateMachineParameters != nil,
		"EventBridgeEventBusParameters events":      t.EventBridgeEventBusParameters != nil,
		"CloudWatchLogsParameters logs":             t.CloudWatchLogsParameters != nil,
		"KinesisStreamParameters kinesis":           t.KinesisStreamParameters != nil,
	} {
		parameters, service, _ := strings.Cut(name, " ")
		if given && service != kind {
			return invalid("%s cannot be used with the target %s.", parameters, p.Target)
		}
	}
	if t.HttpParameters != nil && !isEndpoint(p.Target) {
		return invalid("HttpParameters cannot be used with the target %s.", p.Target)
	}
	return nil
}

// checkSource holds what says where a pipe reads against the rules.
func (p *pipe) checkSource() error {
	a, err := arn.Parse(p.Source)
	if err != nil {
		return invalid("Source %s is not supported: maru reads SQS queues and DynamoDB streams.", p.Source)
	}
	parts := p.SourceParts
	if parts == nil {
		parts = &api.PipeSourceParameters{}
	}
	stream := a.Service == "dynamodb" && strings.Contains(a.Resource, "/stream/")
	switch {
	case a.Service != "sqs" && !stream:
		return invalid("Source %s is not supported: maru reads SQS queues and DynamoDB streams.", p.Source)
	case stream && parts.DynamoDBStreamParameters == nil:
		return invalid("DynamoDBStreamParameters are required for a DynamoDB stream source.")
	case stream && parts.SqsQueueParameters != nil, !stream && parts.DynamoDBStreamParameters != nil:
		return invalid("The source parameters do not fit the source %s.", p.Source)
	}
	if q := parts.SqsQueueParameters; q != nil {
		size, window := wire.Value(q.BatchSize), wire.Value(q.MaximumBatchingWindowInSeconds)
		switch fifo := strings.HasSuffix(a.Resource, ".fifo"); {
		case fifo && size > 10:
			return invalid("Batch size for FIFO queues must not be greater than 10.")
		case fifo && window > 0:
			return invalid("Batching window is not supported for FIFO queues.")
		case size > 10 && window == 0:
			return invalid("Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10")
		}
	}
	if d := parts.DynamoDBStreamParameters; d != nil && d.DeadLetterConfig != nil {
		if kind := serviceOf(wire.Value(d.DeadLetterConfig.Arn)); kind != "sqs" && kind != "sns" {
			return invalid("The dead-letter target must be an SQS queue or an SNS topic.")
		}
	}
	if parts.FilterCriteria == nil {
		return nil
	}
	for _, f := range parts.FilterCriteria.Filters {
		if _, err := pattern.Compile([]byte(wire.Value(f.Pattern))); err != nil {
			return invalid("Event pattern is not valid. Reason: %v", err)
		}
	}
	return nil
}
