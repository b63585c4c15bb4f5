package lambda

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"maru.dev/maru/api/dynamodbstreams"
	api "maru.dev/maru/api/lambda"
	"maru.dev/maru/api/sqs"
	"maru.dev/maru/arn"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/pattern"
	"maru.dev/maru/source"
	"maru.dev/maru/wire"
)

// homeFrom is where a call's mappings live.
func (s *Service) homeFrom(ctx context.Context) home { return homeOf(call.From(ctx)) }

// CreateEventSourceMapping has a function run with what comes from a queue or
// stream.
//
// Spec: Lambda API Reference, CreateEventSourceMapping.
func (s *Service) CreateEventSourceMapping(ctx context.Context, in *api.CreateEventSourceMappingInput) (*api.CreateEventSourceMappingOutput, error) {
	h := s.homeFrom(ctx)
	m := mapping{
		Account: h.Account, Region: h.Region, UUID: s.IDs.UUID(), SourceARN: wire.Value(in.EventSourceArn), Tags: in.Tags,
		Enabled: wire.Or(in.Enabled, true), Created: s.Clock.Now(), LastModified: s.Clock.Now(),
		BatchSize: 10, MaxAge: -1, Retries: -1, Parallel: 1,
	}
	if err := checkTags(in.Tags); err != nil {
		return nil, err
	}
	if err := s.checkSource(ctx, &m, in); err != nil {
		return nil, err
	}
	err := applyMapping(&m, mappingSettings{
		BatchSize: in.BatchSize, Window: in.MaximumBatchingWindowInSeconds, Parallel: in.ParallelizationFactor,
		MaxAge: in.MaximumRecordAgeInSeconds, Retries: in.MaximumRetryAttempts, Tumbling: in.TumblingWindowInSeconds,
		Bisect: in.BisectBatchOnFunctionError, Filters: in.FilterCriteria, Destination: in.DestinationConfig,
		Responses: in.FunctionResponseTypes, Scaling: in.ScalingConfig,
	})
	if err != nil {
		return nil, err
	}
	visibility, err := s.sourceExists(ctx, &m)
	if err != nil {
		return nil, err
	}
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		if m.Function, err = mappedFunction(ctx, tx, in.FunctionName); err != nil {
			return err
		}
		if err := checkVisibility(ctx, tx, in.FunctionName, visibility); err != nil {
			return err
		}
		if err := refuseTwin(tx, h, &m); err != nil {
			return err
		}
		return source.Save(tx, &m)
	})
	if err != nil {
		return nil, err
	}
	return describeMapping(&m, "Creating"), nil
}

// checkSource sets what depends on the kind of the source.
func (s *Service) checkSource(_ context.Context, m *mapping, in *api.CreateEventSourceMappingInput) error {
	a, err := arn.Parse(m.SourceARN)
	switch {
	case err != nil:
		return invalid("Unrecognized event source, must be an SQS queue or a DynamoDB stream here.")
	case a.Region != m.Region:
		return invalid("Event source %s is not in the region of the function.", m.SourceARN)
	case a.Service == "sqs":
		m.Ready = true
		if in.StartingPosition != nil {
			return invalid("StartingPosition is not valid for SQS event sources.")
		}
		return nil
	case a.Service == "dynamodb" && strings.Contains(a.Resource, "/stream/"):
		m.BatchSize = 100
		m.Ready = !m.Enabled && wire.Value(in.StartingPosition) != api.EventSourcePositionLatest
		switch wire.Value(in.StartingPosition) {
		case api.EventSourcePositionLatest, api.EventSourcePositionTrimHorizon:
			m.Position = *in.StartingPosition
			return nil
		case "":
			return invalid("1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.")
		}
		return invalid("Unsupported starting position for arn type: %s", m.SourceARN)
	}
	return invalid("Unrecognized event source: maru polls SQS queues and DynamoDB streams, not %s.", a.Service)
}

// sourceExists asks the source's service about it; of a queue it returns the
// visibility timeout in seconds.
func (s *Service) sourceExists(ctx context.Context, m *mapping) (visibility int, err error) {
	if !isQueue(m) {
		_, err := s.Caller.Call(ctx, "dynamodbstreams", "DescribeStream", &dynamodbstreams.DescribeStreamInput{StreamArn: m.SourceARN})
		if fault, ok := errors.AsType[wire.Error](err); ok {
			return 0, invalid("Cannot access stream %s. %s", m.SourceARN, fault.ErrorMessage())
		}
		return 0, err
	}
	a, err := arn.Parse(m.SourceARN)
	if err != nil {
		return 0, fmt.Errorf("read queue's ARN: %w", err)
	}
	out, err := call.Do[*sqs.GetQueueAttributesOutput](ctx, s.Caller, "sqs", "GetQueueAttributes", &sqs.GetQueueAttributesInput{
		QueueUrl: s.Endpoint + "/" + a.Account + "/" + a.Resource, AttributeNames: []string{"VisibilityTimeout"},
	})
	if fault, ok := errors.AsType[wire.Error](err); ok {
		code := fault.ErrorCode()
		if code == "QueueDoesNotExist" {
			code = "AWS.SimpleQueueService.NonExistentQueue"
		}
		return 0, invalid("Error occurred while ReceiveMessage. SQS Error Code: %s. SQS Error Message: %s", code, fault.ErrorMessage())
	}
	if err != nil {
		return 0, fmt.Errorf("look at queue: %w", err)
	}
	visibility, err = strconv.Atoi(out.Attributes["VisibilityTimeout"])
	if err != nil {
		return 0, fmt.Errorf("read visibility timeout: %w", err)
	}
	return visibility, nil
}

