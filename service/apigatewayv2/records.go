package apigatewayv2

import (
	api "maru.dev/maru/api/apigatewayv2"
)

// Records are the API's own structs, without what is worked out at each
// reading (the endpoint's address), and with what AWS does not show.

// apiRecord is a stored API.
type apiRecord struct {
	API     api.Api
	Managed managed // what quick create made
}

// managed names the resources that quick create made and UpdateApi changes.
type managed struct {
	Route       string // id
	Integration string // id
}

// stageRecord is a stored stage.
type stageRecord struct {
	Stage      api.Stage
	CacheEpoch uint64 // grows at ResetAuthorizersCache
}

// deploymentRecord is a stored deployment. The routes it froze are in the
// snapshot tables, unless Live: an automatic deployment is what the API is now.
type deploymentRecord struct {
	Deployment api.Deployment
	Cors       *api.Cors
	Live       bool
}

// domainRecord is a stored domain name.
type domainRecord struct {
	Domain  api.DomainName
	Account string
	Region  string
}
