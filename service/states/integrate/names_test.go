package integrate

import (
	"testing"

	dynamodbapi "maru.dev/maru/api/dynamodb"
	logsapi "maru.dev/maru/api/logs"
	statesapi "maru.dev/maru/api/states"
	"maru.dev/maru/call"
	"maru.dev/maru/pattern/value"
	"maru.dev/maru/wire"
)

func TestPascal(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"TableName": "TableName", "logGroupName": "LogGroupName", "DBInstanceARN": "DbInstanceArn", "ETag": "ETag", "BOOL": "Bool", "SS": "Ss",
		"SSEKMSKeyId": "SsekmsKeyId", "DynamoDB": "DynamoDb", "SFN": "Sfn", "CloudWatch Logs": "CloudWatchLogs", "SESv2": "SesV2", "S3": "S3",
		"ApiGatewayV2": "ApiGatewayV2", "EventBridge": "EventBridge", "SQS": "Sqs",
	} {
		if got := Pascal(name); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
}

func TestServiceAndExceptionNames(t *testing.T) {
	t.Parallel()
	for model, want := range map[*wire.Service]string{dynamodbapi.Model: "dynamodb", logsapi.Model: "cloudwatchlogs", statesapi.Model: "sfn"} {
		if got := call.SDKName(model.ServiceID); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	for code, want := range map[string]string{
		"ResourceNotFoundException": "ResourceNotFoundException", "StateMachineDoesNotExist": "StateMachineDoesNotExistException", "NoSuchKey": "NoSuchKeyException",
		"DBInstanceNotFoundFault": "DbInstanceNotFoundException",
	} {
		if got := exceptionName(code); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func FuzzToModel(f *testing.F) {
	f.Add([]byte(`{"TableName":"t","Item":{"k":{"S":"1","Bool":true}}}`))
	f.Add([]byte(`{"TableName":1,"Item":[],"Expected":{"a":{}}}`))
	f.Fuzz(func(_ *testing.T, text []byte) {
		v, err := value.Parse(text)
		o, ok := v.(*value.Object)
		if err != nil || !ok {
			return
		}
		for i := range dynamodbapi.Model.Operations {
			if op := &dynamodbapi.Model.Operations[i]; op.Name == "PutItem" {
				c := toModel{svc: dynamodbapi.Model, naming: java}
				c.structure(op.Input, o)
			}
		}
	})
}
