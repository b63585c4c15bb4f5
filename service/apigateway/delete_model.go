package apigateway

import (
	"context"
	"maps"
	"slices"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway/model"
)

// DeleteModel removes a model that neither a method nor another model refers to.
//
// Spec: API Gateway API Reference, DeleteModel.
func (s *Service) DeleteModel(ctx context.Context, in *api.DeleteModelInput) (*api.DeleteModelOutput, error) {
	err := s.change(ctx, in.RestApiId, func(tx *kv.Tx, at service.Home, _ *apiRecord) error {
		if _, err := models().Need(tx, at, in.RestApiId, in.ModelName); err != nil {
			return err
		}
		if err := checkModelUnused(tx, at, in.RestApiId, in.ModelName); err != nil {
			return err
		}
		return models().Delete(tx, at, in.RestApiId, in.ModelName)
	})
	return &api.DeleteModelOutput{}, err
}

// checkModelUnused refuses to remove a model that something refers to.
func checkModelUnused(tx *kv.Tx, at service.Home, apiID, name string) error {
	by, err := userOf(tx, at, apiID, func(m *api.Method) bool { return takes(m.RequestModels, name) })
	switch {
	case err != nil:
		return err
	case by != "":
		return conflict("Cannot delete model '%s', is referenced in method request: %s", name, by)
	}
	by, err = userOf(tx, at, apiID, func(m *api.Method) bool {
		return slices.ContainsFunc(slices.Collect(maps.Values(m.MethodResponses)), func(r api.MethodResponse) bool { return takes(r.ResponseModels, name) })
	})
	switch {
	case err != nil:
		return err
	case by != "":
		return conflict("Cannot delete model '%s', is referenced in method response: %s", name, by)
	}
	list, err := models().All(tx, at, apiID)
	if err != nil {
		return err
	}
	for _, m := range list {
		if m.Schema != nil && *m.Name != name && slices.Contains(model.Refers(*m.Schema), name) {
			return conflict("Cannot delete model '%s', is referenced in model: %s", name, *m.Name)
		}
	}
	return nil
}

// takes tells whether a model is one of those by content type.
func takes(byType map[string]string, name string) bool {
	return slices.Contains(slices.Collect(maps.Values(byType)), name)
}
