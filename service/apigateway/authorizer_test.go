package apigateway_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/internal/testenv"
)

const (
	askFunction = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f/invocations"
	userPool    = "arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_abc"
	token       = "method.request.header.Authorization"
)

func TestAnAuthorizerHasTheDefaultsOfItsType(t *testing.T) {
	t.Parallel()
	w := start(t)
	api, _ := w.newAPI()
	tests := map[string]struct {
		in       sdk.CreateAuthorizerInput
		authType string
		ttl      *int32
	}{
		"token":   {sdk.CreateAuthorizerInput{Type: types.AuthorizerTypeToken, AuthorizerUri: aws.String(askFunction), IdentitySource: aws.String(token), IdentityValidationExpression: aws.String("^x.*$")}, "custom", aws.Int32(300)},
		"request": {sdk.CreateAuthorizerInput{Type: types.AuthorizerTypeRequest, AuthorizerUri: aws.String(askFunction), IdentitySource: aws.String(token + ", method.request.querystring.a,stageVariables.b,context.httpMethod")}, "custom", aws.Int32(300)},
		"plain":   {sdk.CreateAuthorizerInput{Type: types.AuthorizerTypeRequest, AuthorizerUri: aws.String(askFunction), AuthorizerResultTtlInSeconds: aws.Int32(0)}, "custom", aws.Int32(0)},
		"users":   {sdk.CreateAuthorizerInput{Type: types.AuthorizerTypeCognitoUserPools, ProviderARNs: []string{userPool}, IdentitySource: aws.String(token)}, "cognito_user_pools", nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.in.RestApiId, tt.in.Name = api, &name
			made := must(w.CreateAuthorizer(t.Context(), &tt.in))(t)
			got := must(w.GetAuthorizer(t.Context(), &sdk.GetAuthorizerInput{RestApiId: api, AuthorizerId: made.Id}))(t)
			if len(*made.Id) != 6 || *got.Name != name || *got.AuthType != tt.authType || !cmp.Equal(got.AuthorizerResultTtlInSeconds, tt.ttl) {
				t.Errorf("authorizer %+v", got)
			}
		})
	}
}

func TestCreateAuthorizerRefusesWhatAWSDoes(t *testing.T) {
	t.Parallel()
	w := start(t)
	api, _ := w.newAPI()
	of := func(kind types.AuthorizerType, uri, source string, ttl int32) sdk.CreateAuthorizerInput {
		in := sdk.CreateAuthorizerInput{RestApiId: api, Name: aws.String("a"), Type: kind, AuthorizerResultTtlInSeconds: &ttl}
		if uri != "" {
			in.AuthorizerUri = &uri
		}
		if source != "" {
			in.IdentitySource = &source
		}
		return in
	}
	pools := of("COGNITO_USER_POOLS", "", token, 0)
	wrongPool := pools
	wrongPool.ProviderARNs = []string{"arn:aws:iam::000000000000:user/x"}
	wrongPattern := of("TOKEN", askFunction, token, 0)
	wrongPattern.IdentityValidationExpression = aws.String("(")
	expression := "Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression specified: "
	tests := map[string]struct {
		in      sdk.CreateAuthorizerInput
		message string
	}{
		"no function":      {of("TOKEN", "https://example.com", token, 0), "Invalid Authorizer URI: https://example.com. Authorizer URI should be a valid API Gateway ARN that represents a Lambda function invocation."},
		"no source":        {of("TOKEN", askFunction, "", 0), "Identity source is required for TOKEN authorizers"},
		"wrong source":     {of("TOKEN", askFunction, "method.request.querystring.a", 0), expression + "method.request.querystring.a]"},
		"two sources":      {of("TOKEN", askFunction, token+","+token, 0), expression + token + "," + token + "]"},
		"cache of nothing": {of("REQUEST", askFunction, "", 1), "Identity source is required for REQUEST authorizers when caching is enabled"},
		"second source":    {of("REQUEST", askFunction, token+",body", 1), expression + "body]"},
		"long":             {of("TOKEN", askFunction, token, 3601), "Authorizer result TTL must be between 0 and 3600 seconds"},
		"pattern":          {wrongPattern, "Invalid identity validation expression specified: ("},
		"no pools":         {pools, "COGNITO_USER_POOLS authorizers must have at least one provider ARN"},
		"wrong pool":       {wrongPool, "Invalid Cognito User Pool ARN specified: arn:aws:iam::000000000000:user/x"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := w.CreateAuthorizer(t.Context(), &tt.in)
			refused(t, err, "BadRequestException", tt.message)
		})
	}
}

