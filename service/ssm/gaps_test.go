package ssm_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	client "github.com/aws/aws-sdk-go-v2/service/ssm"

	"maru.dev/maru/internal/testenv"
)

func TestGapThereAreNoPublicParameters(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	testenv.KnownGap(t, "service/ssm/doc.go", func(t testing.TB) {
		_, err := b.ssm.GetParameter(t.Context(), &client.GetParameterInput{Name: aws.String("/aws/service/global-infrastructure/regions/us-east-1")})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestGapTheRestOfSystemsManagerIsNotThere(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	testenv.KnownGap(t, "service/ssm/doc.go", func(t testing.TB) {
		if _, err := b.ssm.ListDocuments(t.Context(), &client.ListDocumentsInput{}); err != nil {
			t.Error(err)
		}
	})
}
