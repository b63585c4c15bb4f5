package call

import (
	"reflect"
	"slices"
	"strings"

	"maru.dev/maru/arn"
)

// kind tells what an operation means for traces.
type kind uint8

const (
	other  kind = iota // it manages resources
	works              // it works with a resource
	causes             // that, too; and a client's call of it is where a trace may begin
)

// kind is the kind of the operation that is called.
func (v *visit) kind() kind { return v.desk.kinds[v.op.Name] }

// kindOf is the kind of an operation of a service.
func kindOf(service, operation string) kind {
	switch service + "." + operation {
	case "sqs.SendMessage", "sqs.SendMessageBatch", "sns.Publish", "sns.PublishBatch", "events.PutEvents",
		"lambda.Invoke", "lambda.InvokeAsync", "lambda.InvokeWithResponseStream", "states.StartExecution", "states.StartSyncExecution",
		"dynamodb.PutItem", "dynamodb.UpdateItem", "dynamodb.DeleteItem", "dynamodb.GetItem", "dynamodb.Query", "dynamodb.Scan",
		"dynamodb.BatchGetItem", "dynamodb.BatchWriteItem", "dynamodb.TransactGetItems", "dynamodb.TransactWriteItems",
		"dynamodb.ExecuteStatement", "dynamodb.BatchExecuteStatement", "dynamodb.ExecuteTransaction",
		"s3.PutObject", "s3.GetObject", "s3.DeleteObject", "s3.DeleteObjects", "s3.CopyObject", "s3.CompleteMultipartUpload",
		"ses.SendEmail", "ses.SendRawEmail", "ses.SendTemplatedEmail", "sesv2.SendEmail",
		"kinesis.PutRecord", "kinesis.PutRecords", "firehose.PutRecord", "firehose.PutRecordBatch":
		return causes
	case "logs.PutLogEvents", "states.SendTaskSuccess", "states.SendTaskFailure":
		return works
	}
	return other
}

// node is the resource that a call is about, as the service map shows it.
type node struct {
	kind, name, arn string
	// step says that the resource tells of its work itself, so that the call is
	// its caller's step.
	step bool
	// failed tells of an answer that is a failure all the same.
	failed func(out any) bool
	more   []node // further ones, of a call about many
}

// nodeOf finds the resource of a call. Calls that are about none are about
// their service.
func nodeOf(v *visit) node {
	in := reflect.Indirect(reflect.ValueOf(v.in))
	var n node
	if in.IsValid() && in.Kind() == reflect.Struct {
		n = v.resource(in)
	}
	if n.name == "" {
		name := v.desk.model.ServiceID
		n = node{name: name, kind: "AWS::" + strings.ReplaceAll(name, " ", ""), step: n.step}
	}
	return n
}

// resource is the resource that an input names; it may be none.
func (v *visit) resource(in reflect.Value) node {
	switch v.desk.model.ID {
	case "sqs":
		return v.named("AWS::SQS::Queue", "sqs", "", tail(text(in, "QueueUrl"), "/"))
	case "sns":
		name := tail(text(in, "TopicArn")+text(in, "TargetArn"), ":")
		return v.named("AWS::SNS::Topic", "sns", "", name)
	case "dynamodb":
		return v.tables(in)
	case "lambda":
		n := v.named("AWS::Lambda", "lambda", "function:", functionName(text(in, "FunctionName")))
		n.failed = func(out any) bool { return text(reflect.Indirect(reflect.ValueOf(out)), "FunctionError") != "" }
		return n
	case "s3":
		name := text(in, "Bucket")
		return node{kind: "AWS::S3::Bucket", name: name, arn: "arn:aws:s3:::" + name}
	case "events":
		return v.bus(in)
	case "states":
		n := v.named("AWS::StepFunctions::StateMachine", "states", "stateMachine:", machineName(text(in, "StateMachineArn")))
		n.step = v.kind() == causes
		return n
	case "logs":
		return v.named("AWS::Logs::LogGroup", "logs", "log-group:", text(in, "LogGroupName"))
	case "kinesis":
		return v.named("AWS::Kinesis::Stream", "kinesis", "stream/", text(in, "StreamName")+tail(text(in, "StreamARN"), "/"))
	case "firehose":
		return v.named("AWS::KinesisFirehose::DeliveryStream", "firehose", "deliverystream/", text(in, "DeliveryStreamName"))
	}
	return node{}
}

// named is a resource of the call's account and region.
func (v *visit) named(kind, service, prefix, name string) node {
	return node{kind: kind, name: name, arn: arn.New(service, v.info.Region, v.info.Account, prefix+name)}
}

// bus is the bus of the first event.
func (v *visit) bus(in reflect.Value) node {
	name := text(in, "EventBusName")
	if entries := in.FieldByName("Entries"); entries.IsValid() && entries.Kind() == reflect.Slice && entries.Len() > 0 {
		if name = tail(text(entries.Index(0), "EventBusName"), "/"); name == "" {
			name = "default"
		}
	}
	return v.named("AWS::Events::EventBus", "events", "event-bus/", name)
}

// tables are the tables of a call: those of a batch or a transaction are many.
func (v *visit) tables(in reflect.Value) node {
	of := func(name string) node {
		return v.named("AWS::DynamoDB::Table", "dynamodb", "table/", tail(name, "/"))
	}
	if name := text(in, "TableName"); name != "" {
		return of(name)
	}
	var names []string
	add := func(name string) {
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if by := in.FieldByName("RequestItems"); by.IsValid() && by.Kind() == reflect.Map {
		for _, key := range by.MapKeys() {
			add(key.String())
		}
	}
	if items := in.FieldByName("TransactItems"); items.IsValid() && items.Kind() == reflect.Slice {
		for i := range items.Len() {
			for _, part := range []string{"Put", "Update", "Delete", "ConditionCheck", "Get"} {
				if p := items.Index(i).FieldByName(part); p.IsValid() {
					add(text(reflect.Indirect(p), "TableName"))
				}
			}
		}
	}
	if len(names) == 0 {
		return node{}
	}
	slices.Sort(names)
	n := of(names[0])
	for _, name := range names[1:] {
		n.more = append(n.more, of(name))
	}
	return n
}

// text is a member that is text, or "".
func text(of reflect.Value, member string) string {
	if !of.IsValid() || of.Kind() != reflect.Struct {
		return ""
	}
	f := of.FieldByName(member)
	if f.IsValid() && f.Kind() == reflect.Pointer {
		f = f.Elem()
	}
	if !f.IsValid() || f.Kind() != reflect.String {
		return ""
	}
	return f.String()
}

// tail is what follows the last separator.
func tail(s, separator string) string { return s[strings.LastIndex(s, separator)+1:] }

// functionName is the name in what names a function: a name or an ARN, whole or
// in part, with a qualifier or without.
func functionName(s string) string {
	if _, rest, ok := strings.Cut(s, "function:"); ok {
		s = rest
	}
	name, _, _ := strings.Cut(s, ":")
	return name
}

// machineName is the name in the ARN of a state machine, a version or an alias.
func machineName(s string) string {
	_, rest, _ := strings.Cut(s, ":stateMachine:")
	name, _, _ := strings.Cut(rest, ":")
	return name
}
