package sam

import (
	"fmt"
	"maps"
	"slices"
)

// event is one entry of a function's Events.
type event struct {
	name  string
	id    string // of the resource it becomes: function and event
	kind  string
	props map[string]any
}

// events transforms what calls the function.
func (t *transform) events(f *invoker) {
	all := asMap(f.props["Events"])
	for _, name := range slices.Sorted(maps.Keys(all)) {
		m := asMap(all[name])
		kind, _ := m["Type"].(string)
		e := &event{name: name, id: f.id + name, kind: kind, props: asMap(m["Properties"])}
		if e.props == nil {
			e.props = map[string]any{}
		}
		t.event(f, e)
	}
}

// event transforms one event by its type.
func (t *transform) event(f *invoker, e *event) {
	if source, ok := pullSources[e.kind]; ok {
		t.pull(f, e, source)
		return
	}
	switch e.kind {
	case "SNS":
		t.snsEvent(f, e)
	case "S3":
		t.s3Event(f, e)
	case "CloudWatchLogs":
		t.logsEvent(f, e)
	case "Schedule", "EventBridgeRule", "CloudWatchEvent":
		t.ruleEvent(f, e)
	case "ScheduleV2":
		t.scheduleEvent(f, e)
	case "HttpApi":
		t.httpAPIEvent(f, e)
	case "Api":
		t.restAPIEvent(f, e)
	default:
		t.failEvent(f, e, fmt.Sprintf("Resource dict has missing or invalid value for key Type. Event Type is: %s.", e.kind))
	}
}

// failEvent notes a fault of an event.
func (t *transform) failEvent(f *invoker, e *event, message string) {
	t.fail(f.id, fmt.Sprintf("Event with id [%s] is invalid. %s", e.name, message))
}

// need refuses an event that lacks a property.
func (t *transform) need(e *event, names ...string) bool {
	for _, n := range names {
		if e.props[n] == nil {
			t.fail(e.id, fmt.Sprintf("Missing required property '%s'.", n))
			return false
		}
	}
	return true
}

// pullSource is a kind of event that Lambda polls for.
type pullSource struct {
	property string // what names the source
	managed  string // the policy that lets the function read it
}

// pullSources are the kinds of event that become event source mappings.
var pullSources = map[string]pullSource{
	"SQS":      {property: "Queue", managed: "AWSLambdaSQSQueueExecutionRole"},
	"DynamoDB": {property: "Stream", managed: "AWSLambdaDynamoDBExecutionRole"},
	"Kinesis":  {property: "Stream", managed: "AWSLambdaKinesisExecutionRole"},
	"MSK":      {property: "Stream", managed: "AWSLambdaMSKExecutionRole"},
}

// mappingProperties pass from an event to its event source mapping.
var mappingProperties = []string{
	"BatchSize", "Enabled", "MaximumBatchingWindowInSeconds", "FilterCriteria", "FunctionResponseTypes", "ScalingConfig",
	"StartingPosition", "StartingPositionTimestamp", "BisectBatchOnFunctionError", "MaximumRecordAgeInSeconds",
	"MaximumRetryAttempts", "ParallelizationFactor", "TumblingWindowInSeconds", "Topics", "SourceAccessConfigurations",
	"KmsKeyArn", "MetricsConfig", "ProvisionedPollerConfig",
}

// pull transforms an event that Lambda polls for.
func (t *transform) pull(f *invoker, e *event, s pullSource) {
	if !t.need(e, s.property) {
		return
	}
	if e.kind != "SQS" && !t.need(e, "StartingPosition") {
		return
	}
	props := pick(e.props, mappingProperties...)
	props["EventSourceArn"] = e.props[s.property]
	props["FunctionName"] = f.name()
	if d := asMap(asMap(e.props["DestinationConfig"])["OnFailure"]); d != nil {
		kind, _ := t.text(d["Type"])
		if d["Destination"] == nil {
			t.failEvent(f, e, "'OnFailure' is a required field for 'DestinationConfig'")
			return
		}
		props["DestinationConfig"] = map[string]any{"OnFailure": map[string]any{"Destination": d["Destination"]}}
		if action, ok := map[string]string{"SQS": "sqs:SendMessage", "SNS": "sns:Publish", "S3": "s3:PutObject"}[kind]; ok {
			f.polled = append(f.polled, policy(e.id+kind+"Policy", allow(action, d["Destination"])))
		}
	}
	f.manage = append(f.manage, managedPolicy(s.managed))
	t.emit(f.source, e.id, "AWS::Lambda::EventSourceMapping", props)
}

// permission lets a service call the function.
func (t *transform) permission(f *invoker, id, principal string, more map[string]any) {
	props := map[string]any{"Action": "lambda:InvokeFunction", "FunctionName": f.name(), "Principal": principal}
	maps.Copy(props, more)
	t.emit(f.source, id, "AWS::Lambda::Permission", props)
}

