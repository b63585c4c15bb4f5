package apigateway

import (
	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/gateway/rest/plan"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/wire"
)

// freeze writes a deployment: what the API is now, to be served as it is.
func freeze(tx *kv.Tx, at service.Home, a *api.RestApi, d api.Deployment) error {
	apiID, id := *a.Id, *d.Id
	if err := checkDeployable(tx, at, apiID); err != nil {
		return err
	}
	record := deploymentRecord{Deployment: d, Settings: settingsOf(a)}
	if err := deployments().Put(tx, record, at, apiID, id); err != nil {
		return err
	}
	now, kept := parts()
	for i, p := range now {
		if err := copyRows(tx, p.Key(at, apiID), kept[i].Key(at, apiID, id)); err != nil {
			return err
		}
	}
	return nil
}

// settingsOf is what a deployment keeps of the API itself.
func settingsOf(a *api.RestApi) plan.Settings {
	return plan.Settings{
		BinaryMediaTypes: a.BinaryMediaTypes, MinimumCompressionSize: a.MinimumCompressionSize,
		APIKeySource: *a.ApiKeySource, Policy: wire.Value(a.Policy),
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
