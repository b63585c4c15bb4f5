package testenv

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/pipes"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/schemas"
	"github.com/aws/aws-sdk-go-v2/service/ses"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/xray"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// APIGateway is a client of API Gateway's REST APIs.
func (c Clients) APIGateway() *apigateway.Client { return apigateway.NewFromConfig(c.Config()) }

// APIGatewayV2 is a client of API Gateway's HTTP APIs.
func (c Clients) APIGatewayV2() *apigatewayv2.Client { return apigatewayv2.NewFromConfig(c.Config()) }

// CloudFormation is a client of CloudFormation.
func (c Clients) CloudFormation() *cloudformation.Client {
	return cloudformation.NewFromConfig(c.Config())
}

// CloudTrail is a client of CloudTrail.
func (c Clients) CloudTrail() *cloudtrail.Client { return cloudtrail.NewFromConfig(c.Config()) }

// CloudWatch is a client of CloudWatch.
func (c Clients) CloudWatch() *cloudwatch.Client { return cloudwatch.NewFromConfig(c.Config()) }

// Logs is a client of CloudWatch Logs.
func (c Clients) Logs() *cloudwatchlogs.Client { return cloudwatchlogs.NewFromConfig(c.Config()) }

// DynamoDB is a client of DynamoDB.
func (c Clients) DynamoDB() *dynamodb.Client { return dynamodb.NewFromConfig(c.Config()) }

// DynamoDBStreams is a client of DynamoDB's streams.
func (c Clients) DynamoDBStreams() *dynamodbstreams.Client {
	return dynamodbstreams.NewFromConfig(c.Config())
}

// EventBridge is a client of EventBridge.
func (c Clients) EventBridge() *eventbridge.Client { return eventbridge.NewFromConfig(c.Config()) }

// ECR is a client of the Elastic Container Registry.
func (c Clients) ECR() *ecr.Client { return ecr.NewFromConfig(c.Config()) }

// IAM is a client of IAM.
func (c Clients) IAM() *iam.Client { return iam.NewFromConfig(c.Config()) }

// Lambda is a client of Lambda.
func (c Clients) Lambda() *lambda.Client { return lambda.NewFromConfig(c.Config()) }

// SES is a client of SES.
func (c Clients) SES() *ses.Client { return ses.NewFromConfig(c.Config()) }

// SESv2 is a client of SES's second API.
func (c Clients) SESv2() *sesv2.Client { return sesv2.NewFromConfig(c.Config()) }

// SNS is a client of SNS.
func (c Clients) SNS() *sns.Client { return sns.NewFromConfig(c.Config()) }

// SFN is a client of Step Functions. The SDK puts "sync-" before the host's
// name for StartSyncExecution, which only a name server of AWS would know.
func (c Clients) SFN() *sfn.Client {
	return sfn.NewFromConfig(c.Config(), func(o *sfn.Options) {
		o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
			return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("PlainHost", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
				return next.HandleInitialize(smithyhttp.DisableEndpointHostPrefix(ctx, true), in)
			}), middleware.Before)
		})
	})
}

// SQS is a client of SQS.
func (c Clients) SQS() *sqs.Client { return sqs.NewFromConfig(c.Config()) }

// SSM is a client of Systems Manager.
func (c Clients) SSM() *ssm.Client { return ssm.NewFromConfig(c.Config()) }

// STS is a client of STS.
func (c Clients) STS() *sts.Client { return sts.NewFromConfig(c.Config()) }

// S3 is a client of S3, in path style: not every machine resolves
// bucket.localhost.
func (c Clients) S3() *s3.Client {
	return s3.NewFromConfig(c.Config(), func(o *s3.Options) { o.UsePathStyle = true })
}

// Scheduler is a client of EventBridge Scheduler.
func (c Clients) Scheduler() *scheduler.Client { return scheduler.NewFromConfig(c.Config()) }

// Pipes is a client of EventBridge Pipes.
func (c Clients) Pipes() *pipes.Client { return pipes.NewFromConfig(c.Config()) }

// Schemas is a client of EventBridge Schemas.
func (c Clients) Schemas() *schemas.Client { return schemas.NewFromConfig(c.Config()) }

// XRay is a client of X-Ray.
func (c Clients) XRay() *xray.Client { return xray.NewFromConfig(c.Config()) }
