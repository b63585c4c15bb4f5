package main

import (
	"fmt"
	"os"

	apigatewayapi "maru.dev/maru/api/apigateway"
	apigatewayv2api "maru.dev/maru/api/apigatewayv2"
	cloudformationapi "maru.dev/maru/api/cloudformation"
	cloudtrailapi "maru.dev/maru/api/cloudtrail"
	cloudwatchapi "maru.dev/maru/api/cloudwatch"
	dynamodbapi "maru.dev/maru/api/dynamodb"
	dynamodbstreamsapi "maru.dev/maru/api/dynamodbstreams"
	ecrapi "maru.dev/maru/api/ecr"
	eventsapi "maru.dev/maru/api/events"
	iamapi "maru.dev/maru/api/iam"
	lambdaapi "maru.dev/maru/api/lambda"
	logsapi "maru.dev/maru/api/logs"
	pipesapi "maru.dev/maru/api/pipes"
	s3api "maru.dev/maru/api/s3"
	schedulerapi "maru.dev/maru/api/scheduler"
	schemasapi "maru.dev/maru/api/schemas"
	sesapi "maru.dev/maru/api/ses"
	sesv2api "maru.dev/maru/api/sesv2"
	snsapi "maru.dev/maru/api/sns"
	sqsapi "maru.dev/maru/api/sqs"
	ssmapi "maru.dev/maru/api/ssm"
	statesapi "maru.dev/maru/api/states"
	stsapi "maru.dev/maru/api/sts"
	xrayapi "maru.dev/maru/api/xray"
	"maru.dev/maru/cmd/maru/cli"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway"
	"maru.dev/maru/service/apigatewayv2"
	"maru.dev/maru/service/cloudformation"
	"maru.dev/maru/service/cloudtrail"
	"maru.dev/maru/service/cloudwatch"
	"maru.dev/maru/service/dynamodb"
	"maru.dev/maru/service/dynamodbstreams"
	"maru.dev/maru/service/ecr"
	"maru.dev/maru/service/events"
	"maru.dev/maru/service/iam"
	"maru.dev/maru/service/lambda"
	"maru.dev/maru/service/logs"
	"maru.dev/maru/service/pipes"
	"maru.dev/maru/service/s3"
	"maru.dev/maru/service/scheduler"
	"maru.dev/maru/service/schemas"
	"maru.dev/maru/service/ses"
	"maru.dev/maru/service/sesv2"
	"maru.dev/maru/service/sns"
	"maru.dev/maru/service/sqs"
	"maru.dev/maru/service/ssm"
	"maru.dev/maru/service/states"
	"maru.dev/maru/service/sts"
	"maru.dev/maru/service/xray"
	"maru.dev/maru/wire"
)

// serviceOptions vary how services run.
type serviceOptions struct {
	Functions string
}

// flags are those of every command that starts a platform.
func (o *serviceOptions) flags() []cli.Flag {
	return []cli.Flag{{
		Name: "functions", Shown: "DRIVER", Value: cli.Choice(&o.Functions, "process", "process", "sandbox"), Env: "MARU_FUNCTIONS",
		Help: "How functions are confined: process (a child like any other) or sandbox (namespaces and a file system of its own; Linux).",
	}}
}

// services are the services of the platform. This is the only file that names
// them all.
func services(o serviceOptions) ([]service.Registration, error) {
	self, err := os.Executable() // sets sandboxes up, see main
	if err != nil && o.Functions == "sandbox" {
		return nil, fmt.Errorf("find this program, which sets sandboxes up: %w", err)
	}
	functions := func(d service.Deps) *lambda.Service {
		return lambda.NewWith(d, lambda.Options{Driver: o.Functions, Helper: self})
	}
	return []service.Registration{
		of(apigatewayapi.Model, apigateway.New),
		of(apigatewayv2api.Model, apigatewayv2.New),
		of(cloudformationapi.Model, cloudformation.New),
		of(cloudtrailapi.Model, cloudtrail.New),
		of(cloudwatchapi.Model, cloudwatch.New),
		of(dynamodbapi.Model, dynamodb.New),
		of(dynamodbstreamsapi.Model, dynamodbstreams.New),
		of(ecrapi.Model, ecr.New),
		of(eventsapi.Model, events.New),
		of(iamapi.Model, iam.New),
		of(lambdaapi.Model, functions),
		of(logsapi.Model, logs.New),
		of(pipesapi.Model, pipes.New),
		of(s3api.Model, s3.New),
		of(schedulerapi.Model, scheduler.New),
		of(schemasapi.Model, schemas.New),
		of(sesapi.Model, ses.New),
		of(sesv2api.Model, sesv2.New),
		of(snsapi.Model, sns.New),
		of(sqsapi.Model, sqs.New),
		of(ssmapi.Model, ssm.New),
		of(statesapi.Model, states.New),
		of(stsapi.Model, sts.New),
		of(xrayapi.Model, xray.New),
	}, nil
}

// of registers a service by its API and its constructor.
func of[S any](model *wire.Service, make func(service.Deps) *S) service.Registration {
	return service.Registration{Model: model, New: func(d service.Deps) any { return make(d) }}
}
