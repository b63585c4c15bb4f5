package apigateway

import (
	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/gateway/rest/plan"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/rows"
)

// freeze writes a deployment: what the API is now, to be served as it is.
func freeze(tx *kv.Tx, at service.Home, a *api.RestApi, d api.Deployment) error {
	apiID, id := *a.Id, *d.Id
	if err := checkDeployable(tx, at, apiID); err != nil {
		return err
	}
	record := deploymentRecord{Deployment: d, Settings: plan.Settings{
		BinaryMediaTypes: a.BinaryMediaTypes, MinimumCompressionSize: a.MinimumCompressionSize,
		APIKeySource: *a.ApiKeySource, Policy: value(a.Policy),
	}}
	if err := deployments().Put(tx, record, at, apiID, id); err != nil {
		return err
	}
	for _, copyRows := range []func(tx *kv.Tx, at service.Home, apiID, id string) error{
		copier(resources()), copier(methods()), copier(authorizers()), copier(models()), copier(validators()), copier(responses()),
	} {
		if err := copyRows(tx, at, apiID, id); err != nil {
			return err
		}
	}
	return nil
}

// copier returns what copies an API's records of a table into a deployment.
func copier[T any](t rows.Table[T]) func(tx *kv.Tx, at service.Home, apiID, id string) error {
	return func(tx *kv.Tx, at service.Home, apiID, id string) error {
		from, to := t.Key(at, apiID), snapshot(t).Key(at, apiID, id)
		for row, err := range tx.Scan(kv.Prefix(from)) {
			if err != nil {
				return err
			}
			key := append(to[:len(to):len(to)], row.Key[len(from):]...)
			if err := tx.Put(key, row.Value); err != nil {
				return err
			}
		}
		return nil
	}
}

// checkDeployable refuses to deploy what nobody could call.
func checkDeployable(tx *kv.Tx, at service.Home, apiID string) error {
	list, err := methods().All(tx, at, apiID)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return badRequest("The REST API doesn't contain any methods")
	}
	for i := range list {
		if list[i].MethodIntegration == nil {
			return badRequest("No integration defined for method")
		}
	}
	return nil
}
