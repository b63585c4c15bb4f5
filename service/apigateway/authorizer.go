package apigateway

import (
	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway/authorizer"
)

// maxAuthorizers is how many authorizers an API has.
const maxAuthorizers = 10

// putAuthorizer checks and writes an authorizer, whose name must be its own.
func putAuthorizer(tx *kv.Tx, at service.Home, apiID string, a *api.Authorizer) error {
	authorizer.Complete(a)
	if err := authorizer.Check(a); err != nil {
		return err
	}
	list, err := authorizers().All(tx, at, apiID)
	if err != nil {
		return err
	}
	others := 0
	for _, other := range list {
		if *other.Id == *a.Id {
			continue
		}
		if others++; *other.Name == *a.Name {
			return badRequest("Authorizer name must be unique. Authorizer %s already exists in this RestApi.", *a.Name)
		}
	}
	if others >= maxAuthorizers {
		return limitExceeded("Maximum number of Authorizers for this API has been reached. Please contact AWS if you need additional Authorizers.")
	}
	return authorizers().Put(tx, *a, at, apiID, *a.Id)
}
