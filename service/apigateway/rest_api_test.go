package apigateway_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/internal/testenv"
)

func TestANewAPIHasWhatAWSGivesIt(t *testing.T) {
	t.Parallel()
	w := start(t)
	a := must(w.CreateRestApi(t.Context(), &sdk.CreateRestApiInput{Name: aws.String("a"), Tags: map[string]string{"k": "v"}}))(t)
	if len(*a.Id) != 10 || len(*a.RootResourceId) != 10 || a.ApiKeySource != types.ApiKeySourceTypeHeader || a.DisableExecuteApiEndpoint {
		t.Errorf("API %+v", a)
	}
	if e := a.EndpointConfiguration; len(e.Types) != 1 || e.Types[0] != types.EndpointTypeEdge || e.IpAddressType != types.IpAddressTypeIpv4 {
		t.Errorf("endpoint %+v", e)
	}
	list := must(w.GetResources(t.Context(), &sdk.GetResourcesInput{RestApiId: a.Id}))(t).Items
	if len(list) != 1 || *list[0].Id != *a.RootResourceId || *list[0].Path != "/" || list[0].ParentId != nil {
		t.Errorf("resources %+v", list)
	}
	for _, verb := range []string{"GET", "POST"} {
		w.newMethod(a.Id, a.RootResourceId, verb)
	}
	must(w.PutMethodResponse(t.Context(), &sdk.PutMethodResponseInput{
		RestApiId: a.Id, ResourceId: a.RootResourceId, HttpMethod: aws.String("GET"), StatusCode: aws.String("200"),
		ResponseModels: map[string]string{"application/json": "Empty", "application/xml": "Error"},
	}))(t)
	got := must(w.GetRestApi(t.Context(), &sdk.GetRestApiInput{RestApiId: a.Id}))(t)
	if got.Tags["k"] != "v" || !got.CreatedDate.Equal(*a.CreatedDate) {
		t.Errorf("read back %+v", got)
	}
	other := sdk.NewFromConfig(w.e.ConfigFor("123456789012", "us-east-1"))
	_, err := other.GetRestApi(t.Context(), &sdk.GetRestApiInput{RestApiId: a.Id})
	refused(t, err, "NotFoundException", "Invalid API identifier specified 123456789012:"+*a.Id)
}

func TestCreateRestApiRefusesWhatAWSDoes(t *testing.T) {
	t.Parallel()
	w := start(t)
	endpoint := func(ip types.IpAddressType, kinds ...types.EndpointType) *types.EndpointConfiguration {
		return &types.EndpointConfiguration{Types: kinds, IpAddressType: ip}
	}
	for name, tt := range map[string]struct {
		in   sdk.CreateRestApiInput
		want string
	}{
		"empty description": {sdk.CreateRestApiInput{Description: aws.String("")}, "Description cannot be an empty string"},
		"no endpoint":       {sdk.CreateRestApiInput{EndpointConfiguration: endpoint("")}, "REGIONAL Configuration and EDGE Configuration cannot be both DISABLED."},
		"two endpoints":     {sdk.CreateRestApiInput{EndpointConfiguration: endpoint("", "EDGE", "REGIONAL")}, "Cannot create an api with multiple Endpoint Types."},
		"private on IPv4":   {sdk.CreateRestApiInput{EndpointConfiguration: endpoint("ipv4", "PRIVATE")}, "Only dualstack ipAddressType is supported for Private APIs."},
		"compression":       {sdk.CreateRestApiInput{MinimumCompressionSize: aws.Int32(10485761)}, "Invalid minimum compression size, must be between 0 and 10485760"},
		"policy":            {sdk.CreateRestApiInput{Policy: aws.String("{")}, "Invalid policy document. Please check the policy syntax and ensure that Principals are valid."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.in.Name = aws.String("a")
			_, err := w.CreateRestApi(t.Context(), &tt.in)
			refused(t, err, "BadRequestException", tt.want)
		})
	}
	_, err := w.CreateRestApi(t.Context(), &sdk.CreateRestApiInput{Name: aws.String("a"), CloneFrom: aws.String("nowhere")})
	refused(t, err, "NotFoundException", "Invalid API identifier specified "+testenv.Account+":nowhere")
}

