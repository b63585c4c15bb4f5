package apigateway_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"

	"maru.dev/maru/internal/testenv"
)

func TestGapWhatIsOutsideIsNotLookedFor(t *testing.T) {
	t.Parallel()
	w := start(t)
	id, _ := w.newAPI()
	tests := map[string]func(t testing.TB) error{
		"load balancer of a VPC link": func(t testing.TB) error {
			_, err := w.CreateVpcLink(t.Context(), &sdk.CreateVpcLinkInput{Name: aws.String("l"), TargetArns: []string{"arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/n/0123456789abcdef"}})
			return err
		},
		"user pool of an authorizer": func(t testing.TB) error {
			_, err := w.CreateAuthorizer(t.Context(), &sdk.CreateAuthorizerInput{RestApiId: id, Name: aws.String("a"), Type: types.AuthorizerTypeCognitoUserPools, ProviderARNs: []string{userPool}, IdentitySource: aws.String(token)})
			return err
		},
	}
	for name, ask := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testenv.KnownGap(t, "service/apigateway/doc.go", func(t testing.TB) {
				if ask(t) == nil {
					t.Error("it is not there")
				}
			})
		})
	}
}
