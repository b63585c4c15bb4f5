package apigatewayv2_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"

	"maru.dev/maru/internal/testenv"
)

func TestGapThereAreNoWebSocketAPIs(t *testing.T) {
	t.Parallel()
	_, c := start(t)
	testenv.KnownGap(t, "service/apigatewayv2/doc.go", func(t testing.TB) {
		in := &sdk.CreateApiInput{Name: aws.String("w"), ProtocolType: types.ProtocolTypeWebsocket, RouteSelectionExpression: aws.String("$request.body.action")}
		if _, err := c.CreateApi(t.Context(), in); err != nil {
			t.Error(err)
		}
	})
}

func TestGapWhatALinkOrADomainNamesIsNotLookedFor(t *testing.T) {
	t.Parallel()
	_, c := start(t)
	tests := map[string]func(t testing.TB) error{
		"subnet of a VPC link": func(t testing.TB) error {
			_, err := c.CreateVpcLink(t.Context(), &sdk.CreateVpcLinkInput{Name: aws.String("l"), SubnetIds: []string{"subnet-0123456789abcdef0"}})
			return err
		},
		"certificate of a domain name": func(t testing.TB) error {
			_, err := c.CreateDomainName(t.Context(), &sdk.CreateDomainNameInput{DomainName: aws.String("a.example.com"), DomainNameConfigurations: []types.DomainNameConfiguration{{
				CertificateArn: aws.String("arn:aws:acm:us-east-1:000000000000:certificate/00000000-0000-0000-0000-000000000000"), EndpointType: types.EndpointTypeRegional,
			}}})
			return err
		},
	}
	for name, ask := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testenv.KnownGap(t, "service/apigatewayv2/doc.go", func(t testing.TB) {
				if ask(t) == nil {
					t.Error("it is not there")
				}
			})
		})
	}
}
