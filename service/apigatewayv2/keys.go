package apigatewayv2

import (
	api "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/rows"
)

// homeOf returns where a call's resources live.
func homeOf(info call.Info) service.Home {
	return service.Home{Account: info.Account, Region: info.Region}
}

// index finds APIs by their ids alone.
func index() rows.Index { return rows.Index{Service: "apigatewayv2", Name: "api"} }

// domainIndexKey is where a domain name is found, whose it may be.
func domainIndexKey(name string) kv.Key { return kv.NewKey("", "", "apigatewayv2", "domain", name) }

// table is a kind of record of this service. missing is what AWS says of one
// that is not there.
func table[T any](name, missing string) rows.Table[T] {
	return rows.Table[T]{Service: "apigatewayv2", Name: name, Missing: func(service.Home, string) error { return notFound(missing) }}
}

// The tables. What belongs to an API has its id as the first part of its keys.
func routes() rows.Table[api.Route] {
	return table[api.Route]("route", "Invalid Route identifier specified")
}

func integrations() rows.Table[api.Integration] {
	return table[api.Integration]("integration", "Invalid Integration identifier specified")
}

func authorizers() rows.Table[api.Authorizer] {
	return table[api.Authorizer]("authorizer", "Invalid Authorizer identifier specified")
}

func stages() rows.Table[stageRecord] {
	return table[stageRecord]("stage", "Invalid stage identifier specified")
}

func deployments() rows.Table[deploymentRecord] {
	return table[deploymentRecord]("deployment", "Invalid deployment identifier specified")
}

func domains() rows.Table[domainRecord] {
	return table[domainRecord]("domain", "The domain name resource specified in the request was not found.")
}

func mappings() rows.Table[api.ApiMapping] {
	return table[api.ApiMapping]("mapping", "The API mapping resource specified in the request was not found.")
}

// apis are the APIs of a home.
func apis() rows.Table[apiRecord] {
	t := table[apiRecord]("api", "")
	t.Missing = func(at service.Home, id string) error {
		return notFound("Invalid API identifier specified " + at.Account + ":" + id)
	}
	return t
}

// links are the VPC links of a home.
func links() rows.Table[api.VpcLink] {
	t := table[api.VpcLink]("link", "")
	t.Missing = func(_ service.Home, id string) error { return notFound("VpcLink with ID " + id + " not found") }
	return t
}

// routeIDs are the ids of routes, by the shapes of their keys.
func routeIDs() rows.Table[string] { return table[string]("routekey", "") }

// snapshot is where a deployment keeps its copy of a table's records: below the
// ids of the API and of the deployment.
func snapshot[T any](of rows.Table[T]) rows.Table[T] {
	of.Name = "snapshot-" + of.Name
	return of
}

// part is a table, whatever its records are.
type part interface {
	Drop(tx *kv.Tx, at service.Home, ids ...string) error
}

// defined are the tables of what an API's document says.
func defined() []part { return []part{routes(), routeIDs(), integrations(), authorizers()} }

// ofAPI are the tables of what goes with an API.
func ofAPI() []part {
	return append(defined(), stages(), deployments(), snapshot(routes()), snapshot(integrations()), snapshot(authorizers()))
}
