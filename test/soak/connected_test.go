package soak_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	apigw "github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	sched "github.com/aws/aws-sdk-go-v2/service/scheduler/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"maru.dev/maru/clock"
)

// connectFunction puts a queue and an API before the function.
func (l *load) connectFunction(ctx context.Context) error {
	arn := "arn:aws:lambda:us-east-1:000000000000:function:work"
	if _, err := l.proc.Lambda().CreateEventSourceMapping(ctx, &lambda.CreateEventSourceMappingInput{
		FunctionName: new("work"), EventSourceArn: new("arn:aws:sqs:us-east-1:000000000000:mapped"), BatchSize: new(int32(10)),
	}); err != nil {
		return err
	}
	if _, err := l.proc.Lambda().AddPermission(ctx, &lambda.AddPermissionInput{
		FunctionName: new("work"), StatementId: new("api"), Action: new("lambda:InvokeFunction"), Principal: new("apigateway.amazonaws.com"),
	}); err != nil {
		return err
	}
	api, err := l.proc.APIGatewayV2().CreateApi(ctx, &apigatewayv2.CreateApiInput{Name: new("work"), ProtocolType: apigw.ProtocolTypeHttp, Target: &arn})
	if err != nil {
		return err
	}
	l.api = "/_maru/execute-api/" + *api.ApiId + "/x"
	return nil
}

// mapped sends messages that a function has through a mapping, ten a second: who
// is faster would leave a backlog behind.
func (l *load) mapped(ctx context.Context, _, _ int, _ *rand.Rand) error {
	wait(ctx, 200*time.Millisecond)
	_, err := l.proc.SQS().SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: l.queues["mapped"], MessageBody: new("work")})
	return err
}

// gateway asks the function through its API, ten times a second.
func (l *load) gateway(ctx context.Context, _, n int, _ *rand.Rand) error {
	wait(ctx, 200*time.Millisecond)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("%s%s?n=%d", l.proc.URL(), l.api, n), http.NoBody)
	if err != nil {
		return err
	}
	out, err := l.proc.HTTP().Do(r)
	if err != nil {
		return err
	}
	defer out.Body.Close()
	text, err := io.ReadAll(out.Body)
	if out.StatusCode != http.StatusOK {
		err = errors.Join(err, fmt.Errorf("the API answers %s: %.300s", out.Status, text))
	}
	return err
}

// multipart uploads an object in two parts, every other one in vain.
func (l *load) multipart(ctx context.Context, client, n int, _ *rand.Rand) error {
	wait(ctx, time.Second)
	p, bucket, key := l.proc.S3(), new("work"), new(fmt.Sprintf("parts/%d", client))
	begun, err := p.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: bucket, Key: key})
	if err != nil {
		return err
	}
	var parts []s3types.CompletedPart
	for i, size := range []int{5 << 20, 1 << 20} {
		number := new(int32(i + 1))
		part, err := p.UploadPart(ctx, &s3.UploadPartInput{Bucket: bucket, Key: key, UploadId: begun.UploadId, PartNumber: number, Body: strings.NewReader(strings.Repeat("x", size))})
		if err != nil {
			return err
		}
		parts = append(parts, s3types.CompletedPart{PartNumber: number, ETag: part.ETag})
	}
	if n%2 == 1 {
		_, err = p.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: bucket, Key: key, UploadId: begun.UploadId})
		return err
	}
	_, err = p.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{Bucket: bucket, Key: key, UploadId: begun.UploadId, MultipartUpload: &s3types.CompletedMultipartUpload{Parts: parts}})
	return err
}

// scheduled has a message sent in a second, by a schedule that then goes, and takes
// what came.
func (l *load) scheduled(ctx context.Context, client, n int, _ *rand.Rand) error {
	wait(ctx, 500*time.Millisecond)
	if _, err := l.proc.Scheduler().CreateSchedule(ctx, &scheduler.CreateScheduleInput{
		Name: new(fmt.Sprintf("once-%d-%d", client, n)), ActionAfterCompletion: sched.ActionAfterCompletionDelete,
		ScheduleExpression: new("at(" + clock.System{}.Now().Add(time.Second).UTC().Format("2006-01-02T15:04:05") + ")"),
		FlexibleTimeWindow: &sched.FlexibleTimeWindow{Mode: sched.FlexibleTimeWindowModeOff},
		Target:             &sched.Target{Arn: new("arn:aws:sqs:us-east-1:000000000000:due"), RoleArn: new(role), Input: new("due")},
	}); err != nil {
		return err
	}
	return l.drain(ctx, "due")
}
