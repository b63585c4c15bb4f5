package apigatewayv2

import (
	"context"
	"strings"
	"time"

	api "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/gateway/plan"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigatewayv2/openapi"
	"maru.dev/maru/wire"
)

// ExportApi writes an API, or what a stage of it serves, as an OpenAPI 3
// document.
//
// Spec: API Gateway V2 API Reference, ExportApi.
func (s *Service) ExportApi(ctx context.Context, in *api.ExportApiInput) (*api.ExportApiOutput, error) {
	switch {
	case in.Specification != "OAS30":
		return nil, badRequest("Invalid specification. Must be OAS30")
	case in.OutputType != "JSON" && in.OutputType != "YAML":
		return nil, badRequest("Invalid output type. Must be one of [JSON, YAML]")
	case in.ExportVersion != nil && *in.ExportVersion != "1.0":
		return nil, badRequest("Invalid export version. Must be 1.0")
	}
	var d *openapi.Definition
	address := ""
	err := s.view(ctx, in.ApiId, func(tx *kv.Tx, h service.Home, a *apiRecord) (err error) {
		address = s.endpoint(ctx, h, in.ApiId)
		d, err = exported(tx, h, a, in.StageName)
		return err
	})
	if err != nil {
		return nil, err
	}
	if stage := wire.Value(in.StageName); stage != "" && stage != plan.DefaultStage {
		address += "/" + stage
	}
	body, err := openapi.Write(d, address, in.OutputType, in.IncludeExtensions == nil || *in.IncludeExtensions)
	if err != nil {
		return nil, err
	}
	return &api.ExportApiOutput{Body: body}, nil
}

// exported is an API, or what a stage of it serves, as a definition.
func exported(tx *kv.Tx, h service.Home, a *apiRecord, stage *string) (*openapi.Definition, error) {
	apiID := *a.API.ApiId
	from := plan.Stage{}
	if stage != nil {
		st, err := stages().Need(tx, h, apiID, *stage)
		if err != nil {
			return nil, err
		}
		if st.Stage.DeploymentId == nil {
			return nil, badRequest("Stage %s has no deployment", *stage)
		}
		if err := deployed(tx, h, a, *st.Stage.DeploymentId, &from); err != nil {
			return nil, err
		}
	} else if err := current(tx, h, a, &from); err != nil {
		return nil, err
	}
	d := &openapi.Definition{Name: a.API.Name, Description: wire.Value(a.API.Description), Version: wire.Value(a.API.Version), Cors: from.Cors}
	if d.Version == "" {
		d.Version = a.API.CreatedDate.Format(time.RFC3339)
	}
	for _, z := range from.Authorizers {
		d.Authorizers = append(d.Authorizers, z)
	}
	for _, r := range from.Routes {
		out := openapi.Route{
			Key: r.RouteKey, OperationName: r.OperationName, Authorization: wire.Value(r.AuthorizationType), Scopes: r.AuthorizationScopes,
			Authorizer: from.Authorizers[wire.Value(r.AuthorizerId)].Name,
		}
		if i, ok := from.Integrations[strings.TrimPrefix(wire.Value(r.Target), targetPrefix)]; ok {
			out.Integration = &i
		}
		d.Routes = append(d.Routes, out)
	}
	return d, nil
}
