package apigateway

import (
	"fmt"
	"slices"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway/record"
	"maru.dev/maru/service/rows"
)

// index finds APIs by their ids alone.
func index() rows.Index { return rows.Index{Service: "apigateway", Name: "api"} }

// The tables of what belongs to an API, whose id is the first part of its keys.
func resources() rows.Table[api.Resource] {
	return record.Table[api.Resource]("resource", "Invalid Resource identifier specified")
}

func methods() rows.Table[api.Method] {
	return record.Table[api.Method]("method", "Invalid Method identifier specified")
}

func authorizers() rows.Table[api.Authorizer] {
	return record.Table[api.Authorizer]("authorizer", "Invalid Authorizer identifier specified")
}

func validators() rows.Table[api.RequestValidator] {
	return record.Table[api.RequestValidator]("validator", "Invalid Request Validator identifier specified")
}

func responses() rows.Table[api.GatewayResponse] {
	return record.Table[api.GatewayResponse]("response", "Gateway response type not defined on api")
}

func stages() rows.Table[stageRecord] {
	return record.Table[stageRecord]("stage", "Invalid stage identifier specified")
}

func deployments() rows.Table[deploymentRecord] {
	return record.Table[deploymentRecord]("deployment", "Invalid Deployment identifier specified")
}

// apis are the APIs of a home.
func apis() rows.Table[apiRecord] {
	t := record.Table[apiRecord]("api", "")
	t.Missing = func(at service.Home, id string) error {
		return notFound("Invalid API identifier specified %s:%s", at.Account, id)
	}
	return t
}

// models are the models of an API.
func models() rows.Table[api.ModelShape] {
	t := record.Table[api.ModelShape]("model", "")
	t.Missing = func(_ service.Home, name string) error { return notFound("Invalid model name specified: %s", name) }
	return t
}

// snapshot is where a deployment keeps its copy of a table's records: below the
// ids of the API and of the deployment.
func snapshot[T any](of rows.Table[T]) rows.Table[T] {
	of.Name = "snapshot-" + of.Name
	return of
}

// part is a table, whatever its records are.
type part interface {
	Key(at service.Home, ids ...string) kv.Key
	Drop(tx *kv.Tx, at service.Home, ids ...string) error
}

// parts are the tables of what an API does, and those in which deployments keep
// copies of them, in the same order.
func parts() (now, kept []part) {
	now = []part{resources(), methods(), authorizers(), models(), validators(), responses()}
	kept = []part{snapshot(resources()), snapshot(methods()), snapshot(authorizers()), snapshot(models()), snapshot(validators()), snapshot(responses())}
	return now, kept
}

// copyRows copies the rows below a key to below another.
func copyRows(tx *kv.Tx, from, to kv.Key) error {
	for row, err := range tx.Scan(kv.Prefix(from)) {
		if err != nil {
			return fmt.Errorf("copy an API's parts: %w", err)
		}
		if err := tx.Put(append(slices.Clone(to), row.Key[len(from):]...), slices.Clone(row.Value)); err != nil {
			return err
		}
	}
	return nil
}
