package apigateway_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"maru.dev/maru/internal/testenv"
)

// get is a method of the root resource that takes parameters and answers with a
// header.
func (w *world) get() (id, root *string) {
	w.t.Helper()
	id, root = w.newAPI()
	must(w.PutMethod(w.t.Context(), &sdk.PutMethodInput{
		RestApiId: id, ResourceId: root, HttpMethod: aws.String("GET"), AuthorizationType: aws.String("none"),
		RequestParameters: map[string]bool{"method.request.querystring.q": true, "method.request.header.X-H": false},
	}))(w.t)
	must(w.PutMethodResponse(w.t.Context(), &sdk.PutMethodResponseInput{
		RestApiId: id, ResourceId: root, HttpMethod: aws.String("GET"), StatusCode: aws.String("200"),
		ResponseParameters: map[string]bool{"method.response.header.X-A": true},
	}))(w.t)
	return id, root
}

func TestAMethodIsShownWithAllThatBelongsToIt(t *testing.T) {
	t.Parallel()
	w := start(t)
	id, root := w.get()
	must(w.PutIntegration(t.Context(), &sdk.PutIntegrationInput{
		RestApiId: id, ResourceId: root, HttpMethod: aws.String("GET"), Type: types.IntegrationTypeAws, IntegrationHttpMethod: aws.String("POST"),
		Uri: aws.String(functionURI), RequestTemplates: map[string]string{"application/json": "{}"},
		RequestParameters: map[string]string{"integration.request.header.Y": "method.request.querystring.q"},
	}))(t)
	must(w.PutIntegrationResponse(t.Context(), &sdk.PutIntegrationResponseInput{
		RestApiId: id, ResourceId: root, HttpMethod: aws.String("GET"), StatusCode: aws.String("200"),
		ResponseParameters: map[string]string{"method.response.header.X-A": "integration.response.body.a"},
	}))(t)
	got := must(w.GetMethod(t.Context(), &sdk.GetMethodInput{RestApiId: id, ResourceId: root, HttpMethod: aws.String("GET")}))(t)
	want := &sdk.GetMethodOutput{
		HttpMethod: aws.String("GET"), AuthorizationType: aws.String("NONE"), ApiKeyRequired: aws.Bool(false),
		RequestParameters: map[string]bool{"method.request.querystring.q": true, "method.request.header.X-H": false},
		MethodResponses: map[string]types.MethodResponse{
			"200": {StatusCode: aws.String("200"), ResponseParameters: map[string]bool{"method.response.header.X-A": true}},
		},
		MethodIntegration: &types.Integration{
			Type: types.IntegrationTypeAws, HttpMethod: aws.String("POST"), Uri: aws.String(functionURI), TimeoutInMillis: 29000,
			PassthroughBehavior: aws.String("WHEN_NO_MATCH"), CacheNamespace: root, CacheKeyParameters: []string{},
			RequestTemplates:  map[string]string{"application/json": "{}"},
			RequestParameters: map[string]string{"integration.request.header.Y": "method.request.querystring.q"},
			IntegrationResponses: map[string]types.IntegrationResponse{
				"200": {StatusCode: aws.String("200"), ResponseParameters: map[string]string{"method.response.header.X-A": "integration.response.body.a"}},
			},
		},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(types.MethodResponse{}, types.Integration{}, types.IntegrationResponse{}, sdk.GetMethodOutput{}), cmpopts.IgnoreFields(sdk.GetMethodOutput{}, "ResultMetadata")); diff != "" {
		t.Error(diff)
	}
	// What is put again is another integration.
	must(w.PutIntegration(t.Context(), &sdk.PutIntegrationInput{RestApiId: id, ResourceId: root, HttpMethod: aws.String("GET"), Type: types.IntegrationTypeMock}))(t)
	i := must(w.GetIntegration(t.Context(), &sdk.GetIntegrationInput{RestApiId: id, ResourceId: root, HttpMethod: aws.String("GET")}))(t)
	if i.Type != types.IntegrationTypeMock || i.Uri != nil || len(i.IntegrationResponses) > 0 {
		t.Errorf("integration %+v", i)
	}
}