// snsEvent subscribes the function to a topic, or a queue that it then reads.
func (t *transform) snsEvent(f *invoker, e *event) {
	if !t.need(e, "Topic") {
		return
	}
	topic := e.props["Topic"]
	props := pick(e.props, "FilterPolicy", "FilterPolicyScope", "Region", "RedrivePolicy")
	props["TopicArn"] = topic
	queue := e.props["SqsSubscription"]
	if queue == nil || queue == false {
		props["Protocol"], props["Endpoint"] = "lambda", f.arn()
		t.emit(f.source, e.id, "AWS::SNS::Subscription", props)
		t.permission(f, e.id+"Permission", "sns.amazonaws.com", map[string]any{"SourceArn": topic})
		return
	}
	var arn, url any = getAtt(e.id+"Queue", "Arn"), ref(e.id + "Queue")
	own := asMap(queue)
	if own == nil {
		t.emit(f.source, e.id+"Queue", "AWS::SQS::Queue", map[string]any{})
	} else {
		if own["QueueArn"] == nil || own["QueueUrl"] == nil {
			t.failEvent(f, e, "No QueueARN or QueueURL provided.")
			return
		}
		arn, url = own["QueueArn"], own["QueueUrl"]
	}
	props["Protocol"], props["Endpoint"] = "sqs", arn
	t.emit(f.source, e.id, "AWS::SNS::Subscription", props)
	t.queuePolicy(f, own, e.id+"QueuePolicy", arn, url, "*", topic)
	mapping := map[string]any{"BatchSize": number(10), "Enabled": true}
	maps.Copy(mapping, pick(own, "BatchSize", "Enabled"))
	mapping["EventSourceArn"], mapping["FunctionName"] = arn, f.name()
	t.emit(f.source, e.id+"EventSourceMapping", "AWS::Lambda::EventSourceMapping", mapping)
	f.manage = append(f.manage, managedPolicy("AWSLambdaSQSQueueExecutionRole"))
}

// queuePolicy lets a source write to a queue.
func (t *transform) queuePolicy(f *invoker, own map[string]any, id string, arn, url, principal, source any) {
	if over, ok := own["QueuePolicyLogicalId"].(string); ok {
		id = over
	}
	t.emit(f.source, id, "AWS::SQS::QueuePolicy", map[string]any{
		"PolicyDocument": map[string]any{"Version": "2012-10-17", "Statement": []any{map[string]any{
			"Action": "sqs:SendMessage", "Effect": "Allow", "Principal": principal, "Resource": arn,
			"Condition": map[string]any{"ArnEquals": map[string]any{"aws:SourceArn": source}},
		}}},
		"Queues": []any{url},
	})
}

// s3Event adds the function to a bucket's notifications.
func (t *transform) s3Event(f *invoker, e *event) {
	if !t.need(e, "Bucket", "Events") {
		return
	}
	id, ok := refTarget(e.props["Bucket"])
	bucket := asMap(t.out[id])
	if typ, _ := bucket["Type"].(string); !ok || typ != "AWS::S3::Bucket" {
		t.failEvent(f, e, "S3 events must reference an S3 bucket in the same template.")
		return
	}
	t.permission(f, e.id+"Permission", "s3.amazonaws.com", map[string]any{"SourceAccount": ref("AWS::AccountId")})

	props := asMap(bucket["Properties"])
	if props == nil {
		props = map[string]any{}
		bucket["Properties"] = props
	}
	notify := asMap(props["NotificationConfiguration"])
	if notify == nil {
		notify = map[string]any{}
		props["NotificationConfiguration"] = notify
	}
	list, _ := notify["LambdaConfigurations"].([]any)
	for _, name := range asList(e.props["Events"]) {
		entry := map[string]any{"Function": f.arn(), "Event": name}
		if filter, ok := e.props["Filter"]; ok {
			entry["Filter"] = filter
		}
		list = append(list, entry)
	}
	notify["LambdaConfigurations"] = list
	bucket["DependsOn"] = append(slices.Clone(asList(bucket["DependsOn"])), e.id+"Permission")
}

// logsEvent sends a log group's lines to the function.
func (t *transform) logsEvent(f *invoker, e *event) {
	if !t.need(e, "LogGroupName", "FilterPattern") {
		return
	}
	group := e.props["LogGroupName"]
	arn := sub("arn:aws:logs:${AWS::Region}:${AWS::AccountId}:log-group:${__LogGroupName__}:*", map[string]any{"__LogGroupName__": group})
	t.permission(f, e.id+"Permission", "logs.amazonaws.com", map[string]any{"SourceArn": arn})
	res := t.emit(f.source, e.id, "AWS::Logs::SubscriptionFilter", map[string]any{
		"LogGroupName": group, "FilterPattern": e.props["FilterPattern"], "DestinationArn": f.arn(),
	})
	res["DependsOn"] = []any{e.id + "Permission"}
}
