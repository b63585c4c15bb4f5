package testenv_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	api "maru.dev/maru/api/sqs"
	"maru.dev/maru/call"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/service"
)

// echo answers with what it knows of the call.
type echo struct{ api.Unimplemented }

// GetQueueUrl tells who asks, and how it was reached.
func (echo) GetQueueUrl(ctx context.Context, in *api.GetQueueUrlInput) (*api.GetQueueUrlOutput, error) {
	if in.QueueName == "missing" {
		return nil, &api.QueueDoesNotExist{Message: "The specified queue does not exist."}
	}
	info := call.From(ctx)
	return &api.GetQueueUrlOutput{QueueUrl: new(info.Endpoint + "/" + info.Account + "/" + info.Region + "/" + in.QueueName)}, nil
}

// echoService is echo in SQS's place.
func echoService() service.Registration {
	return service.Registration{Model: api.Model, New: func(service.Deps) any { return echo{} }}
}

func TestAnSDKClientReachesAService(t *testing.T) {
	t.Parallel()
	env := testenv.New(t, echoService())
	out, err := env.SQS().GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: aws.String("q")})
	if err != nil {
		t.Fatal(err)
	}
	if want := env.URL() + "/000000000000/us-east-1/q"; aws.ToString(out.QueueUrl) != want {
		t.Errorf("got %s, want %s", aws.ToString(out.QueueUrl), want)
	}
	_, err = env.SQS().GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: aws.String("missing")})
	if got := testenv.ErrorCode(err); got != "AWS.SimpleQueueService.NonExistentQueue" && got != "QueueDoesNotExist" {
		t.Errorf("error %q (%v)", got, err)
	}
	_, err = env.SQS().ListQueues(t.Context(), &sqs.ListQueuesInput{})
	if got := testenv.ErrorCode(err); got != "NotImplemented" {
		t.Errorf("error %q (%v), want NotImplemented", got, err)
	}
}

func TestTheAccessKeyNamesTheAccount(t *testing.T) {
	t.Parallel()
	env := testenv.New(t, echoService())
	client := sqs.NewFromConfig(env.ConfigFor("123456789012", "eu-central-1"))
	out, err := client.GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: aws.String("q")})
	if err != nil {
		t.Fatal(err)
	}
	if want := env.URL() + "/123456789012/eu-central-1/q"; aws.ToString(out.QueueUrl) != want {
		t.Errorf("got %s, want %s", aws.ToString(out.QueueUrl), want)
	}
}

func TestInsideCallsReachTheSameService(t *testing.T) {
	t.Parallel()
	env := testenv.New(t, echoService())
	out, err := env.Caller().CallJSON(env.Context(), "sqs", "GetQueueUrl", []byte(`{"QueueName":"q"}`))
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"QueueUrl":"` + env.URL() + `/000000000000/us-east-1/q"}`; string(out) != want {
		t.Errorf("got %s, want %s", out, want)
	}
}

func TestKnownGapSwallowsFailures(t *testing.T) {
	t.Parallel()
	testenv.KnownGap(t, "docs/none.md", func(t testing.TB) { t.Fatal("not there yet") })
}
