// Package plan says what an HTTP API does, in the terms in which both its
// control plane (service/apigatewayv2) and its data plane (gateway) speak: plain
// structs, and the small languages in them: route keys and parameter mappings.
// The control plane refuses what cannot be parsed here; the data plane runs the
// same parse.
package plan

import (
	"context"

	api "maru.dev/maru/api/apigatewayv2"
)

// Source gives the data plane its plans.
type Source interface {
	// Version tells whether an API is there, and changes with all that matters
	// of it. It is asked for each request, and is cheap.
	Version(ctx context.Context, apiID string) (version uint64, ok bool, err error)
	// API returns the whole plan.
	API(ctx context.Context, apiID string) (*API, bool, error)
	// Domain finds what a custom domain name maps to.
	Domain(ctx context.Context, name string) (mappings []Mapping, ok bool, err error)
}

// API is one HTTP API with all its stages.
type API struct {
	ID, Name        string
	Account, Region string
	Version         uint64
	NoEndpoint      bool // DisableExecuteApiEndpoint: by custom domains only
	Stages          []Stage
}

// Stage is what a stage serves: its own settings over a deployment's routes.
type Stage struct {
	api.Stage

	Cors         *api.Cors
	Routes       []api.Route
	Integrations map[string]api.Integration // by id
	Authorizers  map[string]api.Authorizer  // by id
	CacheEpoch   uint64                     // authorizers' results of other epochs do not count
}

// Mapping is a path of a custom domain name and what it leads to.
type Mapping struct {
	Key   string // path prefix without slashes at its ends; empty for all
	API   string
	Stage string
}

// DefaultStage is the stage that has no prefix in paths.
const DefaultStage = "$default"
