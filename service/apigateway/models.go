package apigateway

import (
	"regexp"
	"strings"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway/model"
	"maru.dev/maru/wire"
)

// modelName is what a model may be called.
var modelName = regexp.MustCompile(`^[A-Za-z0-9]+$`)

// modelsOf are the schemas of an API's models.
func modelsOf(tx *kv.Tx, at service.Home, apiID string) (model.Set, error) {
	set := make(model.Set)
	list, err := models().All(tx, at, apiID)
	for _, m := range list {
		set[*m.Name] = wire.Value(m.Schema)
	}
	return set, err
}

// putModel checks a model against the rules and those that it refers to, and
// writes it.
func putModel(tx *kv.Tx, at service.Home, apiID string, m *api.ModelShape) error {
	switch {
	case !modelName.MatchString(*m.Name):
		return badRequest("Model name must be alphanumeric: %s", *m.Name)
	case wire.Value(m.ContentType) == "":
		return badRequest("Content type must not be empty")
	}
	if strings.Contains(*m.ContentType, "json") && wire.Value(m.Schema) != "" {
		set, err := modelsOf(tx, at, apiID)
		if err != nil {
			return err
		}
		set[*m.Name] = *m.Schema
		if err := set.Check(*m.Name); err != nil {
			return err
		}
	}
	return models().Put(tx, *m, at, apiID, *m.Name)
}
