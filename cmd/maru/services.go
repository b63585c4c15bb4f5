package main

import (
	dynamodbapi "maru.dev/maru/api/dynamodb"
	dynamodbstreamsapi "maru.dev/maru/api/dynamodbstreams"
	iamapi "maru.dev/maru/api/iam"
	logsapi "maru.dev/maru/api/logs"
	sqsapi "maru.dev/maru/api/sqs"
	stsapi "maru.dev/maru/api/sts"
	"maru.dev/maru/edge"
	"maru.dev/maru/service"
	"maru.dev/maru/service/dynamodb"
	"maru.dev/maru/service/dynamodbstreams"
	"maru.dev/maru/service/iam"
	"maru.dev/maru/service/logs"
	"maru.dev/maru/service/sqs"
	"maru.dev/maru/service/sts"
	"maru.dev/maru/wire"
)

// services are the services of the platform. This is the only file that names
// them all.
func services() []service.Registration {
	return []service.Registration{
		of(dynamodbapi.Model, dynamodb.New),
		of(dynamodbstreamsapi.Model, dynamodbstreams.New),
		of(iamapi.Model, iam.New),
		of(logsapi.Model, logs.New),
		of(sqsapi.Model, sqs.New),
		of(stsapi.Model, sts.New),
	}
}

// of registers a service by its API and its constructor.
func of[S any](model *wire.Service, make func(service.Deps) *S) service.Registration {
	return service.Registration{Model: model, New: func(d service.Deps) any { return make(d) }}
}

// dataPlanes are the HTTP addresses that are no AWS API. find returns what
// implements a service, by its name.
func dataPlanes(_ service.Deps, _ func(id string) any) []edge.Mount {
	return nil
}
