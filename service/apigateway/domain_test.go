package apigateway_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	sdk2 "github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	types2 "github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"

	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/service/apigateway"
	"maru.dev/maru/service/apigatewayv2"
)

const acm = "arn:aws:acm:us-east-1:000000000000:certificate/"

// startBoth starts a server with both of API Gateway's APIs.
func startBoth(t *testing.T) *world {
	t.Helper()
	e := testenv.New(t, apigateway.Registration(), apigatewayv2.Registration())
	return &world{Client: e.APIGateway(), t: t, e: e}
}

// newDomain makes a regional domain name.
func (w *world) newDomain(name string) *sdk.CreateDomainNameOutput {
	w.t.Helper()
	return must(w.CreateDomainName(w.t.Context(), &sdk.CreateDomainNameInput{
		DomainName: &name, RegionalCertificateArn: aws.String(acm + "a"), EndpointConfiguration: &types.EndpointConfiguration{Types: []types.EndpointType{"REGIONAL"}},
	}))(w.t)
}

func TestADomainNameIsOneInBothAPIs(t *testing.T) {
	t.Parallel()
	w := startBoth(t)
	v2 := w.e.APIGatewayV2()
	made := w.newDomain("Api.example.com")
	if *made.DomainName != "api.example.com" || !strings.HasSuffix(*made.RegionalDomainName, ".execute-api.us-east-1.amazonaws.com") || made.DistributionDomainName != nil ||
		*made.RegionalCertificateArn != acm+"a" || made.DomainNameStatus != "AVAILABLE" || made.SecurityPolicy != "TLS_1_2" {
		t.Errorf("made %+v", made)
	}
	seen := must(v2.GetDomainName(t.Context(), &sdk2.GetDomainNameInput{DomainName: made.DomainName}))(t)
	if c := seen.DomainNameConfigurations; len(c) != 1 || *c[0].ApiGatewayDomainName != *made.RegionalDomainName {
		t.Errorf("the second API has %+v", c)
	}
	got := must(w.UpdateDomainName(t.Context(), &sdk.UpdateDomainNameInput{DomainName: made.DomainName, PatchOperations: []types.PatchOperation{
		op("replace", "/regionalCertificateArn", acm+"b"), op("replace", "/securityPolicy", "SecurityPolicy_TLS13_1_3_2025_09"),
		op("replace", "/mutualTlsAuthentication/truststoreUri", "s3://b/k"), op("replace", "/endpointAccessMode", "STRICT"),
	}}))(t)
	if *got.RegionalCertificateArn != acm+"b" || *got.RegionalDomainName != *made.RegionalDomainName || got.SecurityPolicy != "SecurityPolicy_TLS13_1_3_2025_09" ||
		*got.MutualTlsAuthentication.TruststoreUri != "s3://b/k" || got.EndpointAccessMode != "STRICT" {
		t.Errorf("patched %+v", got)
	}
	must(v2.CreateDomainName(t.Context(), &sdk2.CreateDomainNameInput{DomainName: aws.String("second.example.com"), DomainNameConfigurations: []types2.DomainNameConfiguration{{CertificateArn: aws.String(acm + "c")}}}))(t)
	list := must(w.GetDomainNames(t.Context(), &sdk.GetDomainNamesInput{}))(t).Items
	if len(list) != 2 || list[0].SecurityPolicy != got.SecurityPolicy || *list[1].DomainName != "second.example.com" || *list[1].RegionalCertificateArn != acm+"c" {
		t.Errorf("list %+v", list)
	}
	must(w.DeleteDomainName(t.Context(), &sdk.DeleteDomainNameInput{DomainName: made.DomainName}))(t)
	_, err := w.GetDomainName(t.Context(), &sdk.GetDomainNameInput{DomainName: made.DomainName})
	refused(t, err, "NotFoundException", "Invalid domain name identifier specified")
	if again := w.newDomain("api.example.com"); again.SecurityPolicy != "TLS_1_2" {
		t.Errorf("a new one has the old one's %s", again.SecurityPolicy)
	}
}

