package main

import (
	"maru.dev/maru/api/apigateway"
	"maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/api/cloudformation"
	"maru.dev/maru/api/cloudtrail"
	"maru.dev/maru/api/cloudwatch"
	"maru.dev/maru/api/dynamodb"
	"maru.dev/maru/api/dynamodbstreams"
	"maru.dev/maru/api/ecr"
	"maru.dev/maru/api/events"
	"maru.dev/maru/api/iam"
	"maru.dev/maru/api/lambda"
	"maru.dev/maru/api/logs"
	"maru.dev/maru/api/pipes"
	"maru.dev/maru/api/s3"
	"maru.dev/maru/api/scheduler"
	"maru.dev/maru/api/schemas"
	"maru.dev/maru/api/ses"
	"maru.dev/maru/api/sesv2"
	"maru.dev/maru/api/sns"
	"maru.dev/maru/api/sqs"
	"maru.dev/maru/api/ssm"
	"maru.dev/maru/api/states"
	"maru.dev/maru/api/sts"
	"maru.dev/maru/api/xray"
	"maru.dev/maru/wire"
)

// models are the APIs that are served, by name.
func models() []*wire.Service {
	return []*wire.Service{
		apigateway.Model, apigatewayv2.Model, cloudformation.Model, cloudtrail.Model, cloudwatch.Model, dynamodb.Model, dynamodbstreams.Model, ecr.Model, events.Model, iam.Model,
		lambda.Model, logs.Model, pipes.Model, s3.Model, scheduler.Model, schemas.Model, ses.Model,
		sesv2.Model, sns.Model, sqs.Model, ssm.Model, states.Model, sts.Model, xray.Model,
	}
}
