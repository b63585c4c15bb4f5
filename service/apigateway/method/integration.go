package method

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/service/apigateway/fault"
	"maru.dev/maru/wire"
)

// How long an integration may take, in milliseconds.
const (
	minTimeout    = 50
	maxTimeout    = 29_000
	maxStreamTime = 900_000 // where its answer is passed on as it comes
)

// maxTemplate is the size of a mapping template, in bytes.
const maxTemplate = 300 << 10

// Complete gives an integration what it has where nothing was said.
func Complete(i *api.Integration, resourceID string) {
	i.PassthroughBehavior = new(wire.Or(i.PassthroughBehavior, "WHEN_NO_MATCH"))
	i.TimeoutInMillis = new(wire.Or(i.TimeoutInMillis, maxTimeout))
	i.CacheNamespace = new(wire.Or(i.CacheNamespace, resourceID))
	if i.CacheKeyParameters == nil {
		i.CacheKeyParameters = []string{}
	}
}

// CheckIntegration holds a method's integration, without its responses, against
// the rules.
func CheckIntegration(m *api.Method, i *api.Integration) error {
	longest := int32(maxTimeout)
	if wire.Value(i.ResponseTransferMode) == api.ResponseTransferModeStream {
		longest = maxStreamTime
	}
	kind := wire.Value(i.Type)
	switch {
	case kind != api.IntegrationTypeMock && wire.Value(i.HttpMethod) == "":
		return fault.BadRequest("Enumeration value for HttpMethod must be non-empty")
	case *i.TimeoutInMillis < minTimeout || *i.TimeoutInMillis > longest:
		return fault.BadRequest("Timeout should be between %d ms and %d ms", minTimeout, longest)
	case !slices.Contains([]string{"WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER"}, *i.PassthroughBehavior):
		return fault.BadRequest("Invalid passthrough behavior specified. Valid options are WHEN_NO_MATCH,WHEN_NO_TEMPLATES,NEVER")
	}
	if err := checkHandling(i.ContentHandling); err != nil {
		return err
	}
	if err := checkTarget(i); err != nil {
		return err
	}
	if err := checkRequestParameters(m, i); err != nil {
		return err
	}
	for _, key := range i.CacheKeyParameters {
		if _, mapped := i.RequestParameters[key]; !mapped && !declares(m, key) {
			return fault.BadRequest("Invalid cache key parameter specified: %s", key)
		}
	}
	return checkTemplates(i.RequestTemplates)
}

// serviceURI is the URI of an integration with a service: its service, with the
// subdomain in front, and what is asked of it.
var serviceURI = regexp.MustCompile(`^arn:[a-z-]+:apigateway:[a-zA-Z0-9${}._-]+:([a-zA-Z0-9.-]+):(path|action)/(.*)$`)

// checkTarget holds what an integration calls against the rules of its type.
func checkTarget(i *api.Integration) error {
	uri, role := wire.Value(i.Uri), wire.Value(i.Credentials)
	if role != "" && !strings.HasPrefix(role, "arn:") && !strings.HasPrefix(role, "${") {
		return fault.BadRequest("Invalid ARN specified in the request")
	}
	switch kind := *i.Type; kind {
	case api.IntegrationTypeMock:
		return nil
	case api.IntegrationTypeHttp, api.IntegrationTypeHttpProxy:
		return checkEndpoint(i, uri)
	default:
		if !strings.HasPrefix(uri, "arn:") {
			return fault.BadRequest("Invalid ARN specified in the request")
		}
		parts := serviceURI.FindStringSubmatch(uri)
		if parts == nil {
			return fault.BadRequest("AWS ARN for integration must contain path or action")
		}
		service := parts[1][strings.LastIndexByte(parts[1], '.')+1:]
		switch {
		case kind == api.IntegrationTypeAwsProxy && service != "lambda" && service != "firehose":
			return fault.BadRequest("Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations.")
		case service != "lambda" && role == "":
			return fault.BadRequest("Role ARN must be specified for AWS integrations")
		}
		return nil
	}
}

// checkEndpoint holds the address that an integration calls, and by what way,
// against the rules.
func checkEndpoint(i *api.Integration, uri string) error {
	scheme, host, ok := strings.Cut(uri, "://")
	if variable := strings.HasPrefix(uri, "${stageVariables."); !variable && (!ok || scheme != "http" && scheme != "https" && !strings.HasPrefix(scheme, "${") || host == "" || strings.HasPrefix(host, "/")) {
		return fault.BadRequest("Invalid HTTP endpoint specified for URI")
	}
	if wire.Value(i.ConnectionType) == api.ConnectionTypeVpcLink && wire.Value(i.ConnectionId) == "" {
		return fault.BadRequest("Connection ID must be specified when the connection type is VPC_LINK")
	}
	return nil
}

// checkHandling holds how a body is converted against the rules.
func checkHandling(how *string) error {
	switch wire.Value(how) {
	case "", api.ContentHandlingStrategyConvertToBinary, api.ContentHandlingStrategyConvertToText:
		return nil
	}
	return fault.BadRequest("Invalid content handling strategy specified. Valid options are CONVERT_TO_BINARY,CONVERT_TO_TEXT")
}

// checkTemplates holds mapping templates, by their content types, against the
// rules.
func checkTemplates(templates map[string]string) error {
	for _, key := range slices.Sorted(maps.Keys(templates)) {
		if len(templates[key]) > maxTemplate {
			return fault.BadRequest("Mapping template for content type %s exceeds the maximum size of %d bytes", key, maxTemplate)
		}
	}
	return checkTypes(templates)
}

// CheckIntegrationResponse holds one of an integration's responses against the
// rules, and against what its method may answer.
func CheckIntegrationResponse(m *api.Method, r *api.IntegrationResponse) error {
	if err := checkResponseParameters(m, r); err != nil {
		return err
	}
	if err := checkHandling(r.ContentHandling); err != nil {
		return err
	}
	return checkTemplates(r.ResponseTemplates)
}