func TestPutMethodRefusesWhatAWSDoes(t *testing.T) {
	t.Parallel()
	w := start(t)
	id, root := w.get()
	for name, tt := range map[string]struct {
		in         sdk.PutMethodInput
		code, want string
	}{
		"no resource":   {sdk.PutMethodInput{ResourceId: aws.String("x")}, "NotFoundException", "Invalid Resource identifier specified"},
		"no API":        {sdk.PutMethodInput{RestApiId: aws.String("x")}, "NotFoundException", "Invalid Resource identifier specified"},
		"no verb":       {sdk.PutMethodInput{HttpMethod: aws.String("NOTHING")}, "BadRequestException", "Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY"},
		"twice":         {sdk.PutMethodInput{HttpMethod: aws.String("GET")}, "ConflictException", "Method already exists for this resource"},
		"no authorizer": {sdk.PutMethodInput{AuthorizationType: aws.String("CUSTOM")}, "BadRequestException", "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer."},
		"no validator":  {sdk.PutMethodInput{RequestValidatorId: aws.String("x")}, "BadRequestException", "Invalid Request Validator identifier specified"},
		"no model":      {sdk.PutMethodInput{RequestModels: map[string]string{"application/json": "petModel"}}, "BadRequestException", "Invalid model identifier specified: petModel"},
		"same names": {
			sdk.PutMethodInput{RequestParameters: map[string]bool{"method.request.querystring.q": true, "method.request.path.q": true}},
			"BadRequestException", "Parameter names must be unique across querystring, header and path",
		},
		"no place": {
			sdk.PutMethodInput{RequestParameters: map[string]bool{"method.request.body.q": true}},
			"BadRequestException", "Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression specified: method.request.body.q]",
		},
		"no content type": {
			sdk.PutMethodInput{RequestModels: map[string]string{"123": "Empty"}},
			"BadRequestException", "Validation Result: warnings : [], errors : [Invalid content type specified: 123]",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := tt.in
			for to, otherwise := range map[**string]*string{&in.RestApiId: id, &in.ResourceId: root, &in.HttpMethod: aws.String("POST"), &in.AuthorizationType: aws.String("NONE")} {
				if *to == nil {
					*to = otherwise
				}
			}
			_, err := w.PutMethod(t.Context(), &in)
			refused(t, err, tt.code, tt.want)
		})
	}
}

func TestPutIntegrationRefusesWhatAWSDoes(t *testing.T) {
	t.Parallel()
	w := start(t)
	id, root := w.get()
	post := aws.String("POST")
	const mapping = "Invalid mapping expression specified: Validation Result: warnings : [], errors : "
	for name, tt := range map[string]struct {
		in   sdk.PutIntegrationInput
		want string
	}{
		"no verb":          {sdk.PutIntegrationInput{Type: "AWS_PROXY", Uri: aws.String(functionURI)}, "Enumeration value for HttpMethod must be non-empty"},
		"no address":       {sdk.PutIntegrationInput{Type: "HTTP", IntegrationHttpMethod: post, Uri: aws.String("example.com")}, "Invalid HTTP endpoint specified for URI"},
		"no ARN":           {sdk.PutIntegrationInput{Type: "AWS", IntegrationHttpMethod: post, Uri: aws.String("https://example.com")}, "Invalid ARN specified in the request"},
		"no action":        {sdk.PutIntegrationInput{Type: "AWS", IntegrationHttpMethod: post, Uri: aws.String("arn:aws:apigateway:us-east-1:sqs:x/y")}, "AWS ARN for integration must contain path or action"},
		"no proxy":         {sdk.PutIntegrationInput{Type: "AWS_PROXY", IntegrationHttpMethod: post, Uri: aws.String("arn:aws:apigateway:us-east-1:sqs:path/q")}, "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations."},
		"no role":          {sdk.PutIntegrationInput{Type: "AWS", IntegrationHttpMethod: post, Uri: aws.String("arn:aws:apigateway:us-east-1:sqs:path/q")}, "Role ARN must be specified for AWS integrations"},
		"too short":        {sdk.PutIntegrationInput{Type: "MOCK", TimeoutInMillis: aws.Int32(49)}, "Timeout should be between 50 ms and 29000 ms"},
		"too long":         {sdk.PutIntegrationInput{Type: "MOCK", TimeoutInMillis: aws.Int32(29001)}, "Timeout should be between 50 ms and 29000 ms"},
		"no passthrough":   {sdk.PutIntegrationInput{Type: "MOCK", PassthroughBehavior: aws.String("x")}, "Invalid passthrough behavior specified. Valid options are WHEN_NO_MATCH,WHEN_NO_TEMPLATES,NEVER"},
		"no link":          {sdk.PutIntegrationInput{Type: "HTTP", IntegrationHttpMethod: post, Uri: aws.String("http://a"), ConnectionType: "VPC_LINK"}, "Connection ID must be specified when the connection type is VPC_LINK"},
		"not taken":        {sdk.PutIntegrationInput{Type: "MOCK", RequestParameters: map[string]string{"integration.request.path.p": "method.request.path.p"}}, mapping + "[Invalid mapping expression parameter specified: method.request.path.p]"},
		"no expression":    {sdk.PutIntegrationInput{Type: "MOCK", RequestParameters: map[string]string{"integration.request.path.p": "true"}}, mapping + "[Invalid mapping expression specified: true]"},
		"no destination":   {sdk.PutIntegrationInput{Type: "MOCK", RequestParameters: map[string]string{"p": "'x'"}}, mapping + "[Invalid mapping expression specified: p]"},
		"no key parameter": {sdk.PutIntegrationInput{Type: "MOCK", CacheKeyParameters: []string{"method.request.path.p"}}, "Invalid cache key parameter specified: method.request.path.p"},
		"no content type":  {sdk.PutIntegrationInput{Type: "MOCK", RequestTemplates: map[string]string{"json": "{}"}}, "Validation Result: warnings : [], errors : [Invalid content type specified: json]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := tt.in
			in.RestApiId, in.ResourceId, in.HttpMethod = id, root, aws.String("GET")
			_, err := w.PutIntegration(t.Context(), &in)
			refused(t, err, "BadRequestException", tt.want)
		})
	}
}

