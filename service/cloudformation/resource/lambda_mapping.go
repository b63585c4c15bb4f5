package resource

import "context"

// mappingSettings are the properties of a mapping that can be changed.
var mappingSettings = []string{
	"AmazonManagedKafkaEventSourceConfig", "BatchSize", "BisectBatchOnFunctionError", "DestinationConfig", "DocumentDBEventSourceConfig",
	"Enabled", "FilterCriteria", "FunctionName", "FunctionResponseTypes", "KMSKeyArn", "MaximumBatchingWindowInSeconds",
	"MaximumRecordAgeInSeconds", "MaximumRetryAttempts", "MetricsConfig", "ParallelizationFactor", "ProvisionedPollerConfig",
	"ScalingConfig", "SourceAccessConfigurations", "TumblingWindowInSeconds",
}

// mappingDefaults are what a setting goes back to when a template no longer
// has it.
var mappingDefaults = map[string]any{
	"BisectBatchOnFunctionError": false, "DestinationConfig": obj{"OnFailure": obj{}}, "Enabled": true, "FilterCriteria": obj{"Filters": []any{}},
	"FunctionResponseTypes": []any{}, "MaximumBatchingWindowInSeconds": 0, "MaximumRecordAgeInSeconds": -1, "MaximumRetryAttempts": -1,
	"ParallelizationFactor": 1, "ScalingConfig": obj{}, "TumblingWindowInSeconds": 0,
}

// lambdaEventSourceMapping is AWS::Lambda::EventSourceMapping.
func lambdaEventSourceMapping() *Type {
	return &Type{
		Name: "AWS::Lambda::EventSourceMapping",
		Properties: `AmazonManagedKafkaEventSourceConfig BatchSize BisectBatchOnFunctionError DestinationConfig DocumentDBEventSourceConfig
			Enabled EventSourceArn! FilterCriteria FunctionName* FunctionResponseTypes KmsKeyArn LoggingConfig~
			MaximumBatchingWindowInSeconds MaximumRecordAgeInSeconds MaximumRetryAttempts MetricsConfig ParallelizationFactor
			ProvisionedPollerConfig Queues ScalingConfig SelfManagedEventSource! SelfManagedKafkaEventSourceConfig~
			SourceAccessConfigurations StartingPosition! StartingPositionTimestamp! Tags Topics TumblingWindowInSeconds`,
		Attributes: "Id EventSourceMappingArn",
		Create:     createMapping, Ready: mappingReady, Update: updateMapping,
		Delete: func(ctx context.Context, r *Request) error {
			_, err := r.do(ctx, "lambda", "DeleteEventSourceMapping", obj{"UUID": r.ID})
			return forget(busy(err))
		},
		Gone: func(ctx context.Context, r *Request) (bool, error) {
			_, err := r.do(ctx, "lambda", "GetEventSourceMapping", obj{"UUID": r.ID})
			return gone(err), forget(err)
		},
	}
}

// mapping is what a template sees of a mapping.
func (r *Request) mapping(id string) Result {
	return Result{ID: id, Attributes: obj{"Id": id, "EventSourceMappingArn": r.arn("lambda", "event-source-mapping:"+id)}}
}

// createMapping makes the mapping. There is one at most for a source and a
// function, which is how an earlier attempt's is found.
func createMapping(ctx context.Context, r *Request) (Result, error) {
	in := pick(r.Props, append([]string{
		"EventSourceArn", "Queues", "SelfManagedEventSource", "StartingPosition", "StartingPositionTimestamp", "Topics",
	}, mappingSettings...)...)
	if k := r.Props["KmsKeyArn"]; k != nil {
		in["KMSKeyArn"] = k
	}
	if tags := r.allTags(); len(tags) > 0 {
		in["Tags"] = tagObject(tags)
	}
	out, err := r.do(ctx, "lambda", "CreateEventSourceMapping", in)
	if err == nil {
		return r.mapping(text(out["UUID"])), nil
	}
	if r.adopt(err) != nil {
		return Result{}, err
	}
	found, findErr := r.find(ctx, "lambda", "ListEventSourceMappings",
		pick(r.Props, "EventSourceArn", "FunctionName"), "EventSourceMappings", "NextMarker", "Marker",
		func(m obj) bool { return !r.Claimed(text(m["UUID"])) })
	if findErr != nil || found == nil {
		return Result{}, err
	}
	return r.mapping(text(found["UUID"])), nil
}

// mappingReady waits until the mapping has left Creating or Updating.
func mappingReady(ctx context.Context, r *Request) (Result, bool, error) {
	out, err := r.do(ctx, "lambda", "GetEventSourceMapping", obj{"UUID": r.ID})
	if err != nil {
		return Result{}, false, err
	}
	switch text(out["State"]) {
	case "Creating", "Updating", "Enabling", "Disabling":
		return Result{}, false, nil
	}
	return r.mapping(r.ID), true, nil
}

// updateMapping sends what changed.
func updateMapping(ctx context.Context, r *Request) (Result, error) {
	in := obj{"UUID": r.ID}
	for _, p := range mappingSettings {
		if !r.changed(p) {
			continue
		}
		if in[p] = r.Props[p]; r.Props[p] == nil {
			in[p] = mappingDefaults[p]
		}
	}
	if len(in) == 1 {
		return r.mapping(r.ID), nil
	}
	_, err := r.do(ctx, "lambda", "UpdateEventSourceMapping", in)
	if codeOf(err) == "ResourceInUseException" {
		return Result{}, ErrAgain
	}
	return r.mapping(r.ID), busy(err)
}

// lambdaEventInvokeConfig is AWS::Lambda::EventInvokeConfig.
func lambdaEventInvokeConfig() *Type {
	put := func(ctx context.Context, r *Request) (Result, error) {
		in := pick(r.Props, "DestinationConfig", "FunctionName", "MaximumEventAgeInSeconds", "MaximumRetryAttempts", "Qualifier")
		_, err := r.do(ctx, "lambda", "PutFunctionEventInvokeConfig", in)
		id := r.ID
		if id == "" {
			id = r.madeName(naming{max: 128})
		}
		return Result{ID: id}, err
	}
	return &Type{
		Name:       "AWS::Lambda::EventInvokeConfig",
		Properties: "DestinationConfig FunctionName!* MaximumEventAgeInSeconds MaximumRetryAttempts Qualifier!*",
		Create:     put, Update: put,
		Delete: func(ctx context.Context, r *Request) error {
			_, err := r.do(ctx, "lambda", "DeleteFunctionEventInvokeConfig", pick(r.Props, "FunctionName", "Qualifier"))
			return forget(err)
		},
	}
}
