// Package plan says what a REST API does, in the terms in which both its control
// plane (service/apigateway) and its data plane (gateway/rest) speak.
package plan

import (
	"context"
	"time"

	api "maru.dev/maru/api/apigateway"
)

// Source gives the data plane its plans.
type Source interface {
	// Version tells whether a REST API is there, and changes with all that matters
	// of it. It is asked for each request, and is cheap.
	Version(ctx context.Context, apiID string) (version uint64, ok bool, err error)
	// API returns the whole plan.
	API(ctx context.Context, apiID string) (*API, bool, error)
	// Key finds an API key by its value, as one of a usage plan with the stage.
	// It is cheap, too: it is asked for each request to a method that wants a key.
	Key(ctx context.Context, a *API, stage, value string) (Key, bool, error)
	// Spend counts requests with keys of plans with a quota: how often each came.
	// It is told in batches, a moment after the requests.
	Spend(ctx context.Context, a *API, spent map[Spent]int64) error
	// Spent tells how many requests of a plan's period a key has made, as counted.
	Spent(ctx context.Context, a *API, k Key) (int64, error)
}

// Tester calls parts of an API as they are now, on TestStage, the only stage of a.
type Tester interface {
	TestMethod(ctx context.Context, a *API, in *api.TestInvokeMethodInput) (*api.TestInvokeMethodOutput, error)
	TestAuthorizer(ctx context.Context, a *API, in *api.TestInvokeAuthorizerInput) (*api.TestInvokeAuthorizerOutput, error)
}

// TestStage is the stage on which methods and authorizers are tested.
const TestStage = "test-invoke-stage"

// API is one REST API with all its stages.
type API struct {
	ID, Name        string
	Account, Region string
	Version         uint64
	NoEndpoint      bool // DisableExecuteApiEndpoint: by custom domains only
	Stages          []Stage
}

// Stage is a stage with what it serves.
type Stage struct {
	api.Stage

	Deployment *Deployment
	Canary     *Deployment // nil without one
	// Answers kept under other epochs do not count: of authorizers, and of the
	// stage's cache.
	AuthorizerEpoch, CacheEpoch uint64
	// Certificate is what the servers of HTTP integrations are shown; nil for none.
	Certificate *Certificate
}

// Certificate is a client certificate with its key, both in PEM.
type Certificate struct{ PEM, Key []byte }

// Deployment is an API as it was when it was deployed.
type Deployment struct {
	ID       string
	Settings Settings
	// Resources have their methods, which have their integrations and responses.
	Resources   []api.Resource
	Authorizers map[string]api.Authorizer       // by id
	Models      map[string]api.ModelShape       // by name
	Validators  map[string]api.RequestValidator // by id
	Responses   map[string]api.GatewayResponse  // by type; those that were set
}

// Settings are what a deployment keeps of the API itself.
type Settings struct {
	BinaryMediaTypes       []string
	MinimumCompressionSize *int32 // bytes; nil: answers are not compressed
	APIKeySource           string // HEADER or AUTHORIZER
	Policy                 string // resource policy in JSON; "" for none
}

// Key is an API key with the usage plan by which it may call a stage.
type Key struct {
	ID, Name string
	Enabled  bool
	Plan     api.UsagePlan
}

// Spent names a count of requests: those of a key in a plan on a day.
type Spent struct {
	Plan, Key string    // ids
	Day       time.Time // midnight, UTC
}
