package sns_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	client "github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/kv"
)

func TestMessagesWhoseWindowIsOverAreForgotten(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	topic := b.topicOf(&client.CreateTopicInput{Name: aws.String("t.fifo"), Attributes: map[string]string{"FifoTopic": "true"}})
	publish := func(round int) {
		for i := range 13 {
			in := &client.PublishBatchInput{TopicArn: topic}
			for j := range 10 {
				in.PublishBatchRequestEntries = append(in.PublishBatchRequestEntries, types.PublishBatchRequestEntry{
					Id: aws.String(fmt.Sprint(j)), Message: aws.String("m"), MessageGroupId: aws.String("g"), MessageDeduplicationId: aws.String(fmt.Sprint(round, "-", i, "-", j)),
				})
			}
			if out, err := b.sns.PublishBatch(t.Context(), in); err != nil || len(out.Failed) > 0 {
				t.Fatal(out, err)
			}
		}
	}
	known := func() (n int) {
		err := b.Store().View(t.Context(), func(tx *kv.Tx) error {
			for _, err := range tx.Scan(kv.Prefix(kv.NewKey(testenv.Account, testenv.Region, "sns", "dedup", "t.fifo"))) {
				if err != nil {
					return err
				}
				n++
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	publish(1)
	if n := known(); n != 130 {
		t.Errorf("%d are known, of 130", n)
	}
	b.Advance(6 * time.Minute)
	publish(2)
	if n := known(); n != 130 {
		t.Errorf("%d are known, of 130 whose window is open", n)
	}
}
