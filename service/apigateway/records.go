package apigateway

import (
	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/gateway/rest/plan"
)

// Records are the API's own structs, with what AWS does not show.

// apiRecord is a stored API.
type apiRecord struct {
	API api.RestApi
}

// index is what is known of an API by its id alone. Version grows with each
// change of the API or anything below it, so that two changes of one API
// conflict and are done one after the other, and a gateway sees that it has to
// read again.
type index struct {
	Account, Region string
	Version         uint64
}

// stageRecord is a stored stage.
type stageRecord struct {
	Stage           api.Stage
	AuthorizerEpoch uint64 // grows at FlushStageAuthorizersCache
	CacheEpoch      uint64 // grows at FlushStageCache
}

// deploymentRecord is a stored deployment, without the copies of the API's parts,
// which are in the snapshot tables.
type deploymentRecord struct {
	Deployment api.Deployment // without its summary
	Settings   plan.Settings
}