func TestAPolicyIsShownAsTextInsideOfJSON(t *testing.T) {
	t.Parallel()
	w := start(t)
	policy := `{"Statement":[{"Effect":"Allow","Principal":"*","Action":"execute-api:Invoke","Resource":"execute-api:/*"}]}`
	a := must(w.CreateRestApi(t.Context(), &sdk.CreateRestApiInput{Name: aws.String("a"), Policy: &policy}))(t)
	want := strings.ReplaceAll(policy, "execute-api:/", "arn:aws:execute-api:us-east-1:"+testenv.Account+":"+*a.Id+"/")
	if got, err := strconv.Unquote(`"` + *a.Policy + `"`); err != nil || got != want {
		t.Errorf("policy %s, %v", *a.Policy, err)
	}
	b := must(w.CreateRestApi(t.Context(), &sdk.CreateRestApiInput{Name: aws.String("b"), CloneFrom: a.Id}))(t)
	if !strings.Contains(*b.Policy, *b.Id) || strings.Contains(*b.Policy, *a.Id) {
		t.Errorf("the clone's policy %s", *b.Policy)
	}
}

func TestUpdateRestApiChangesWhatItsPathsName(t *testing.T) {
	t.Parallel()
	w := start(t)
	id, _ := w.newAPI()
	out := must(w.UpdateRestApi(t.Context(), &sdk.UpdateRestApiInput{RestApiId: id, PatchOperations: []types.PatchOperation{
		op("replace", "/name", "b"), op("replace", "/description", "d"), op("replace", "/minimumCompressionSize", "10"),
		op("add", "/binaryMediaTypes/image~1png", ""), op("add", "/binaryMediaTypes/image~1jpeg", ""), op("replace", "/binaryMediaTypes/image~1png", "image/gif"),
		op("replace", "/endpointConfiguration/types/EDGE", "REGIONAL"), op("replace", "/disableExecuteApiEndpoint", "true"),
		op("replace", "/apiKeySource", "AUTHORIZER"),
	}}))(t)
	if *out.Name != "b" || *out.Description != "d" || *out.MinimumCompressionSize != 10 || !out.DisableExecuteApiEndpoint || out.ApiKeySource != "AUTHORIZER" || out.Tags == nil {
		t.Errorf("updated %+v", out)
	}
	if diff := cmp.Diff([]string{"image/jpeg", "image/gif"}, out.BinaryMediaTypes); diff != "" {
		t.Error(diff)
	}
	if out.EndpointConfiguration.Types[0] != "REGIONAL" {
		t.Errorf("endpoint %+v", out.EndpointConfiguration)
	}
	out = must(w.UpdateRestApi(t.Context(), &sdk.UpdateRestApiInput{RestApiId: id, PatchOperations: []types.PatchOperation{
		op("remove", "/description", ""), op("replace", "/minimumCompressionSize", ""), op("replace", "/endpointConfiguration/types/0", "PRIVATE"),
	}}))(t)
	if out.Description != nil || out.MinimumCompressionSize != nil || out.EndpointConfiguration.IpAddressType != "dualstack" {
		t.Errorf("updated again %+v", out)
	}
	for name, tt := range map[string]struct {
		op   types.PatchOperation
		want string
	}{
		"another kind of operation": {op("add", "/minimumCompressionSize", "5"), "Invalid patch operation specified. Must be one of: [replace]"},
		"a list itself":             {op("add", "/binaryMediaTypes", "image/png"), "Invalid patch path /binaryMediaTypes"},
		"no number":                 {op("replace", "/minimumCompressionSize", "x"), "Invalid minimum compression size, must be between 0 and 10485760"},
		"private on IPv4":           {op("replace", "/endpointConfiguration/ipAddressType", "ipv4"), "Only dualstack ipAddressType is supported for Private APIs."},
		"no address type":           {op("replace", "/endpointConfiguration/ipAddressType", "x"), "ipAddressType must be either ipv4 or dualstack."},
		"no endpoint type":          {op("replace", "/endpointConfiguration/types/0", "x"), "Invalid EndpointTypes specified. Valid options are REGIONAL,EDGE,PRIVATE"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := w.UpdateRestApi(t.Context(), &sdk.UpdateRestApiInput{RestApiId: id, PatchOperations: []types.PatchOperation{tt.op}})
			refused(t, err, "BadRequestException", tt.want)
		})
	}
}

