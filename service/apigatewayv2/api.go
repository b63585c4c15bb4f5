package apigatewayv2

import (
	"context"
	"net/url"
	"strings"

	api "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/gateway/plan"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/wire"
)

// shown is an API as callers see it.
func (s *Service) shown(ctx context.Context, h service.Home, a *apiRecord) api.Api {
	out := a.API
	out.ApiEndpoint = new(s.endpoint(ctx, h, *out.ApiId))
	return out
}

// apiOutput is an API as an output.
func apiOutput(a api.Api) *api.GetApiOutput {
	return &api.GetApiOutput{
		ApiEndpoint: a.ApiEndpoint, ApiGatewayManaged: a.ApiGatewayManaged, ApiId: a.ApiId,
		ApiKeySelectionExpression: a.ApiKeySelectionExpression, CorsConfiguration: a.CorsConfiguration,
		CreatedDate: a.CreatedDate, Description: a.Description, DisableSchemaValidation: a.DisableSchemaValidation,
		DisableExecuteApiEndpoint: a.DisableExecuteApiEndpoint, ImportInfo: a.ImportInfo, Name: &a.Name,
		ProtocolType: &a.ProtocolType, RouteSelectionExpression: &a.RouteSelectionExpression, Tags: a.Tags,
		Version: a.Version, Warnings: a.Warnings, IpAddressType: a.IpAddressType,
	}
}

// The selection expressions of HTTP APIs, which have no others.
const (
	routeSelection  = "$request.method $request.path"
	apiKeySelection = "$request.header.x-api-key"
)

// newAPI returns an API with what every new one has.
func (s *Service) newAPI(name string) apiRecord {
	return apiRecord{API: api.Api{
		ApiId: new(s.newID(10)), Name: name, ProtocolType: api.ProtocolTypeHttp,
		CreatedDate: new(s.Clock.Now()), RouteSelectionExpression: routeSelection,
		ApiKeySelectionExpression: new(apiKeySelection), DisableExecuteApiEndpoint: new(false),
		IpAddressType: new(api.IpAddressTypeIpv4),
	}}
}

// maxAPIs is how many APIs an account has in a region.
const maxAPIs = 600

// insert writes a new API and its index.
func (s *Service) insert(tx *kv.Tx, h service.Home, a *apiRecord) error {
	n, err := apis().Count(tx, h)
	if err != nil {
		return err
	}
	if n >= maxAPIs {
		return &api.TooManyRequestsException{Message: "Maximum number of APIs for this account in this region has been reached", LimitType: new("APIS_PER_ACCOUNT")}
	}
	id := *a.API.ApiId
	if err := index().Add(tx, h, id); err != nil {
		return err
	}
	return apis().Put(tx, *a, h, id)
}

// checkProtocol refuses what we have no gateway for.
func checkProtocol(protocol string) error {
	switch protocol {
	case api.ProtocolTypeHttp:
		return nil
	case api.ProtocolTypeWebsocket:
		return &wire.APIError{Code: "NotImplemented", Status: 501, Message: "WebSocket APIs are not implemented by maru; docs/services/ lists what is."}
	default:
		return badRequest("Invalid protocol specified. Must be one of [HTTP, WEBSOCKET]")
	}
}

// checkAPI holds the settings of an API against the rules for HTTP APIs.
func checkAPI(a *api.Api) error {
	switch {
	case a.Name == "" || len(a.Name) > 128:
		return badRequest("Name must be between 1 and 128 characters in length.")
	case a.Description != nil && len(*a.Description) > 1024:
		return badRequest("Description must be at most 1024 characters in length.")
	case a.Version != nil && len(*a.Version) > 64:
		return badRequest("Version must be between 1 and 64 characters in length.")
	case a.DisableSchemaValidation != nil:
		return badRequest("DisableSchemaValidation is not supported for HTTP APIs")
	case a.RouteSelectionExpression != routeSelection && a.RouteSelectionExpression != "${request.method} ${request.path}":
		return badRequest("RouteSelectionExpression must be ${request.method} ${request.path} for HTTP APIs")
	case a.IpAddressType != nil && *a.IpAddressType != api.IpAddressTypeIpv4 && *a.IpAddressType != api.IpAddressTypeDualstack:
		return badRequest("Invalid IpAddressType. Must be one of [ipv4, dualstack]")
	}
	if err := checkTags(a.Tags); err != nil {
		return err
	}
	return checkCors(a.CorsConfiguration)
}