func TestIntegrationsTakeWhatAWSDoes(t *testing.T) {
	t.Parallel()
	w := start(t)
	id, root := w.get()
	get := aws.String("GET")
	for name, in := range map[string]sdk.PutIntegrationInput{
		"a stage variable": {Type: "HTTP_PROXY", IntegrationHttpMethod: get, Uri: aws.String("http://${stageVariables.host}/{proxy}")},
		"a whole variable": {Type: "HTTP_PROXY", IntegrationHttpMethod: get, Uri: aws.String("${stageVariables.url}")},
		"a queue":          {Type: "AWS", IntegrationHttpMethod: get, Uri: aws.String("arn:aws:apigateway:us-east-1:sqs:path/000000000000/q"), Credentials: aws.String("arn:aws:iam::000000000000:role/r")},
		"the caller":       {Type: "AWS", IntegrationHttpMethod: get, Uri: aws.String("arn:aws:apigateway:us-east-1:dynamodb:action/GetItem"), Credentials: aws.String("arn:aws:iam::*:user/*")},
		"a link":           {Type: "HTTP", IntegrationHttpMethod: get, Uri: aws.String("http://a"), ConnectionType: "VPC_LINK", ConnectionId: aws.String("${stageVariables.link}")},
		"a long stream":    {Type: "AWS_PROXY", IntegrationHttpMethod: get, Uri: aws.String(functionURI), ResponseTransferMode: "STREAM", TimeoutInMillis: aws.Int32(900_000)},
		"mappings": {Type: "MOCK", RequestParameters: map[string]string{
			"integration.request.header.a": "'text'", "integration.request.header.b": "context.authorizer.claims['sub']", "integration.request.header.c": "stageVariables.v",
			"integration.request.header.d": "method.request.multivaluequerystring.q", "integration.request.header.e": "method.request.body.a[0].b",
			"integration.request.header.f": "method.request.header.X-H",
		}, CacheKeyParameters: []string{"method.request.querystring.q"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in.RestApiId, in.ResourceId, in.HttpMethod = id, root, get
			must(w.PutIntegration(t.Context(), &in))(t)
		})
	}
}

