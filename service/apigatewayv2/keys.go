package apigatewayv2

import (
	"fmt"

	api "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
)

// home is the account and region that resources live in.
type home struct{ Account, Region string }

// homeOf returns where a call's resources live.
func homeOf(info call.Info) home { return home{info.Account, info.Region} }

// key returns a key of the service.
func (h home) key(parts ...any) kv.Key {
	return kv.NewKey(h.Account, h.Region, "apigatewayv2").With(parts...)
}

// indexKey is where an API is found by its id alone.
func indexKey(apiID string) kv.Key { return kv.NewKey("", "", "apigatewayv2", "api", apiID) }

// domainIndexKey is where a domain name is found, whose it may be.
func domainIndexKey(name string) kv.Key { return kv.NewKey("", "", "apigatewayv2", "domain", name) }

// table is a kind of row: where its records live, and what a missing one is
// called. The value is the folder's name.
type table[T any] string

// The tables. What belongs to an API has its id as the first part of its keys.
const (
	apis                 table[apiRecord]        = "api"
	routes               table[api.Route]        = "route"
	integrations         table[api.Integration]  = "integration"
	authorizers          table[api.Authorizer]   = "authorizer"
	stages               table[stageRecord]      = "stage"
	deployments          table[deploymentRecord] = "deployment"
	domains              table[domainRecord]     = "domain"
	mappings             table[api.ApiMapping]   = "mapping"
	links                table[api.VpcLink]      = "link"
	snapshotRoutes       table[api.Route]        = "snapshot-route"
	snapshotIntegrations table[api.Integration]  = "snapshot-integration"
	snapshotAuthorizers  table[api.Authorizer]   = "snapshot-authorizer"
)

// ofAPI are the folders that go with an API.
func ofAPI() []string {
	return []string{
		string(routes), string(integrations), string(authorizers), string(stages), string(deployments),
		string(snapshotRoutes), string(snapshotIntegrations), string(snapshotAuthorizers), routeKeyFolder,
	}
}

// routeKeyFolder holds the id of the route of each key: (api, key) → id.
const routeKeyFolder = "routekey"

// key is where the record with these ids lives.
func (t table[T]) key(h home, ids ...string) kv.Key {
	k := h.key(string(t))
	for _, id := range ids {
		k = k.With(id)
	}
	return k
}

// get reads a record.
func (t table[T]) get(tx *kv.Tx, h home, ids ...string) (T, bool, error) {
	v, ok, err := kv.Get[T](tx, t.key(h, ids...))
	if err != nil {
		return v, false, fmt.Errorf("load %s: %w", string(t), err)
	}
	return v, ok, nil
}

// need reads a record that a request names; a missing one is the caller's
// error.
func (t table[T]) need(tx *kv.Tx, h home, ids ...string) (T, error) {
	v, ok, err := t.get(tx, h, ids...)
	if err == nil && !ok {
		err = notFound(string(t), h, ids[len(ids)-1])
	}
	return v, err
}

// put writes a record.
func (t table[T]) put(tx *kv.Tx, v T, h home, ids ...string) error {
	return kv.Put(tx, t.key(h, ids...), v)
}

// all reads the records below ids, in the order of their keys.
func (t table[T]) all(tx *kv.Tx, h home, ids ...string) ([]T, error) {
	var list []T
	for row, err := range kv.Scan[T](tx, kv.Prefix(t.key(h, ids...))) {
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", string(t), err)
		}
		list = append(list, row.Value)
	}
	return list, nil
}

// drop removes the records below ids.
func (t table[T]) drop(tx *kv.Tx, h home, ids ...string) error {
	return tx.DeleteRange(kv.Prefix(t.key(h, ids...)))
}

// count counts the records below ids.
func (t table[T]) count(tx *kv.Tx, h home, ids ...string) (n int, err error) {
	for _, err := range tx.Scan(kv.Prefix(t.key(h, ids...))) {
		if err != nil {
			return 0, fmt.Errorf("count %s: %w", string(t), err)
		}
		n++
	}
	return n, nil
}