// checkCors holds a CORS configuration against its rules.
func checkCors(c *api.Cors) error {
	if c == nil {
		return nil
	}
	credentials := c.AllowCredentials != nil && *c.AllowCredentials
	for _, origin := range c.AllowOrigins {
		if credentials && origin == "*" {
			return badRequest("AllowCredentials can not be true when AllowOrigins is *")
		}
		if !validOrigin(origin) {
			return badRequest("Invalid format for origin %s. Origin should start with http:// or https:// or be *", origin)
		}
	}
	for _, method := range c.AllowMethods {
		switch strings.ToUpper(method) {
		case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "*":
		default:
			return badRequest("Invalid HTTP method %s in AllowMethods", method)
		}
	}
	if c.MaxAge != nil && (*c.MaxAge < -1 || *c.MaxAge > 86400) {
		return badRequest("MaxAge must be between -1 and 86400")
	}
	return nil
}

// validOrigin tells what may be an allowed origin: all, a scheme's all, or one
// site without a path. A browser extension's scheme is its own.
func validOrigin(origin string) bool {
	if origin == "*" {
		return true
	}
	scheme, host, ok := strings.Cut(origin, "://")
	return ok && scheme != "" && host != "" && !strings.ContainsAny(host, "/?# ")
}

// checkTags holds tags against their limits.
func checkTags(tags map[string]string) error {
	if len(tags) > 50 {
		return badRequest("A resource can have at most 50 tags")
	}
	for key, value := range tags {
		if key == "" || len([]rune(key)) > 128 || strings.HasPrefix(strings.ToLower(key), "aws:") {
			return badRequest("Invalid tag key %s: it must be between 1 and 128 characters and must not start with aws:", key)
		}
		if len([]rune(value)) > 256 {
			return badRequest("Invalid tag value for key %s: it must be at most 256 characters", key)
		}
	}
	return nil
}

// quickCreate makes the integration, the route and the stage of an API that
// was given a target.
func (s *Service) quickCreate(tx *kv.Tx, h service.Home, a *apiRecord, in *api.CreateApiInput) error {
	id := *a.API.ApiId
	integration, err := s.targetIntegration(*in.Target, in.CredentialsArn)
	if err != nil {
		return err
	}
	key := "$default"
	if in.RouteKey != nil {
		key = *in.RouteKey
	}
	a.Managed = managed{Integration: *integration.IntegrationId, Route: s.newID(7)}
	if err := integrations().Put(tx, integration, h, id, a.Managed.Integration); err != nil {
		return err
	}
	route := api.Route{
		RouteId: &a.Managed.Route, RouteKey: key, Target: new("integrations/" + a.Managed.Integration),
		AuthorizationType: new(api.AuthorizationTypeNone), ApiKeyRequired: new(false), ApiGatewayManaged: new(true),
	}
	if err := putRoute(tx, h, id, &route, ""); err != nil {
		return err
	}
	now := s.Clock.Now()
	stage := api.Stage{
		StageName: plan.DefaultStage, AutoDeploy: new(true), ApiGatewayManaged: new(true), CreatedDate: &now, LastUpdatedDate: &now,
		DefaultRouteSettings: &api.RouteSettings{DetailedMetricsEnabled: new(false)},
	}
	if err := stages().Put(tx, stageRecord{Stage: stage}, h, id, plan.DefaultStage); err != nil {
		return err
	}
	return s.autoDeploy(tx, h, id)
}

// targetIntegration is the integration of a quick create's target: a
// function's ARN, or a URL.
func (s *Service) targetIntegration(target string, credentials *string) (api.Integration, error) {
	i := api.Integration{
		IntegrationId: new(s.newID(7)), ApiGatewayManaged: new(true), IntegrationUri: &target,
		ConnectionType: new(api.ConnectionTypeInternet), CredentialsArn: credentials,
	}
	switch u, err := url.Parse(target); {
	case strings.HasPrefix(target, "arn:"):
		i.IntegrationType, i.IntegrationMethod = new(api.IntegrationTypeAwsProxy), new("POST")
		i.PayloadFormatVersion = new("2.0")
	case err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "":
		i.IntegrationType, i.IntegrationMethod = new(api.IntegrationTypeHttpProxy), new("ANY")
		i.PayloadFormatVersion = new("1.0")
	default:
		return i, badRequest("Invalid target specified: it must be the ARN of a Lambda function or an HTTP URL")
	}
	i.TimeoutInMillis = new(maxTimeout)
	return i, checkIntegration(&i)
}
