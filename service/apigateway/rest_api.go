package apigateway

import (
	"fmt"
	"slices"
	"strings"
	"time"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/auth/policy"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway/record"
	"maru.dev/maru/wire"
)

// The limits of APIs.
const (
	maxAPIs        = 600 // of an account in a region
	maxCompression = 10 << 20
	maxPolicy      = 8192
)

// newAPI returns an API with what every new one has.
func (s *Service) newAPI(name string) *apiRecord {
	return &apiRecord{API: api.RestApi{
		Id: new(s.newID(10)), RootResourceId: new(s.newID(10)), Name: &name, CreatedDate: s.now(),
		ApiKeySource: new(api.ApiKeySourceTypeHeader), DisableExecuteApiEndpoint: new(false),
	}}
}

// now is the time as it is shown, which has no parts of a second.
func (s *Service) now() *time.Time { return new(s.Clock.Now().Truncate(time.Second)) }

// insertAPI checks and writes a new API with its index and its root resource, and
// the models that every API begins with, whose ids are given.
func insertAPI(tx *kv.Tx, at service.Home, a *apiRecord, modelIDs [2]string) error {
	id := *a.API.Id
	if err := checkAPI(at, &a.API); err != nil {
		return err
	}
	n, err := apis().Count(tx, at)
	if err != nil {
		return err
	}
	if n >= maxAPIs {
		return limitExceeded("Maximum number of APIs for this account in this region has been reached")
	}
	if err := index().Add(tx, at, id); err != nil {
		return err
	}
	if err := apis().Put(tx, *a, at, id); err != nil {
		return err
	}
	for i, m := range firstModels() {
		m.Id = &modelIDs[i]
		if err := models().Put(tx, m, at, id, *m.Name); err != nil {
			return err
		}
	}
	root := api.Resource{Id: a.API.RootResourceId, Path: new("/")}
	return resources().Put(tx, root, at, id, *root.Id)
}

// firstModels are the models that every API begins with.
func firstModels() [2]api.ModelShape {
	const draft = `{
  "$schema" : "http://json-schema.org/draft-04/schema#",
  "title" : "%s Schema",
  "type" : "object"%s
}`
	model := func(name, description, rest string) api.ModelShape {
		return api.ModelShape{Name: &name, Description: &description, ContentType: new("application/json"), Schema: new(fmt.Sprintf(draft, name, rest))}
	}
	return [2]api.ModelShape{
		model("Empty", "This is a default empty schema model", ""),
		model("Error", "This is a default error schema model", ",\n  \"properties\" : { \"message\" : { \"type\" : \"string\" } }"),
	}
}

// checkAPI completes the settings of an API, and holds them against the rules.
func checkAPI(at service.Home, a *api.RestApi) error {
	size := a.MinimumCompressionSize
	switch {
	case wire.Value(a.Name) == "":
		return badRequest("Name cannot be empty")
	case len(*a.Name) > 1024:
		return badRequest("Name must be at most 1024 characters in length")
	case a.Description != nil && *a.Description == "":
		return badRequest("Description cannot be an empty string")
	case len(wire.Value(a.Description)) > 1024:
		return badRequest("Description must be at most 1024 characters in length")
	case size != nil && (*size < 0 || *size > maxCompression):
		return errCompression()
	case !slices.Contains([]string{api.ApiKeySourceTypeHeader, api.ApiKeySourceTypeAuthorizer}, wire.Value(a.ApiKeySource)):
		return badRequest("Invalid API key source specified. Valid options are HEADER,AUTHORIZER")
	}
	if err := checkEndpoint(a); err != nil {
		return err
	}
	if err := checkPolicy(at, a); err != nil {
		return err
	}
	return record.CheckTags(a.Tags)
}

// errCompression is the answer to a size that compression cannot begin at.
func errCompression() error {
	return badRequest("Invalid minimum compression size, must be between 0 and 10485760")
}

// checkEndpoint completes by what way an API can be reached, and holds it against
// the rules.
func checkEndpoint(a *api.RestApi) error {
	if a.EndpointConfiguration == nil {
		a.EndpointConfiguration = &api.EndpointConfiguration{Types: []string{api.EndpointTypeEdge}}
	}
	e := a.EndpointConfiguration
	switch {
	case len(e.Types) == 0:
		return badRequest("REGIONAL Configuration and EDGE Configuration cannot be both DISABLED.")
	case len(e.Types) > 1:
		return badRequest("Cannot create an api with multiple Endpoint Types.")
	}
	private := e.Types[0] == api.EndpointTypePrivate
	if e.IpAddressType == nil {
		e.IpAddressType = new(api.IpAddressTypeIpv4)
		if private {
			*e.IpAddressType = api.IpAddressTypeDualstack
		}
	}
	switch {
	case private && *e.IpAddressType != api.IpAddressTypeDualstack:
		return badRequest("Only dualstack ipAddressType is supported for Private APIs.")
	case !private && len(e.VpcEndpointIds) > 0:
		return badRequest("VPCEndpoints can only be specified with PRIVATE apis.")
	}
	return nil
}

// checkPolicy holds a resource policy against the rules, and writes its short
// resources out.
func checkPolicy(at service.Home, a *api.RestApi) error {
	if wire.Value(a.Policy) == "" {
		a.Policy = nil
		return nil
	}
	if _, err := policy.Parse(*a.Policy); err != nil || len(*a.Policy) > maxPolicy {
		return badRequest("Invalid policy document. Please check the policy syntax and ensure that Principals are valid.")
	}
	own := `"arn:aws:execute-api:` + at.Region + ":" + at.Account + ":" + *a.Id + "/"
	a.Policy = new(strings.ReplaceAll(*a.Policy, `"execute-api:/`, own))
	return nil
}

// shown is an API as callers see it: its policy stands in a JSON text, without
// the quotes around that.
func shown(a *api.RestApi) *api.RestApi {
	out := *a
	if a.Policy != nil {
		quoted := wire.AppendJSONString(nil, *a.Policy)
		out.Policy = new(string(quoted[1 : len(quoted)-1]))
	}
	return &out
}