func TestUpdateMethodChangesWhatItsPathsName(t *testing.T) {
	t.Parallel()
	w := start(t)
	id, root := w.get()
	update := func(ops ...types.PatchOperation) (*sdk.UpdateMethodOutput, error) {
		return w.UpdateMethod(t.Context(), &sdk.UpdateMethodInput{RestApiId: id, ResourceId: root, HttpMethod: aws.String("GET"), PatchOperations: ops})
	}
	out := must(update(
		op("add", "/requestParameters/method.request.querystring.r", "true"), op("add", "/requestModels/application~1json", "Empty"),
		op("replace", "/apiKeyRequired", "true"), op("replace", "/authorizationType", "AWS_IAM"), op("replace", "/operationName", "n"),
	))(t)
	if !*out.ApiKeyRequired || *out.AuthorizationType != "AWS_IAM" || *out.OperationName != "n" || !out.RequestParameters["method.request.querystring.r"] || out.RequestModels["application/json"] != "Empty" {
		t.Errorf("updated %+v", out)
	}
	out = must(update(
		op("replace", "/requestParameters/method.request.querystring.r", "false"), op("remove", "/requestModels/application~1json", ""),
		op("replace", "/apiKeyRequired", "whatever"), op("replace", "/authorizerId", "abc"),
	))(t)
	if *out.ApiKeyRequired || out.RequestParameters["method.request.querystring.r"] || out.RequestModels != nil || out.AuthorizerId != nil {
		t.Errorf("updated again %+v", out)
	}
	for name, tt := range map[string]struct {
		op         types.PatchOperation
		code, want string
	}{
		"another kind":      {op("add", "/apiKeyRequired", "true"), "BadRequestException", "Invalid patch operation specified. Must be one of: [replace]"},
		"no path":           {op("replace", "/httpMethod", "POST"), "BadRequestException", "Invalid patch path /httpMethod"},
		"a whole map":       {op("add", "/requestParameters", "x"), "BadRequestException", "Invalid patch path /requestParameters"},
		"unescaped":         {op("add", "/requestModels/application/json", "Empty"), "BadRequestException", "Invalid patch path /requestModels/application/json"},
		"no authorizer":     {op("replace", "/authorizationType", "CUSTOM"), "BadRequestException", "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer."},
		"no validator":      {op("replace", "/requestValidatorId", "x"), "BadRequestException", "Invalid Request Validator identifier specified"},
		"no such parameter": {op("remove", "/requestParameters/method.request.path.x", ""), "NotFoundException", "Invalid parameter name specified"},
		"no such type":      {op("remove", "/requestModels/a~1b", ""), "NotFoundException", "Content-Type specified was not found"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := update(tt.op)
			refused(t, err, tt.code, tt.want)
		})
	}
}

func TestIntegrationsAndResponsesAreUpdatedAndDeleted(t *testing.T) {
	t.Parallel()
	w := start(t)
	id, root := w.get()
	ctx, get, ok := t.Context(), aws.String("GET"), aws.String("200")
	must(w.PutIntegration(ctx, &sdk.PutIntegrationInput{RestApiId: id, ResourceId: root, HttpMethod: get, Type: types.IntegrationTypeHttp, IntegrationHttpMethod: get, Uri: aws.String("http://a")}))(t)
	i := must(w.UpdateIntegration(ctx, &sdk.UpdateIntegrationInput{RestApiId: id, ResourceId: root, HttpMethod: get, PatchOperations: []types.PatchOperation{
		op("replace", "/uri", "http://b"), op("replace", "/timeoutInMillis", "100"), op("add", "/requestTemplates/text~1plain", "$input.body"),
		op("add", "/requestParameters/integration.request.header.Z", "'z'"), op("add", "/cacheKeyParameters/method.request.querystring.q", ""),
		op("replace", "/tlsConfig/insecureSkipVerification", "true"), op("replace", "/passthroughBehavior", "NEVER"),
	}}))(t)
	if *i.Uri != "http://b" || i.TimeoutInMillis != 100 || i.RequestTemplates["text/plain"] != "$input.body" || len(i.CacheKeyParameters) != 1 || !i.TlsConfig.InsecureSkipVerification || *i.PassthroughBehavior != "NEVER" {
		t.Errorf("integration %+v", i)
	}
	must(w.PutIntegrationResponse(ctx, &sdk.PutIntegrationResponseInput{RestApiId: id, ResourceId: root, HttpMethod: get, StatusCode: ok, SelectionPattern: aws.String("")}))(t)
	r := must(w.UpdateIntegrationResponse(ctx, &sdk.UpdateIntegrationResponseInput{RestApiId: id, ResourceId: root, HttpMethod: get, StatusCode: ok, PatchOperations: []types.PatchOperation{
		op("replace", "/selectionPattern", "2.."), op("add", "/responseTemplates/application~1json", "{}"), op("add", "/responseParameters/method.response.header.X-A", "'a'"),
	}}))(t)
	if *r.SelectionPattern != "2.." || r.ResponseTemplates["application/json"] != "{}" || r.ResponseParameters["method.response.header.X-A"] != "'a'" {
		t.Errorf("integration response %+v", r)
	}
	mr := must(w.UpdateMethodResponse(ctx, &sdk.UpdateMethodResponseInput{RestApiId: id, ResourceId: root, HttpMethod: get, StatusCode: ok, PatchOperations: []types.PatchOperation{
		op("add", "/responseModels/application~1json", "Error"), op("add", "/responseParameters/method.response.header.X-B", "false"),
	}}))(t)
	if mr.ResponseModels["application/json"] != "Error" || len(mr.ResponseParameters) != 2 {
		t.Errorf("method response %+v", mr)
	}
	must(w.DeleteIntegrationResponse(ctx, &sdk.DeleteIntegrationResponseInput{RestApiId: id, ResourceId: root, HttpMethod: get, StatusCode: ok}))(t)
	_, err := w.GetIntegrationResponse(ctx, &sdk.GetIntegrationResponseInput{RestApiId: id, ResourceId: root, HttpMethod: get, StatusCode: ok})
	refused(t, err, "NotFoundException", "Invalid Response status code specified")
	must(w.DeleteMethodResponse(ctx, &sdk.DeleteMethodResponseInput{RestApiId: id, ResourceId: root, HttpMethod: get, StatusCode: ok}))(t)
	_, err = w.PutIntegrationResponse(ctx, &sdk.PutIntegrationResponseInput{
		RestApiId: id, ResourceId: root, HttpMethod: get, StatusCode: ok, ResponseParameters: map[string]string{"method.response.header.X-A": "'a'"},
	})
	refused(t, err, "BadRequestException", "Invalid mapping expression specified: Validation Result: warnings : [], errors : [No method response exists for method.]")
	_, err = w.GetMethodResponse(ctx, &sdk.GetMethodResponseInput{RestApiId: id, ResourceId: root, HttpMethod: get, StatusCode: ok})
	refused(t, err, "NotFoundException", "Invalid Response status code specified")
	must(w.DeleteIntegration(ctx, &sdk.DeleteIntegrationInput{RestApiId: id, ResourceId: root, HttpMethod: get}))(t)
	_, err = w.GetIntegration(ctx, &sdk.GetIntegrationInput{RestApiId: id, ResourceId: root, HttpMethod: get})
	refused(t, err, "NotFoundException", "Invalid Integration identifier specified")
	must(w.DeleteMethod(ctx, &sdk.DeleteMethodInput{RestApiId: id, ResourceId: root, HttpMethod: get}))(t)
	_, err = w.GetMethod(ctx, &sdk.GetMethodInput{RestApiId: id, ResourceId: root, HttpMethod: get})
	refused(t, err, "NotFoundException", "Invalid Method identifier specified")
}

