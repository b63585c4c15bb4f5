package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/wire"
)

// GetModel returns a model, flattened if asked for: with the models that it refers
// to in its own schema.
//
// Spec: API Gateway API Reference, GetModel.
func (s *Service) GetModel(ctx context.Context, in *api.GetModelInput) (*api.GetModelOutput, error) {
	var m api.ModelShape
	err := s.view(ctx, in.RestApiId, func(tx *kv.Tx, at service.Home, _ *apiRecord) (err error) {
		if m, err = models().Need(tx, at, in.RestApiId, in.ModelName); err != nil || !wire.Value(in.Flatten) {
			return err
		}
		set, err := modelsOf(tx, at, in.RestApiId)
		if err != nil {
			return err
		}
		flat, err := set.Flatten(in.ModelName)
		m.Schema = &flat
		return err
	})
	return &m, err
}

// GetModels lists the models of an API.
//
// Spec: API Gateway API Reference, GetModels.
func (s *Service) GetModels(ctx context.Context, in *api.GetModelsInput) (out *api.GetModelsOutput, err error) {
	out = &api.GetModelsOutput{}
	out.Items, out.Position, err = listed(ctx, s, models(), in.Limit, in.Position, in.RestApiId)
	return out, err
}

// GetModelTemplate writes a mapping template for documents of a model, with values
// that are made up.
//
// Spec: API Gateway API Reference, GetModelTemplate.
func (s *Service) GetModelTemplate(ctx context.Context, in *api.GetModelTemplateInput) (*api.GetModelTemplateOutput, error) {
	out := &api.GetModelTemplateOutput{}
	err := s.view(ctx, in.RestApiId, func(tx *kv.Tx, at service.Home, _ *apiRecord) error {
		if _, err := models().Need(tx, at, in.RestApiId, in.ModelName); err != nil {
			return err
		}
		set, err := modelsOf(tx, at, in.RestApiId)
		if err != nil {
			return err
		}
		out.Value = new(set.Template(in.ModelName))
		return nil
	})
	return out, err
}
