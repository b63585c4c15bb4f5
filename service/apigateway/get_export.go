package apigateway

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/gateway/rest/plan"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway/openapi"
	"maru.dev/maru/service/apigateway/record"
	"maru.dev/maru/wire"
)

// GetExport writes what a stage serves as a Swagger or OpenAPI document.
//
// Spec: API Gateway API Reference, GetExport; Developer Guide, "Export a REST API
// from API Gateway".
func (s *Service) GetExport(ctx context.Context, in *api.GetExportInput) (*api.GetExportOutput, error) {
	form, kind, err := exportForm(in)
	if err != nil {
		return nil, err
	}
	var d *openapi.Definition
	err = s.view(ctx, in.RestApiId, func(tx *kv.Tx, at service.Home, a *apiRecord) error {
		st, err := stages().Need(tx, at, in.RestApiId, in.StageName)
		if err != nil {
			return err
		}
		from, err := deployed(tx, at, in.RestApiId, wire.Value(st.Stage.DeploymentId))
		if err != nil {
			return err
		}
		if from == nil {
			return badRequest("Stage %s has no deployment", in.StageName)
		}
		d = definitionOf(&a.API, from)
		d.Parts, err = documentationParts().All(tx, at, in.RestApiId)
		return err
	})
	if err != nil {
		return nil, err
	}
	form.Host = in.RestApiId + ".execute-api." + record.Home(ctx).Region + ".amazonaws.com"
	body, err := openapi.Write(d, form)
	if err != nil {
		return nil, err
	}
	return &api.GetExportOutput{
		Body: body, ContentType: &kind,
		ContentDisposition: new(`attachment; filename="` + in.ExportType + "_" + s.now().UTC().Format(time.RFC3339) + "." + strings.TrimPrefix(kind, "application/") + `"`),
	}, nil
}

// exportForm reads how a stage is to be written, and the content type of that.
func exportForm(in *api.GetExportInput) (form openapi.Form, kind string, err error) {
	form.Stage, form.Swagger = in.StageName, in.ExportType == "swagger"
	if !form.Swagger && in.ExportType != "oas30" {
		return form, "", badRequest("Unsupported export type: %s. Valid values are 'oas30' and 'swagger'", in.ExportType)
	}
	switch kind = wire.Value(in.Accepts); kind {
	case "application/yaml":
		form.YAML = true
	case "application/json", "", "*/*":
		kind = "application/json"
	default:
		return form, "", badRequest("Unsupported content type: %s. Valid values are 'application/json' and 'application/yaml'", kind)
	}
	for name := range strings.SplitSeq(in.Parameters["extensions"], ",") {
		switch strings.TrimSpace(name) {
		case "", "documentation":
		case "integrations":
			form.Integrations = true
		case "authorizers":
			form.Authorizers = true
		case "apigateway":
			form.Gateway = true
		default:
			return form, "", badRequest("Unsupported export extension: %s", name)
		}
	}
	return form, kind, nil
}

// definitionOf is a deployment of an API with names in place of ids.
func definitionOf(a *api.RestApi, from *plan.Deployment) *openapi.Definition {
	d := &openapi.Definition{API: *a}
	if d.API.Version == nil {
		d.API.Version = new(a.CreatedDate.UTC().Format(time.RFC3339))
	}
	d.API.BinaryMediaTypes, d.API.MinimumCompressionSize = from.Settings.BinaryMediaTypes, from.Settings.MinimumCompressionSize
	d.API.ApiKeySource, d.API.Policy = &from.Settings.APIKeySource, nil
	if from.Settings.Policy != "" {
		d.API.Policy = &from.Settings.Policy
	}
	for _, r := range from.Resources {
		for _, verb := range slices.Sorted(maps.Keys(r.ResourceMethods)) {
			m := openapi.Method{Path: *r.Path, Method: r.ResourceMethods[verb]}
			if id := m.AuthorizerId; id != nil {
				m.AuthorizerId = from.Authorizers[*id].Name
			}
			if id := m.RequestValidatorId; id != nil {
				m.RequestValidatorId = from.Validators[*id].Name
			}
			d.Methods = append(d.Methods, m)
		}
	}
	d.Authorizers = sortedValues(from.Authorizers)
	d.Models = sortedValues(from.Models)
	d.Validators = sortedValues(from.Validators)
	d.Responses = sortedValues(from.Responses)
	return d
}

// sortedValues are a map's values in the order of its keys.
func sortedValues[T any](m map[string]T) []T {
	list := make([]T, 0, len(m))
	for _, k := range slices.Sorted(maps.Keys(m)) {
		list = append(list, m[k])
	}
	return list
}
