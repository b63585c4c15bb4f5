package sns_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	client "github.com/aws/aws-sdk-go-v2/service/sns"

	"maru.dev/maru/internal/testenv"
)

func TestGapTopicPoliciesAreNotEvaluated(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	topic, err := b.sns.CreateTopic(t.Context(), &client.CreateTopicInput{Name: aws.String("t"), Attributes: map[string]string{
		"Policy": `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"SNS:Publish","Resource":"arn:aws:sns:us-east-1:000000000000:t"}]}`,
	}})
	if err != nil {
		t.Fatal(err)
	}
	testenv.KnownGap(t, "service/sns/doc.go", func(t testing.TB) {
		if _, err := b.sns.Publish(t.Context(), &client.PublishInput{TopicArn: topic.TopicArn, Message: aws.String("m")}); err == nil {
			t.Error("the topic's policy denies it")
		}
	})
}

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