func TestAHeaderIsMappedOnlyWhereTheMethodMayAnswerIt(t *testing.T) {
	t.Parallel()
	w := start(t)
	id, root := w.get()
	get, ok := aws.String("GET"), aws.String("200")
	must(w.PutIntegration(t.Context(), &sdk.PutIntegrationInput{RestApiId: id, ResourceId: root, HttpMethod: get, Type: types.IntegrationTypeMock}))(t)
	for from, want := range map[string]string{
		"method.response.header.X-A": "", "method.response.header.X-B": "Invalid mapping expression parameter specified: method.response.header.X-B", "X-A": "Invalid mapping expression specified: X-A",
	} {
		t.Run(from, func(t *testing.T) {
			t.Parallel()
			_, err := w.PutIntegrationResponse(t.Context(), &sdk.PutIntegrationResponseInput{
				RestApiId: id, ResourceId: root, HttpMethod: get, StatusCode: ok, ResponseParameters: map[string]string{from: "'*'"},
			})
			if want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			refused(t, err, "BadRequestException", "Invalid mapping expression specified: Validation Result: warnings : [], errors : ["+want+"]")
		})
	}
}

func TestTemplatesAreRefusedWhereTheyAreTooLarge(t *testing.T) {
	t.Parallel()
	w := start(t)
	id, root := w.get()
	put := func(templates map[string]string) error {
		_, err := w.PutIntegration(t.Context(), &sdk.PutIntegrationInput{RestApiId: id, ResourceId: root, HttpMethod: aws.String("GET"), Type: types.IntegrationTypeMock, RequestTemplates: templates})
		return err
	}
	large := strings.Repeat("x", 300<<10)
	if err := put(map[string]string{"a/a": large + "x"}); testenv.ErrorCode(err) != "BadRequestException" {
		t.Errorf("one that is too large: %v", err)
	}
	if err := put(map[string]string{"a/a": large, "a/b": large, "a/c": large}); err != nil {
		t.Errorf("three that are large: %v", err)
	}
	if err := put(map[string]string{"a/a": large, "a/b": large, "a/c": large, "a/d": large}); testenv.ErrorCode(err) != "LimitExceededException" {
		t.Errorf("more than a method may have: %v", err)
	}
}
