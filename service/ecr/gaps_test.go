package ecr_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	client "github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"

	"maru.dev/maru/internal/testenv"
)

func TestGapNothingIsPushedOrPulled(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.create("app")
	testenv.KnownGap(t, "service/ecr/doc.go", func(t testing.TB) {
		if _, err := b.ecr.GetAuthorizationToken(t.Context(), &client.GetAuthorizationTokenInput{}); err != nil {
			t.Error(err)
		}
	})
}

func TestGapKeysOfRepositoriesAreNotLookedFor(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	testenv.KnownGap(t, "service/ecr/doc.go", func(t testing.TB) {
		_, err := b.ecr.CreateRepository(t.Context(), &client.CreateRepositoryInput{
			RepositoryName:          aws.String("app"),
			EncryptionConfiguration: &types.EncryptionConfiguration{EncryptionType: types.EncryptionTypeKms, KmsKey: aws.String("alias/none")},
		})
		if err == nil {
			t.Error("there is no such key")
		}
	})
}

func TestGapRegistriesHaveNoSettings(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	testenv.KnownGap(t, "service/ecr/doc.go", func(t testing.TB) {
		if _, err := b.ecr.GetRegistryScanningConfiguration(t.Context(), &client.GetRegistryScanningConfigurationInput{}); err != nil {
			t.Error(err)
		}
	})
}