func TestADomainNameMayBeAtTheEdgeAndMoveToARegion(t *testing.T) {
	t.Parallel()
	w := startBoth(t)
	name := aws.String("api.example.com")
	made := must(w.CreateDomainName(t.Context(), &sdk.CreateDomainNameInput{DomainName: name, CertificateName: aws.String("c"), CertificateBody: aws.String("b"), CertificatePrivateKey: aws.String("k")}))(t)
	if !strings.HasSuffix(*made.DistributionDomainName, ".cloudfront.net") || *made.DistributionHostedZoneId != "Z2FDTNDATAQYW2" || made.EndpointConfiguration.Types[0] != "EDGE" ||
		*made.CertificateName != "c" || made.CertificateUploadDate == nil || made.RegionalDomainName != nil {
		t.Errorf("made %+v", made)
	}
	api := must(w.e.APIGatewayV2().CreateApi(t.Context(), &sdk2.CreateApiInput{Name: aws.String("h"), ProtocolType: "HTTP", Target: aws.String("https://example.com")}))(t).ApiId
	_, err := w.e.APIGatewayV2().CreateApiMapping(t.Context(), &sdk2.CreateApiMappingInput{ApiId: api, DomainName: name, Stage: aws.String("$default")})
	refused(t, err, "BadRequestException", "Only REST APIs can be attached to EDGE domain names.")
	got := must(w.UpdateDomainName(t.Context(), &sdk.UpdateDomainNameInput{DomainName: name, PatchOperations: []types.PatchOperation{
		op("add", "/endpointConfiguration/types", "REGIONAL"), op("replace", "/regionalCertificateArn", acm+"r"),
	}}))(t)
	if *got.DistributionDomainName != *made.DistributionDomainName || got.RegionalDomainName == nil || len(got.EndpointConfiguration.Types) != 2 {
		t.Errorf("at both %+v", got)
	}
	moved := must(w.UpdateDomainName(t.Context(), &sdk.UpdateDomainNameInput{DomainName: name, PatchOperations: []types.PatchOperation{op("remove", "/endpointConfiguration/types", "EDGE")}}))(t)
	if moved.DistributionDomainName != nil || *moved.RegionalDomainName != *got.RegionalDomainName {
		t.Errorf("moved %+v", moved)
	}
}

func TestDomainNamesRefuseWhatAWSDoes(t *testing.T) {
	t.Parallel()
	w := startBoth(t)
	w.newDomain("taken.example.com")
	tests := map[string]struct {
		in      sdk.CreateDomainNameInput
		message string
	}{
		"taken":          {sdk.CreateDomainNameInput{DomainName: aws.String("taken.example.com"), CertificateArn: aws.String(acm + "a")}, "The domain name you provided already exists."},
		"no certificate": {sdk.CreateDomainNameInput{DomainName: aws.String("a.example.com")}, "A certificate must be specified for endpoint type EDGE"},
		"no body":        {sdk.CreateDomainNameInput{DomainName: aws.String("a.example.com"), CertificateName: aws.String("n")}, "Certificate body and private key must be specified with the certificate's name"},
		"private":        {sdk.CreateDomainNameInput{DomainName: aws.String("a.example.com"), CertificateArn: aws.String(acm + "a"), EndpointConfiguration: &types.EndpointConfiguration{Types: []types.EndpointType{"PRIVATE"}}}, "Private custom domain names are not supported by maru"},
		"policy":         {sdk.CreateDomainNameInput{DomainName: aws.String("a.example.com"), CertificateArn: aws.String(acm + "a"), Policy: aws.String("{}")}, "Policy is only supported for private custom domain names"},
		"rules":          {sdk.CreateDomainNameInput{DomainName: aws.String("a.example.com"), CertificateArn: aws.String(acm + "a"), RoutingMode: "ROUTING_RULE_ONLY"}, "RoutingMode ROUTING_RULE_ONLY is not supported by maru: there are no routing rules"},
		"name":           {sdk.CreateDomainNameInput{DomainName: aws.String("a b"), CertificateArn: aws.String(acm + "a")}, "The domain name a b is not valid"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := w.CreateDomainName(t.Context(), &tt.in)
			refused(t, err, "BadRequestException", tt.message)
		})
	}
}

