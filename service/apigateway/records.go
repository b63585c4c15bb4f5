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
