package method

import (
	"strings"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/service/apigateway/fault"
	"maru.dev/maru/service/apigateway/patch"
)

// What is said of entries that are to be changed and are not there.
func errNoParameter() error { return fault.NotFound("Invalid parameter name specified") }

// errNoType is of those by content type.
func errNoType() error { return fault.NotFound("Content-Type specified was not found") }

// same is a text as it stands.
func same(v string) string { return v }

// truth reads a switch: what is not true is false.
func truth(v string) bool { return strings.EqualFold(v, "true") }

// Patch updates a method, without its responses and its integration.
func Patch(m *api.Method, operations []api.PatchOperation) error {
	rules := patch.Rules{
		patch.Replace("/apiKeyRequired", func(v string) error { m.ApiKeyRequired = new(truth(v)); return nil }),
		patch.Replace("/authorizationType", func(v string) error { m.AuthorizationType = &v; return nil }),
		patch.Only("/authorizerId", &m.AuthorizerId), patch.Only("/operationName", &m.OperationName),
		patch.Only("/requestValidatorId", &m.RequestValidatorId),
		patch.Values("/authorizationScopes", &m.AuthorizationScopes), patch.Set("/authorizationScopes/{scope}", &m.AuthorizationScopes),
		patch.Entries("/requestParameters/{name}", &m.RequestParameters, truth, errNoParameter()),
		patch.Entries("/requestModels/{content-type}", &m.RequestModels, same, errNoType()),
	}
	if err := rules.ApplyOr(patch.Terse, operations); err != nil {
		return err
	}
	if !NeedsAuthorizer(m) {
		m.AuthorizerId = nil
	}
	return Check(m)
}

// PatchResponse updates what a method may answer.
func PatchResponse(r *api.MethodResponse, operations []api.PatchOperation) error {
	rules := patch.Rules{
		patch.Entries("/responseParameters/{name}", &r.ResponseParameters, truth, errNoParameter()),
		patch.Entries("/responseModels/{content-type}", &r.ResponseModels, same, errNoType()),
	}
	if err := rules.ApplyOr(patch.Terse, operations); err != nil {
		return err
	}
	return CheckResponse(r)
}

// PatchIntegration updates the integration of a resource's method, without its
// responses.
func PatchIntegration(resourceID string, m *api.Method, i *api.Integration, operations []api.PatchOperation) error {
	rules := patch.Rules{
		patch.Only("/httpMethod", &i.HttpMethod), patch.Only("/uri", &i.Uri), patch.Only("/credentials", &i.Credentials),
		patch.Only("/connectionType", &i.ConnectionType), patch.Only("/connectionId", &i.ConnectionId),
		patch.Only("/passthroughBehavior", &i.PassthroughBehavior), patch.Only("/contentHandling", &i.ContentHandling),
		patch.Only("/cacheNamespace", &i.CacheNamespace), patch.Only("/integrationTarget", &i.IntegrationTarget),
		patch.Only("/responseTransferMode", &i.ResponseTransferMode),
		patch.Int("/timeoutInMillis", func(n int32) { i.TimeoutInMillis = &n }),
		patch.Replace("/tlsConfig/insecureSkipVerification", func(v string) error {
			i.TlsConfig = &api.TlsConfig{InsecureSkipVerification: new(truth(v))}
			return nil
		}),
		patch.Set("/cacheKeyParameters/{name}", &i.CacheKeyParameters), patch.Values("/cacheKeyParameters", &i.CacheKeyParameters),
		patch.Entries("/requestParameters/{name}", &i.RequestParameters, same, errNoParameter()),
		patch.Entries("/requestTemplates/{content-type}", &i.RequestTemplates, same, errNoType()),
	}
	if err := rules.ApplyOr(patch.Terse, operations); err != nil {
		return err
	}
	Complete(i, resourceID)
	return CheckIntegration(m, i)
}

// PatchIntegrationResponse updates one of an integration's responses.
func PatchIntegrationResponse(m *api.Method, r *api.IntegrationResponse, operations []api.PatchOperation) error {
	rules := patch.Rules{
		patch.Text("/selectionPattern", &r.SelectionPattern).Fixed(), patch.Only("/contentHandling", &r.ContentHandling),
		patch.Entries("/responseParameters/{name}", &r.ResponseParameters, same, errNoParameter()),
		patch.Entries("/responseTemplates/{content-type}", &r.ResponseTemplates, same, errNoType()),
	}
	if err := rules.ApplyOr(patch.Terse, operations); err != nil {
		return err
	}
	return CheckIntegrationResponse(m, r)
}