func TestAuthorizersArePatchedAndStayWhileTheyAreUsed(t *testing.T) {
	t.Parallel()
	w := start(t)
	api, root := w.newAPI()
	in := sdk.CreateAuthorizerInput{RestApiId: api, Name: aws.String("a"), Type: types.AuthorizerTypeToken, AuthorizerUri: aws.String(askFunction), IdentitySource: aws.String(token)}
	id := must(w.CreateAuthorizer(t.Context(), &in))(t).Id
	_, err := w.CreateAuthorizer(t.Context(), &in)
	refused(t, err, "BadRequestException", "Authorizer name must be unique. Authorizer a already exists in this RestApi.")
	got := must(w.UpdateAuthorizer(t.Context(), &sdk.UpdateAuthorizerInput{RestApiId: api, AuthorizerId: id, PatchOperations: []types.PatchOperation{
		op("replace", "/type", "REQUEST"), op("replace", "/name", "b"), op("replace", "/identitySource", "method.request.querystring.a"),
		op("replace", "/authorizerResultTtlInSeconds", "5"), op("replace", "/authType", "x"), op("replace", "/authorizerCredentials", "arn:aws:iam::000000000000:role/r"),
	}}))(t)
	if got.Type != "REQUEST" || *got.Name != "b" || *got.IdentitySource != "method.request.querystring.a" || *got.AuthorizerResultTtlInSeconds != 5 || *got.AuthType != "x" {
		t.Errorf("patched %+v", got)
	}
	must(w.PutMethod(t.Context(), &sdk.PutMethodInput{RestApiId: api, ResourceId: root, HttpMethod: aws.String("GET"), AuthorizationType: aws.String("CUSTOM"), AuthorizerId: id}))(t)
	_, err = w.DeleteAuthorizer(t.Context(), &sdk.DeleteAuthorizerInput{RestApiId: api, AuthorizerId: id})
	refused(t, err, "ConflictException", "Cannot delete authorizer '"+*id+"', is referenced in method: /GET")
	must(w.DeleteMethod(t.Context(), &sdk.DeleteMethodInput{RestApiId: api, ResourceId: root, HttpMethod: aws.String("GET")}))(t)
	must(w.DeleteAuthorizer(t.Context(), &sdk.DeleteAuthorizerInput{RestApiId: api, AuthorizerId: id}))(t)
	if list := must(w.GetAuthorizers(t.Context(), &sdk.GetAuthorizersInput{RestApiId: api}))(t).Items; len(list) != 0 {
		t.Errorf("left %+v", list)
	}
	for i := range 10 {
		in.Name = aws.String(string(rune('a' + i)))
		must(w.CreateAuthorizer(t.Context(), &in))(t)
	}
	in.Name = aws.String("z")
	if _, err = w.CreateAuthorizer(t.Context(), &in); testenv.ErrorCode(err) != "LimitExceededException" {
		t.Errorf("the eleventh: %v", err)
	}
}

func TestRequestValidatorsArePatchedAndStayWhileTheyAreUsed(t *testing.T) {
	t.Parallel()
	w := start(t)
	api, root := w.newAPI()
	made := must(w.CreateRequestValidator(t.Context(), &sdk.CreateRequestValidatorInput{RestApiId: api, Name: aws.String("v"), ValidateRequestBody: true}))(t)
	if len(*made.Id) != 6 || !made.ValidateRequestBody || made.ValidateRequestParameters {
		t.Errorf("made %+v", made)
	}
	id := made.Id
	must(w.UpdateRequestValidator(t.Context(), &sdk.UpdateRequestValidatorInput{RestApiId: api, RequestValidatorId: id, PatchOperations: []types.PatchOperation{
		op("replace", "/name", "n"), op("replace", "/validateRequestBody", "false"), op("replace", "/validateRequestParameters", "true"),
	}}))(t)
	got := must(w.GetRequestValidator(t.Context(), &sdk.GetRequestValidatorInput{RestApiId: api, RequestValidatorId: id}))(t)
	if *got.Name != "n" || got.ValidateRequestBody || !got.ValidateRequestParameters {
		t.Errorf("patched %+v", got)
	}
	must(w.PutMethod(t.Context(), &sdk.PutMethodInput{RestApiId: api, ResourceId: root, HttpMethod: aws.String("GET"), AuthorizationType: aws.String("NONE"), RequestValidatorId: id}))(t)
	_, err := w.DeleteRequestValidator(t.Context(), &sdk.DeleteRequestValidatorInput{RestApiId: api, RequestValidatorId: id})
	refused(t, err, "ConflictException", "Cannot delete validator '"+*id+"', is referenced in method: /GET")
	must(w.DeleteMethod(t.Context(), &sdk.DeleteMethodInput{RestApiId: api, ResourceId: root, HttpMethod: aws.String("GET")}))(t)
	must(w.DeleteRequestValidator(t.Context(), &sdk.DeleteRequestValidatorInput{RestApiId: api, RequestValidatorId: id}))(t)
	_, err = w.GetRequestValidator(t.Context(), &sdk.GetRequestValidatorInput{RestApiId: api, RequestValidatorId: id})
	refused(t, err, "NotFoundException", "Invalid Request Validator identifier specified")
	if list := must(w.GetRequestValidators(t.Context(), &sdk.GetRequestValidatorsInput{RestApiId: api}))(t).Items; len(list) != 0 {
		t.Errorf("left %+v", list)
	}
}
