package apigatewayv2

import (
	"testing"

	api "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
)

func TestPartsOfAnAPISurviveCrashes(t *testing.T) {
	t.Parallel()
	kvtest.History(t, func(st *kv.Store, h *kvtest.Steps) {
		s, ctx := newTestService(st)
		made, err := s.CreateApi(ctx, &api.CreateApiInput{Name: "a", ProtocolType: "HTTP"})
		h.Did(made, err)
		id, arn := *made.ApiId, "arn:aws:apigateway:us-east-1::/apis/"+*made.ApiId
		h.Did(s.TagResource(ctx, &api.TagResourceInput{ResourceArn: arn, Tags: map[string]string{"a": "b"}}))
		h.Did(s.UntagResource(ctx, &api.UntagResourceInput{ResourceArn: arn, TagKeys: []string{"a"}}))
		i, err := s.CreateIntegration(ctx, &api.CreateIntegrationInput{ApiId: id, IntegrationType: "HTTP_PROXY", IntegrationMethod: new("GET"), IntegrationUri: new("https://example.com"), PayloadFormatVersion: new("1.0")})
		h.Did(i, err)
		h.Did(s.UpdateIntegration(ctx, &api.UpdateIntegrationInput{ApiId: id, IntegrationId: *i.IntegrationId, TimeoutInMillis: new(int32(1000))}))
		a, err := s.CreateAuthorizer(ctx, &api.CreateAuthorizerInput{ApiId: id, Name: "z", AuthorizerType: "JWT", IdentitySource: []string{"$request.header.Authorization"}, JwtConfiguration: &api.JWTConfiguration{Issuer: new("https://i.example"), Audience: []string{"a"}}})
		h.Did(a, err)
		h.Did(s.UpdateAuthorizer(ctx, &api.UpdateAuthorizerInput{ApiId: id, AuthorizerId: *a.AuthorizerId, Name: new("y")}))
		h.Did(s.DeleteAuthorizer(ctx, &api.DeleteAuthorizerInput{ApiId: id, AuthorizerId: *a.AuthorizerId}))
		r, err := s.CreateRoute(ctx, &api.CreateRouteInput{ApiId: id, RouteKey: "GET /x", Target: new("integrations/" + *i.IntegrationId)})
		h.Did(r, err)
		d, err := s.CreateDeployment(ctx, &api.CreateDeploymentInput{ApiId: id})
		h.Did(d, err)
		h.Did(s.UpdateDeployment(ctx, &api.UpdateDeploymentInput{ApiId: id, DeploymentId: *d.DeploymentId, Description: new("d")}))
		h.Did(s.CreateStage(ctx, &api.CreateStageInput{
			ApiId: id, StageName: "prod", DeploymentId: d.DeploymentId, RouteSettings: map[string]api.RouteSettings{"GET /x": {ThrottlingBurstLimit: new(int32(5))}},
			AccessLogSettings: &api.AccessLogSettings{DestinationArn: new("arn:aws:logs:us-east-1:000000000000:log-group:g"), Format: new("$context.requestId")},
		}))
		h.Did(s.DeleteRouteSettings(ctx, &api.DeleteRouteSettingsInput{ApiId: id, StageName: "prod", RouteKey: "GET /x"}))
		h.Did(s.DeleteAccessLogSettings(ctx, &api.DeleteAccessLogSettingsInput{ApiId: id, StageName: "prod"}))
		h.Did(s.ResetAuthorizersCache(ctx, &api.ResetAuthorizersCacheInput{ApiId: id, StageName: "prod"}))
		h.Did(s.DeleteRoute(ctx, &api.DeleteRouteInput{ApiId: id, RouteId: *r.RouteId}))
		h.Did(s.DeleteIntegration(ctx, &api.DeleteIntegrationInput{ApiId: id, IntegrationId: *i.IntegrationId}))
	})
}

func TestDomainsMappingsAndLinksSurviveCrashes(t *testing.T) {
	t.Parallel()
	const name = "api.example.com"
	certificate := func(id string) []api.DomainNameConfiguration {
		return []api.DomainNameConfiguration{{CertificateArn: new("arn:aws:acm:us-east-1:000000000000:certificate/" + id)}}
	}
	kvtest.History(t, func(st *kv.Store, h *kvtest.Steps) {
		s, ctx := newTestService(st)
		made, err := s.CreateApi(ctx, &api.CreateApiInput{Name: "a", ProtocolType: "HTTP", Target: new("https://example.com")})
		h.Did(made, err)
		h.Did(s.CreateDomainName(ctx, &api.CreateDomainNameInput{DomainName: name, DomainNameConfigurations: certificate("a")}))
		h.Did(s.UpdateDomainName(ctx, &api.UpdateDomainNameInput{DomainName: name, DomainNameConfigurations: certificate("b")}))
		m, err := s.CreateApiMapping(ctx, &api.CreateApiMappingInput{ApiId: *made.ApiId, DomainName: name, Stage: "$default"})
		h.Did(m, err)
		h.Did(s.UpdateApiMapping(ctx, &api.UpdateApiMappingInput{ApiId: *made.ApiId, ApiMappingId: *m.ApiMappingId, DomainName: name, ApiMappingKey: new("v1")}))
		h.Did(s.DeleteApiMapping(ctx, &api.DeleteApiMappingInput{ApiMappingId: *m.ApiMappingId, DomainName: name}))
		l, err := s.CreateVpcLink(ctx, &api.CreateVpcLinkInput{Name: "l", SubnetIds: []string{"subnet-1"}})
		h.Did(l, err)
		h.Did(s.UpdateVpcLink(ctx, &api.UpdateVpcLinkInput{VpcLinkId: *l.VpcLinkId, Name: new("m")}))
		h.Did(s.DeleteVpcLink(ctx, &api.DeleteVpcLinkInput{VpcLinkId: *l.VpcLinkId}))
	})
}
