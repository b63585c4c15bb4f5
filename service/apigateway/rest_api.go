package apigateway

import (
	"fmt"
	"slices"
	"time"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// The limits of APIs.
const (
	maxAPIs        = 600 // of an account in a region
	maxCompression = 10 << 20
)

// newAPI returns an API with what every new one has.
func (s *Service) newAPI(name string) *apiRecord {
	return &apiRecord{API: api.RestApi{
		Id: new(s.newID(10)), RootResourceId: new(s.newID(10)), Name: &name, CreatedDate: s.now(), ApiStatus: new(api.ApiStatusAvailable),
		ApiKeySource: new(api.ApiKeySourceTypeHeader), DisableExecuteApiEndpoint: new(false),
		EndpointConfiguration: &api.EndpointConfiguration{Types: []string{api.EndpointTypeEdge}, IpAddressType: new(api.IpAddressTypeIpv4)},
	}}
}

// now is the time as it is shown, which has no parts of a second.
func (s *Service) now() *time.Time { return new(s.Clock.Now().Truncate(time.Second)) }

// insertAPI writes a new API with its index and its root resource.
func insertAPI(tx *kv.Tx, at service.Home, a *apiRecord) error {
	n, err := apis().Count(tx, at)
	if err != nil {
		return err
	}
	if n >= maxAPIs {
		return limitExceeded("Maximum number of APIs for this account in this region has been reached")
	}
	id := *a.API.Id
	if _, taken, err := kv.Get[index](tx, indexKey(id)); err != nil || taken {
		return fmt.Errorf("new API id %s (taken: %t): %w", id, taken, err)
	}
	if err := kv.Put(tx, indexKey(id), index{Account: at.Account, Region: at.Region, Version: 1}); err != nil {
		return err
	}
	if err := apis().Put(tx, *a, at, id); err != nil {
		return err
	}
	root := api.Resource{Id: a.API.RootResourceId, Path: new("/")}
	return resources().Put(tx, root, at, id, *root.Id)
}

// checkAPI holds the settings of an API against the rules.
func checkAPI(a *api.RestApi) error {
	size := a.MinimumCompressionSize
	switch {
	case value(a.Name) == "":
		return badRequest("Name must not be empty")
	case len(*a.Name) > 1024:
		return badRequest("Name must be at most 1024 characters in length")
	case size != nil && (*size < 0 || *size > maxCompression):
		return badRequest("Invalid minimum compression size, must be between 0 and 10485760")
	case !slices.Contains([]string{api.ApiKeySourceTypeHeader, api.ApiKeySourceTypeAuthorizer}, value(a.ApiKeySource)):
		return badRequest("Invalid API Key source type: %s", value(a.ApiKeySource))
	}
	return checkTags(a.Tags)
}

// checkTags holds a resource's tags against the rules of tags.
func checkTags(tags map[string]string) error {
	if len(tags) > 50 {
		return badRequest("The number of tags exceeds the limit of 50")
	}
	for k, v := range tags {
		switch {
		case k == "" || len(k) > 128:
			return badRequest("Tag keys must be between 1 and 128 characters in length")
		case len(k) >= 4 && k[:4] == "aws:":
			return badRequest("Invalid tag key: aws: prefixed tag key names are not allowed for external use.")
		case len(v) > 256:
			return badRequest("Tag values must be at most 256 characters in length")
		}
	}
	return nil
}
