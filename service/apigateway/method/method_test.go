package method_test

import (
	"testing"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/service/apigateway/method"
)

func TestWhatWasNotSaidIsCompletedOnce(t *testing.T) {
	t.Parallel()
	i := api.Integration{TimeoutInMillis: new(int32(100)), CacheNamespace: new("mine")}
	method.Complete(&i, "abc")
	if *i.TimeoutInMillis != 100 || *i.CacheNamespace != "mine" || *i.PassthroughBehavior != "WHEN_NO_MATCH" || i.CacheKeyParameters == nil {
		t.Errorf("completed %+v", i)
	}
}

// No expression makes a check fall over, and a destination is of requests or of
// answers.
func FuzzMappings(f *testing.F) {
	f.Add("integration.request.path.a", "method.request.querystring.q")
	f.Add("integration.request.header.A", "'text'")
	f.Add("method.response.header.A", "integration.response.body.a[0]")
	f.Fuzz(func(t *testing.T, to, from string) {
		m := &api.Method{
			RequestParameters: map[string]bool{"method.request.querystring.q": true},
			MethodResponses:   map[string]api.MethodResponse{"200": {ResponseParameters: map[string]bool{to: true}}},
		}
		i := &api.Integration{Type: new(api.IntegrationTypeMock), RequestParameters: map[string]string{to: from}}
		method.Complete(i, "r")
		r := &api.IntegrationResponse{StatusCode: new("200"), ResponseParameters: map[string]string{to: from}}
		if method.CheckIntegration(m, i) == nil && method.CheckIntegrationResponse(m, r) == nil {
			t.Errorf("%q is of requests and of answers", to)
		}
	})
}
