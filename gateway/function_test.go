package gateway_test

import (
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
)

func TestQuickCreateServesAtOnce(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	out := must[*apigatewayv2.CreateApiOutput](t)(e.APIGatewayV2().CreateApi(t.Context(), &apigatewayv2.CreateApiInput{
		Name: aws.String("quick"), ProtocolType: types.ProtocolTypeHttp, Target: aws.String(functionARN("echo")),
	}))
	id := *out.ApiId
	for name, change := range map[string]func(*http.Request){
		"path":   func(*http.Request) {},
		"host":   host(id, id+".execute-api.us-east-1.localhost:4566"),
		"short":  host(id, id+".execute-api.localhost:4566"),
		"at AWS": host(id, id+".execute-api.us-east-1.amazonaws.com"),
	} {
		event := decoded(t, e.do("POST", id+"/a/b?x=1&x=2", "hello", change))
		if event["rawPath"] != "/a/b" || event["body"] != "hello" || event["routeKey"] != "$default" {
			t.Errorf("%s: %v", name, event)
		}
	}
	if got := e.fn.Last().Caller.Principal; got.Service != "apigateway.amazonaws.com" || got.SourceARN != "arn:aws:execute-api:us-east-1:000000000000:"+id+"/$default/$default" {
		t.Errorf("the function was called by %+v", got)
	}
	if a := e.get("nosuchapi0/x"); a.status != 404 || a.body != `{"message":"Not Found"}` {
		t.Errorf("unknown API: %+v", a)
	}
}
