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
