package sesv2_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ses"
	client "github.com/aws/aws-sdk-go-v2/service/sesv2"

	"maru.dev/maru/internal/testenv"
)

func TestGapConfigurationSetsCannotBeMade(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	testenv.KnownGap(t, "service/ses/doc.go", func(t testing.TB) {
		if _, err := b.v2.CreateConfigurationSet(t.Context(), &client.CreateConfigurationSetInput{ConfigurationSetName: aws.String("c")}); err != nil {
			t.Error(err)
		}
	})
}

func TestGapThereAreNoContactLists(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	testenv.KnownGap(t, "service/sesv2/doc.go", func(t testing.TB) {
		if _, err := b.v2.CreateContactList(t.Context(), &client.CreateContactListInput{ContactListName: aws.String("c")}); err != nil {
			t.Error(err)
		}
	})
}

func TestGapNothingIsReceived(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	testenv.KnownGap(t, "service/ses/doc.go", func(t testing.TB) {
		if _, err := b.SES().CreateReceiptRuleSet(t.Context(), &ses.CreateReceiptRuleSetInput{RuleSetName: aws.String("r")}); err != nil {
			t.Error(err)
		}
	})
}
