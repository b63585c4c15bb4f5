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
