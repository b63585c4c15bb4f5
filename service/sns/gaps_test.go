package sns_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	client "github.com/aws/aws-sdk-go-v2/service/sns"

	"maru.dev/maru/internal/testenv"
)

func TestGapTopicsKeepNoArchive(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	testenv.KnownGap(t, "service/sns/doc.go", func(t testing.TB) {
		_, err := b.sns.CreateTopic(t.Context(), &client.CreateTopicInput{Name: aws.String("t.fifo"), Attributes: map[string]string{
			"FifoTopic": "true", "ArchivePolicy": `{"MessageRetentionPeriod":"30"}`,
		}})
		if err != nil {
			t.Error(err)
		}
	})
}

// topicOf makes a topic and returns its ARN.
func (b *bench) topicOf(in *client.CreateTopicInput) *string {
	b.t.Helper()
	out, err := b.sns.CreateTopic(b.t.Context(), in)
	if err != nil {
		b.t.Fatal(err)
	}
	return out.TopicArn
}

func TestGapNothingIsReplayed(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	topic := b.topicOf(&client.CreateTopicInput{Name: aws.String("t.fifo"), Attributes: map[string]string{"FifoTopic": "true"}})
	testenv.KnownGap(t, "service/sns/doc.go", func(t testing.TB) {
		_, err := b.sns.Subscribe(t.Context(), &client.SubscribeInput{
			TopicArn: topic, Protocol: aws.String("sqs"), Endpoint: aws.String("arn:aws:sqs:us-east-1:000000000000:q"),
			Attributes: map[string]string{"ReplayPolicy": `{"PointType":"Timestamp","StartingPoint":"2026-01-01T00:00:00.000Z"}`},
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestGapDataIsNotProtected(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	topic := b.topicOf(&client.CreateTopicInput{Name: aws.String("t"), DataProtectionPolicy: aws.String(`{
		"Name":"p","Version":"2021-06-01","Statement":[{"DataDirection":"Inbound","Principal":["*"],
		"DataIdentifier":["arn:aws:dataprotection::aws:data-identifier/CreditCardNumber"],"Operation":{"Deny":{}}}]}`)})
	testenv.KnownGap(t, "service/sns/doc.go", func(t testing.TB) {
		if _, err := b.sns.Publish(t.Context(), &client.PublishInput{TopicArn: topic, Message: aws.String("credit card 4111 1111 1111 1111")}); err == nil {
			t.Error("the policy denies it")
		}
	})
}

func TestGapKeysOfTopicsAreNotLookedFor(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	topic := b.topicOf(&client.CreateTopicInput{Name: aws.String("t"), Attributes: map[string]string{"KmsMasterKeyId": "alias/none"}})
	testenv.KnownGap(t, "service/sns/doc.go", func(t testing.TB) {
		if _, err := b.sns.Publish(t.Context(), &client.PublishInput{TopicArn: topic, Message: aws.String("m")}); err == nil {
			t.Error("there is no such key")
		}
	})
}