func TestACloneIsAnAPIOfItsOwn(t *testing.T) {
	t.Parallel()
	w := start(t)
	a := must(w.CreateRestApi(t.Context(), &sdk.CreateRestApiInput{Name: aws.String("a"), Description: aws.String("d"), BinaryMediaTypes: []string{"image/png"}}))(t)
	w.newMethod(a.Id, w.newResource(a.Id, a.RootResourceId, "pets"), "GET")
	b := must(w.CreateRestApi(t.Context(), &sdk.CreateRestApiInput{Name: aws.String("b"), CloneFrom: a.Id}))(t)
	if *b.Id == *a.Id || *b.Name != "b" || *b.Description != "d" || len(b.BinaryMediaTypes) != 1 {
		t.Errorf("clone %+v", b)
	}
	must(w.DeleteRestApi(t.Context(), &sdk.DeleteRestApiInput{RestApiId: a.Id}))(t)
	list := must(w.GetResources(t.Context(), &sdk.GetResourcesInput{RestApiId: b.Id, Embed: []string{"methods"}}))(t).Items
	paths := map[string]int{}
	for _, r := range list {
		paths[*r.Path] = len(r.ResourceMethods)
		for _, m := range r.ResourceMethods {
			if m.MethodIntegration == nil || m.MethodIntegration.Type != types.IntegrationTypeMock {
				t.Errorf("method %+v", m)
			}
		}
	}
	if diff := cmp.Diff(map[string]int{"/": 0, "/pets": 1}, paths); diff != "" {
		t.Error(diff)
	}
	must(w.CreateDeployment(t.Context(), &sdk.CreateDeploymentInput{RestApiId: b.Id}))(t)
	_, err := w.GetResources(t.Context(), &sdk.GetResourcesInput{RestApiId: a.Id})
	refused(t, err, "NotFoundException", "Invalid API identifier specified "+testenv.Account+":"+*a.Id)
}

func TestListsOfAPIsComeInPages(t *testing.T) {
	t.Parallel()
	w := start(t)
	want := map[string]bool{}
	for range 7 {
		id, _ := w.newAPI()
		want[*id] = true
	}
	pages := sdk.NewGetRestApisPaginator(w, &sdk.GetRestApisInput{Limit: aws.Int32(3)})
	n := 0
	for pages.HasMorePages() {
		page := must(pages.NextPage(t.Context()))(t)
		n++
		for _, a := range page.Items {
			delete(want, *a.Id)
		}
	}
	if n != 3 || len(want) > 0 {
		t.Errorf("%d pages, without %v", n, want)
	}
	_, err := w.GetRestApis(t.Context(), &sdk.GetRestApisInput{Position: aws.String("x")})
	refused(t, err, "BadRequestException", "Invalid position parameter specified")
}

// Two changes of one API at once are both there afterwards.
func TestChangesOfOneAPIAtOnceAreAllKept(t *testing.T) {
	t.Parallel()
	w := start(t)
	id, root := w.newAPI()
	const each = 8
	done := make(chan error)
	for i := range each {
		name := string(rune('a' + i))
		go func() {
			_, err := w.UpdateRestApi(t.Context(), &sdk.UpdateRestApiInput{RestApiId: id, PatchOperations: []types.PatchOperation{op("add", "/binaryMediaTypes/image~1"+name, "")}})
			done <- err
		}()
		go func() {
			_, err := w.CreateResource(t.Context(), &sdk.CreateResourceInput{RestApiId: id, ParentId: root, PathPart: &name})
			done <- err
		}()
	}
	for range 2 * each {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	a := must(w.GetRestApi(t.Context(), &sdk.GetRestApiInput{RestApiId: id}))(t)
	list := must(w.GetResources(t.Context(), &sdk.GetResourcesInput{RestApiId: id}))(t).Items
	if len(a.BinaryMediaTypes) != each || len(list) != each+1 {
		t.Errorf("%d media types and %d resources", len(a.BinaryMediaTypes), len(list))
	}
}
