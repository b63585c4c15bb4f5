package apigatewayv2

import (
	"net/url"
	"strconv"
	"strings"

	api "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/gateway/plan"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/wire"
)

// The limits of integrations.
const (
	minTimeout      int32 = 50
	maxTimeout      int32 = 30_000
	maxIntegrations       = 300
)

// withDefaults fills in what an integration leaves open.
func withDefaults(i *api.Integration) {
	if i.ConnectionType == nil {
		i.ConnectionType = new(api.ConnectionTypeInternet)
	}
	if i.TimeoutInMillis == nil {
		i.TimeoutInMillis = new(maxTimeout)
	}
	if i.PayloadFormatVersion == nil {
		i.PayloadFormatVersion = new("1.0")
	}
	if i.IntegrationMethod == nil && wire.Value(i.IntegrationType) == api.IntegrationTypeAwsProxy && i.IntegrationSubtype == nil {
		i.IntegrationMethod = new("POST")
	}
}

// checkIntegration holds an integration against the rules for HTTP APIs.
func checkIntegration(i *api.Integration) error {
	if err := checkUnsupported(i); err != nil {
		return err
	}
	if t := wire.Value(i.TimeoutInMillis); t < minTimeout || t > maxTimeout {
		return badRequest("Timeout should be between 50 ms and 30000 ms")
	}
	if d := wire.Value(i.Description); len(d) > 1024 {
		return badRequest("Description must be at most 1024 characters in length.")
	}
	if v := wire.Value(i.PayloadFormatVersion); v != "1.0" && v != "2.0" {
		return badRequest("Invalid PayloadFormatVersion specified. Must be one of [1.0, 2.0]")
	}
	switch wire.Value(i.ConnectionType) {
	case api.ConnectionTypeInternet:
	case api.ConnectionTypeVpcLink:
		if i.ConnectionId == nil {
			return badRequest("ConnectionId must be specified for integrations with ConnectionType VPC_LINK")
		}
	default:
		return badRequest("Invalid ConnectionType specified. Must be one of [INTERNET, VPC_LINK]")
	}
	switch wire.Value(i.IntegrationType) {
	case api.IntegrationTypeAwsProxy:
		return checkAWSProxy(i)
	case api.IntegrationTypeHttpProxy:
		return checkHTTPProxy(i)
	default:
		return badRequest("HTTP APIs support only the integration types HTTP_PROXY and AWS_PROXY")
	}
}

// checkUnsupported refuses what only WebSocket APIs have.
func checkUnsupported(i *api.Integration) error {
	switch {
	case len(i.RequestTemplates) > 0:
		return badRequest("RequestTemplates is not supported for HTTP APIs")
	case i.TemplateSelectionExpression != nil:
		return badRequest("TemplateSelectionExpression is not supported for HTTP APIs")
	case i.PassthroughBehavior != nil:
		return badRequest("PassthroughBehavior is not supported for HTTP APIs")
	case i.ContentHandlingStrategy != nil:
		return badRequest("ContentHandlingStrategy is not supported for HTTP APIs")
	}
	return nil
}

// checkAWSProxy checks an integration with a function or a service.
func checkAWSProxy(i *api.Integration) error {
	if i.IntegrationSubtype != nil {
		return checkSubtype(i)
	}
	if _, ok := plan.FunctionARN(wire.Value(i.IntegrationUri)); !ok {
		return badRequest("Invalid Integration URI. Integration URI should be a valid Lambda function ARN")
	}
	return checkParameters(i)
}

// checkSubtype checks an integration with an AWS service.
func checkSubtype(i *api.Integration) error {
	subtype, ok := plan.SubtypeOf(*i.IntegrationSubtype)
	switch {
	case !ok:
		return badRequest("Integration subtype %s is not valid", *i.IntegrationSubtype)
	case i.IntegrationUri != nil:
		return badRequest("IntegrationUri must not be specified for an AWS service integration")
	case i.CredentialsArn == nil:
		return badRequest("CredentialsArn must be specified for an AWS service integration")
	case *i.PayloadFormatVersion != "1.0":
		return badRequest("PayloadFormatVersion must be 1.0 for an AWS service integration")
	}
	if _, err := subtype.ParseArguments(i.RequestParameters); err != nil {
		return badRequest("%s", err)
	}
	return checkResponseParameters(i)
}

// checkHTTPProxy checks an integration with an HTTP server.
func checkHTTPProxy(i *api.Integration) error {
	switch method := wire.Value(i.IntegrationMethod); method {
	case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", plan.AnyMethod:
	case "":
		return badRequest("HttpMethod must be specified for HTTP_PROXY integrations")
	default:
		return badRequest("Invalid HTTP method specified: %s", method)
	}
	if *i.PayloadFormatVersion != "1.0" {
		return badRequest("PayloadFormatVersion must be 1.0 for HTTP_PROXY integrations")
	}
	uri := wire.Value(i.IntegrationUri)
	private := *i.ConnectionType == api.ConnectionTypeVpcLink && strings.HasPrefix(uri, "arn:")
	u, err := url.Parse(strings.NewReplacer("{", "", "}", "", "$", "").Replace(uri))
	if !private && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "") {
		return badRequest("Invalid HTTP endpoint specified for URI")
	}
	return checkParameters(i)
}

// checkParameters parses the parameter mappings of an integration.
func checkParameters(i *api.Integration) error {
	if _, err := plan.ParseChanges(i.RequestParameters, plan.OfRequest); err != nil {
		return badRequest("%s", err)
	}
	return checkResponseParameters(i)
}

// checkResponseParameters parses the mappings of responses.
func checkResponseParameters(i *api.Integration) error {
	for status, parameters := range i.ResponseParameters {
		n, err := strconv.Atoi(status)
		if err != nil || n < 200 || n > 599 {
			return badRequest("Invalid status code specified in response parameters: %s", status)
		}
		if _, err := plan.ParseChanges(parameters, plan.OfResponse); err != nil {
			return badRequest("%s", err)
		}
	}
	return nil
}

// putIntegration writes a new integration, if the API may have another.
func putIntegration(tx *kv.Tx, h service.Home, apiID string, i *api.Integration) error {
	n, err := integrations().Count(tx, h, apiID)
	if err != nil {
		return err
	}
	if n >= maxIntegrations {
		return &api.TooManyRequestsException{Message: "Maximum number of Integrations for this API has been reached", LimitType: new("INTEGRATIONS_PER_API")}
	}
	return integrations().Put(tx, *i, h, apiID, *i.IntegrationId)
}
