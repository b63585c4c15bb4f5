package authorizer

import (
	"errors"
	"strings"
	"testing"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/gateway/rest/mapping"
	"maru.dev/maru/pattern/entire"
	"maru.dev/maru/wire"
)

// An authorizer that is taken can be used: the gateway reads where the caller's
// identity is, and the expression that it is held against.
func FuzzCheck(f *testing.F) {
	const uri = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f/invocations"
	for _, source := range []string{
		"method.request.header.Authorization", "method.request.header.A, method.request.querystring.b,stageVariables.c , context.identity.sourceIp", "context..", "method.request.header.a.b",
		"method.request.header.'", "method.request.header.a\n", "", ",", "method.request.body.a",
	} {
		f.Add(api.AuthorizerTypeRequest, uri, source, "")
	}
	for _, expression := range []string{"Bearer [a-z]+", "a|b", `\Qa`, "(?i)x", "a)(b", "[", "(?x) a # b", "((a{100}){10}){10}", "a{1000}{0,9}", strings.Repeat("(.?){1000}", 20)} {
		f.Add(api.AuthorizerTypeToken, uri, "method.request.header.A", expression)
	}
	f.Add(api.AuthorizerTypeCognitoUserPools, "arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_a", "method.request.header.A", "aud")
	f.Fuzz(func(t *testing.T, kind, to, source, expression string) {
		a := &api.Authorizer{Name: new("a"), Type: &kind, AuthorizerUri: &to, IdentitySource: &source, IdentityValidationExpression: &expression}
		if kind == api.AuthorizerTypeCognitoUserPools {
			a.ProviderARNs = strings.Split(to, ",")
		}
		Complete(a)
		if err := Check(a); err != nil {
			if _, ok := errors.AsType[wire.Error](err); !ok {
				t.Errorf("%q: %v", expression, err)
			}
			return
		}
		if _, err := entire.Compile(expression); err != nil {
			t.Errorf("%q is taken: %v", expression, err)
		}
		for s := range strings.SplitSeq(source, ",") {
			if s = strings.TrimSpace(s); s == "" {
				continue
			}
			if _, err := mapping.ParseExpression(s); err != nil {
				t.Errorf("%q is taken: %v", s, err)
			}
		}
	})
}