func TestABasePathIsAMappingOfTheSecondAPI(t *testing.T) {
	t.Parallel()
	w := startBoth(t)
	v2 := w.e.APIGatewayV2()
	api, _ := w.deployed()
	domain := w.newDomain("api.example.com").DomainName
	mapping := func(base, stage string) (*sdk.CreateBasePathMappingOutput, error) {
		in := &sdk.CreateBasePathMappingInput{DomainName: domain, RestApiId: api, BasePath: &base}
		if stage != "" {
			in.Stage = &stage
		}
		return w.CreateBasePathMapping(t.Context(), in)
	}
	made := must(mapping("v1", "prod"))(t)
	if *made.BasePath != "v1" || *made.RestApiId != *api || *made.Stage != "prod" {
		t.Errorf("made %+v", made)
	}
	if m := must(mapping("", ""))(t); *m.BasePath != "(none)" || m.Stage != nil {
		t.Errorf("of all stages %+v", m)
	}
	seen := must(v2.GetApiMappings(t.Context(), &sdk2.GetApiMappingsInput{DomainName: domain}))(t).Items
	if len(seen) != 2 {
		t.Errorf("the second API has %+v", seen)
	}
	_, err := mapping("v1", "prod")
	refused(t, err, "ConflictException", "Base path already exists for this domain name")
	_, err = mapping("a/b", "prod")
	refused(t, err, "BadRequestException", "API Gateway V1 doesn't support the slash character (/) in base path mappings. To create a multi-level base path mapping, use API Gateway V2.")
	_, err = mapping("v2", "test")
	refused(t, err, "NotFoundException", "Invalid stage identifier specified")
	_, err = w.CreateBasePathMapping(t.Context(), &sdk.CreateBasePathMappingInput{DomainName: domain, RestApiId: aws.String("nowhere")})
	refused(t, err, "ConflictException", "Base path already exists for this domain name")
	_, err = w.CreateBasePathMapping(t.Context(), &sdk.CreateBasePathMappingInput{DomainName: domain, RestApiId: aws.String("nowhere"), BasePath: aws.String("n")})
	refused(t, err, "NotFoundException", "Invalid REST API identifier specified")
	patched := must(w.UpdateBasePathMapping(t.Context(), &sdk.UpdateBasePathMappingInput{DomainName: domain, BasePath: aws.String("(none)"), PatchOperations: []types.PatchOperation{
		op("replace", "/basePath", "v3"), op("replace", "/stage", "prod"), op("replace", "/restapiId", *api),
	}}))(t)
	if *patched.BasePath != "v3" || *patched.Stage != "prod" {
		t.Errorf("patched %+v", patched)
	}
	must(v2.CreateApiMapping(t.Context(), &sdk2.CreateApiMappingInput{DomainName: domain, ApiId: api, Stage: aws.String("prod"), ApiMappingKey: aws.String("a/b")}))(t)
	_, err = v2.CreateApiMapping(t.Context(), &sdk2.CreateApiMappingInput{DomainName: domain, ApiId: api, Stage: aws.String("test"), ApiMappingKey: aws.String("c")})
	refused(t, err, "NotFoundException", "Invalid stage identifier specified")
	if list := must(w.GetBasePathMappings(t.Context(), &sdk.GetBasePathMappingsInput{DomainName: domain}))(t).Items; len(list) != 3 {
		t.Errorf("list %+v", list)
	}
	_, err = w.DeleteRestApi(t.Context(), &sdk.DeleteRestApiInput{RestApiId: api})
	if testenv.ErrorCode(err) != "BadRequestException" {
		t.Errorf("an API that is mapped: %v", err)
	}
	_, err = w.DeleteStage(t.Context(), &sdk.DeleteStageInput{RestApiId: api, StageName: aws.String("prod")})
	if testenv.ErrorCode(err) != "BadRequestException" {
		t.Errorf("a stage that is mapped: %v", err)
	}
	for _, base := range []string{"v1", "v3"} {
		must(w.DeleteBasePathMapping(t.Context(), &sdk.DeleteBasePathMappingInput{DomainName: domain, BasePath: &base}))(t)
	}
	_, err = w.GetBasePathMapping(t.Context(), &sdk.GetBasePathMappingInput{DomainName: domain, BasePath: aws.String("v1")})
	refused(t, err, "NotFoundException", "Invalid base path mapping identifier specified")
	must(w.DeleteDomainName(t.Context(), &sdk.DeleteDomainNameInput{DomainName: domain}))(t)
	must(w.DeleteRestApi(t.Context(), &sdk.DeleteRestApiInput{RestApiId: api}))(t)
}