// mappedFunction is the ARN of the function that a mapping names, which must
// be there.
func mappedFunction(ctx context.Context, tx *kv.Tx, name string) (string, error) {
	t, err := locate(ctx, name, nil)
	if err != nil {
		return "", err
	}
	if _, _, err := resolve(tx, t, 1); err != nil {
		return "", err
	}
	return t.arn(), nil
}

// checkVisibility refuses a queue whose messages would come back while the
// function still works on them.
func checkVisibility(ctx context.Context, tx *kv.Tx, name string, visibility int) error {
	if visibility == 0 {
		return nil
	}
	t, err := locate(ctx, name, nil)
	if err != nil {
		return err
	}
	_, v, err := resolve(tx, t, 1)
	if err != nil {
		return err
	}
	if visibility < int(v.Timeout) {
		return invalid("Queue visibility timeout: %d seconds is less than Function timeout: %d seconds", visibility, v.Timeout)
	}
	return nil
}

// refuseTwin refuses a second mapping of the same source to the same function.
func refuseTwin(tx *kv.Tx, h home, m *mapping) error {
	for row, err := range kv.Scan[mapping](tx, kv.Prefix(h.key("m"))) {
		if err != nil {
			return fmt.Errorf("list event source mappings: %w", err)
		}
		if row.Value.SourceARN == m.SourceARN && row.Value.Function == m.Function {
			kind := "stream"
			if isQueue(m) {
				kind = "SQS"
			}
			return conflict("An event source mapping with %s arn (\" %s \") and function (\" %s \") already exists. Please update or delete the existing mapping with UUID %s", kind, m.SourceARN, m.Function, row.Value.UUID)
		}
	}
	return nil
}

// mappingSettings are what a request says of how a source is polled.
type mappingSettings struct {
	BatchSize, Window, Parallel, MaxAge, Retries, Tumbling *int32
	Bisect                                                 *bool
	Filters                                                *api.FilterCriteria
	Destination                                            *api.DestinationConfig
	Responses                                              []string
	Scaling                                                *api.ScalingConfig
}

// applyMapping changes m as c says, after checking it.
func applyMapping(m *mapping, c mappingSettings) error {
	set(&m.BatchSize, c.BatchSize)
	set(&m.Window, c.Window)
	if c.Responses != nil {
		m.ReportFailures = slices.Contains(c.Responses, api.FunctionResponseTypeReportBatchItemFailures)
	}
	if c.Scaling != nil {
		m.MaxConcurrency = wire.Value(c.Scaling.MaximumConcurrency)
	}
	if err := applyFilters(m, c.Filters); err != nil {
		return err
	}
	if isQueue(m) {
		return checkQueueSettings(m, c)
	}
	if c.Scaling != nil {
		return invalid("ScalingConfig is not supported for this event source.")
	}
	set(&m.Parallel, c.Parallel)
	set(&m.MaxAge, c.MaxAge)
	set(&m.Retries, c.Retries)
	set(&m.Tumbling, c.Tumbling)
	set(&m.Bisect, c.Bisect)
	if c.Destination != nil {
		m.OnFailure = ""
		if c.Destination.OnFailure != nil {
			m.OnFailure = wire.Value(c.Destination.OnFailure.Destination)
		}
		if a, err := arn.Parse(m.OnFailure); m.OnFailure != "" && (err != nil || a.Service != "sqs" && a.Service != "sns") {
			return invalid("The provided destination config is invalid: maru sends records of failed batches to SQS and SNS.")
		}
	}
	if m.Tumbling > 0 && m.Parallel > 1 {
		return invalid("Tumbling windows are not supported with a ParallelizationFactor greater than 1.")
	}
	if m.MaxAge != -1 && m.MaxAge != 0 && m.MaxAge < 60 {
		return invalid("MaximumRecordAgeInSeconds must be -1, or from 60 to 604800.")
	}
	return nil
}

// applyFilters sets which records a function sees.
func applyFilters(m *mapping, c *api.FilterCriteria) error {
	if c == nil {
		return nil
	}
	m.Filters = nil
	if len(c.Filters) > 10 {
		return invalid("Maximum number of filters is 10.")
	}
	for _, f := range c.Filters {
		if _, err := pattern.Compile([]byte(wire.Value(f.Pattern))); err != nil {
			return invalid("Invalid filter pattern definition.")
		}
		m.Filters = append(m.Filters, *f.Pattern)
	}
	return nil
}

// checkQueueSettings checks what only matters for queues.
func checkQueueSettings(m *mapping, c mappingSettings) error {
	switch {
	case c.Parallel != nil, c.MaxAge != nil, c.Retries != nil, c.Bisect != nil, c.Tumbling != nil:
		return invalid("Unsupported parameter for an SQS event source: ParallelizationFactor, MaximumRecordAgeInSeconds, MaximumRetryAttempts, BisectBatchOnFunctionError and TumblingWindowInSeconds are for streams.")
	case c.Destination != nil && c.Destination.OnFailure != nil && wire.Value(c.Destination.OnFailure.Destination) != "":
		return invalid("Unsupported parameter for an SQS event source: DestinationConfig. Use the queue's redrive policy.")
	case isFIFO(m) && m.Window > 0:
		return invalid("Batching window is not supported for FIFO queues.")
	case isFIFO(m) && m.BatchSize > 10:
		return invalid("Batch size %d is above the limit of 10 for FIFO queues.", m.BatchSize)
	case m.BatchSize > 10 && m.Window == 0:
		return invalid("Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10")
	case m.MaxConcurrency != 0 && m.MaxConcurrency < 2:
		return invalid("MaximumConcurrency must be from 2 to 1000.")
	}
	return nil
}
