package ssm_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	client "github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

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

func TestGapKeysOfParametersAreNotLookedFor(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	testenv.KnownGap(t, "service/ssm/doc.go", func(t testing.TB) {
		_, err := b.ssm.PutParameter(t.Context(), &client.PutParameterInput{
			Name: aws.String("/p"), Value: aws.String("v"), Type: types.ParameterTypeSecureString, KeyId: aws.String("alias/none"),
		})
		if err == nil {
			t.Error("there is no such key")
		}
	})
}

func TestGapPatternsDoNotLookAhead(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	testenv.KnownGap(t, "service/ssm/doc.go", func(t testing.TB) {
		_, err := b.ssm.PutParameter(t.Context(), &client.PutParameterInput{
			Name: aws.String("/p"), Value: aws.String("v"), Type: types.ParameterTypeString, AllowedPattern: aws.String("^(?!x).*$"),
		})
		if err != nil {
			t.Error(err)
		}
	})
}
