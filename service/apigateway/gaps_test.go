package apigateway_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"

	"maru.dev/maru/internal/testenv"
)

func TestGapWhatAStageNamesIsNotLookedFor(t *testing.T) {
	t.Parallel()
	w := start(t)
	id, _ := w.deployed()
	for name, o := range map[string]types.PatchOperation{
		"its client certificate": op("replace", "/clientCertificateId", "none"), "its documentation": op("replace", "/documentationVersion", "none"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testenv.KnownGap(t, "service/apigateway/doc.go", func(t testing.TB) {
				if _, err := w.UpdateStage(t.Context(), &sdk.UpdateStageInput{RestApiId: id, StageName: aws.String("prod"), PatchOperations: []types.PatchOperation{o}}); err == nil {
					t.Error("it is not there")
				}
			})
		})
	}
}
