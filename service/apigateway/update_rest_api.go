package apigateway

import (
	"context"
	"slices"
	"strconv"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway/patch"
)

// UpdateRestApi changes the settings of an API. What is deployed stays as it is.
//
// Spec: API Gateway API Reference, UpdateRestApi.
func (s *Service) UpdateRestApi(ctx context.Context, in *api.UpdateRestApiInput) (out *api.UpdateRestApiOutput, err error) {
	err = s.change(ctx, in.RestApiId, func(_ *kv.Tx, at service.Home, a *apiRecord) error {
		if err := restAPIRules(&a.API).ApplyOr(patch.Terse, in.PatchOperations); err != nil {
			return err
		}
		if err := checkAPI(at, &a.API); err != nil {
			return err
		}
		out = shown(&a.API)
		out.Tags = service.Retag(out.Tags, nil, nil)
		return nil
	})
	return out, err
}

// restAPIRules are the places of an API that an update may change.
func restAPIRules(a *api.RestApi) patch.Rules {
	media := patch.Set("/binaryMediaTypes/{type}", &a.BinaryMediaTypes)
	media.Replace = func(at []string, v string) error {
		if err := media.Remove(at, nil); err != nil {
			return err
		}
		return media.Add([]string{v}, "")
	}
	return patch.Rules{
		patch.Text("/name", &a.Name).Fixed(), patch.Text("/description", &a.Description), patch.Text("/policy", &a.Policy),
		patch.Text("/version", &a.Version), patch.Text("/apiKeySource", &a.ApiKeySource).Fixed(), media,
		patch.Text("/securityPolicy", &a.SecurityPolicy).Fixed(), patch.Text("/endpointAccessMode", &a.EndpointAccessMode).Fixed(),
		patch.Bool("/disableExecuteApiEndpoint", func(b bool) { a.DisableExecuteApiEndpoint = &b }),
		patch.Replace("/minimumCompressionSize", func(v string) error {
			if a.MinimumCompressionSize = nil; v == "" || v == "null" {
				return nil
			}
			n, err := strconv.ParseInt(v, 10, 32)
			if err != nil {
				return errCompression()
			}
			a.MinimumCompressionSize = new(int32(n))
			return nil
		}),
		patch.Replace("/endpointConfiguration/ipAddressType", func(v string) error {
			if v != api.IpAddressTypeIpv4 && v != api.IpAddressTypeDualstack {
				return badRequest("ipAddressType must be either ipv4 or dualstack.")
			}
			a.EndpointConfiguration.IpAddressType = &v
			return nil
		}),
		endpointTypeRule(a), patch.Values("/endpointConfiguration/vpcEndpointIds", &a.EndpointConfiguration.VpcEndpointIds),
	}
}

// endpointTypeRule is the rule for the one type of an API's endpoint, which
// operations name by itself or by its place.
func endpointTypeRule(a *api.RestApi) patch.Rule {
	return patch.Rule{Path: "/endpointConfiguration/types/{type}", Replace: func(_ []string, v string) error {
		e := a.EndpointConfiguration
		if !slices.Contains([]string{api.EndpointTypeRegional, api.EndpointTypeEdge, api.EndpointTypePrivate}, v) {
			return badRequest("Invalid EndpointTypes specified. Valid options are REGIONAL,EDGE,PRIVATE")
		}
		if e.Types = []string{v}; v == api.EndpointTypePrivate {
			e.IpAddressType = nil
		}
		return nil
	}}
}
