package console

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"maru.dev/maru/api/sqs"
	"maru.dev/maru/auth"
	"maru.dev/maru/call"
	"maru.dev/maru/clock"
	"maru.dev/maru/ids"
	"maru.dev/maru/kv"
)

// Path is where the console begins.
const Path = "/_maru"

// Where the page and its API are below the console's addresses.
const (
	apiPath    = "/_maru/api/"
	assetsPath = "/_maru/console/"
)

// Options are what a Console needs.
type Options struct {
	Caller    call.Caller
	Store     *kv.Store
	Clock     clock.Clock
	IDs       ids.Source
	Log       *slog.Logger
	Enforcing bool   // callers must sign in
	Queues    Peeker // nil: queues cannot be looked into
}

// Peeker shows what waits in a queue without receiving it, and tells who may. The
// service sqs is one.
type Peeker interface {
	call.Guarded
	Peek(ctx context.Context, queueURL string, limit int, each func(m sqs.Message, visible time.Time)) error
}

// Console serves the page and its API.
type Console struct {
	options Options
	rules   auth.Enforcing
	models  map[string]model
	assets  map[string]asset
}

// New returns a Console.
func New(o Options) *Console {
	rules := auth.Enforcing{Clock: o.Clock, Service: func(string) any { return o.Queues }} // of others it judges nothing
	c := &Console{options: o, rules: rules, assets: loadAssets()}
	c.models = c.readModels()
	return c
}

// ServeHTTP answers everything below Path that is nobody else's.
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch path := r.URL.Path; {
	case path == Path:
		http.Redirect(w, r, Path+"/", http.StatusPermanentRedirect)
	case strings.HasPrefix(path, apiPath):
		c.serveAPI(w, r)
	case path == Path+"/":
		c.serveAsset(w, r, "index.html")
	case strings.HasPrefix(path, assetsPath):
		c.serveAsset(w, r, strings.TrimPrefix(path, assetsPath))
	default:
		http.Error(w, "There is nothing at this address. The console is at "+Path+"/.", http.StatusNotFound)
	}
}
