// Package front finds the API that a request is for, by its host or by its path,
// and hands it to the data plane of the API's kind.
package front

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"maru.dev/maru/gateway/plan"
	"maru.dev/maru/gateway/transfer"
)

// HostService is the service's name in hosts: <api-id>.execute-api.<region>….
const HostService = "execute-api"

// PathPrefixes are the addresses of APIs for clients whose name resolution
// knows no hosts below localhost: the API's id follows.
func PathPrefixes() []string { return []string{"/_maru/execute-api/", "/_aws/execute-api/"} }

// UserRequests is what the addresses begin with that UserRequest reads.
const UserRequests = "/restapis/"

// UserRequest reads the address that other emulators give REST APIs,
// /restapis/<api-id>/<stage>/_user_request_/…, as /<api-id>/<stage>/….
func UserRequest(path string) (rest string, ok bool) {
	path, ok = strings.CutPrefix(path, UserRequests)
	if !ok {
		return "", false
	}
	before, after, ok := strings.Cut(path, "/_user_request_")
	if !ok || strings.Count(before, "/") != 1 || after != "" && after[0] != '/' {
		return "", false
	}
	return "/" + before + after, true
}

// Address says where a request to an API was sent.
type Address struct {
	API      string
	Path     string // as it was sent, behind the API's id or a domain's base path
	Domain   string // custom domain name; "" for the API's own host
	BasePath string
	Stage    string // that the domain's mapping names
}

// DomainName is the name by which an API of a region was called: the Host, or what
// it would have been for requests by path.
func (a *Address) DomainName(r *http.Request, region string) string {
	if a.Domain != "" {
		return a.Domain
	}
	if host := transfer.Host(r); strings.HasPrefix(host, a.API+".") {
		return host
	}
	return a.API + ".execute-api." + region + ".amazonaws.com"
}

// DomainPrefix is the first label of DomainName.
func (a *Address) DomainPrefix(r *http.Request, region string) string {
	prefix, _, _ := strings.Cut(a.DomainName(r, region), ".")
	return prefix
}

// Plane is the data plane of one kind of API.
type Plane interface {
	// Serve answers a request, if there is an API of its kind at the address.
	Serve(w http.ResponseWriter, r *http.Request, at Address) bool
}

// Domains knows custom domain names.
type Domains interface {
	Domain(ctx context.Context, name string) (mappings []plan.Mapping, ok bool, err error)
}

// Handler serves /<api-id>/… as edge.Mount hands it on; in place of the id may
// stand a custom domain name.
type Handler struct {
	domains Domains
	log     *slog.Logger
	planes  []Plane

	mu     sync.RWMutex
	served map[string]Plane // by API id, who has served it: where to look first
}

// New returns a handler. A plane that comes before others is asked first.
func New(domains Domains, log *slog.Logger, planes ...Plane) *Handler {
	return &Handler{domains: domains, log: log, planes: planes, served: make(map[string]Plane)}
}

// Owns tells whether a host is a custom domain name.
func (h *Handler) Owns(ctx context.Context, host string) bool {
	_, ok, err := h.domains.Domain(ctx, host)
	if err != nil {
		h.log.ErrorContext(ctx, "gateway", "what", "domain", "host", host, "cause", err)
	}
	return ok
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	at, status := h.locate(r)
	if status == 0 && h.serve(w, r, at) {
		return
	}
	clear(w.Header()) // what the edge lets browsers do with its own answers is not meant for an API's
	w.Header().Set("Content-Type", "application/json")
	says := "Not Found"
	switch status {
	case 0:
		status = http.StatusNotFound
	case http.StatusForbidden:
		says = "Forbidden"
	case http.StatusInternalServerError:
		says = "Internal Server Error"
	}
	w.WriteHeader(status)
	_, _ = w.Write([]byte(`{"message":"` + says + `"}`)) // the client may be gone
}

// serve has a plane answer: the one that knew the API last before the others.
func (h *Handler) serve(w http.ResponseWriter, r *http.Request, at Address) bool {
	h.mu.RLock()
	first := h.served[at.API]
	h.mu.RUnlock()
	if first != nil && first.Serve(w, r, at) {
		return true
	}
	for _, p := range h.planes {
		if p == first || !p.Serve(w, r, at) {
			continue
		}
		h.mu.Lock()
		if len(h.served) >= maxServed {
			clear(h.served)
		}
		h.served[at.API] = p
		h.mu.Unlock()
		return true
	}
	return false
}

// maxServed bounds what is known of APIs.
const maxServed = 100_000

// locate reads the address of a request. A status other than 0 says why there is
// none.
func (h *Handler) locate(r *http.Request) (at Address, status int) {
	at.API, at.Path, _ = strings.Cut(strings.TrimPrefix(r.URL.EscapedPath(), "/"), "/")
	if decoded, err := url.PathUnescape(at.API); err == nil {
		at.API = decoded
	}
	at.Path = "/" + at.Path
	if strings.Contains(at.API, ".") {
		return h.locateDomain(r, at)
	}
	return at, 0
}

// locateDomain finds the API and the stage that a custom domain name's longest
// matching path leads to.
func (h *Handler) locateDomain(r *http.Request, at Address) (Address, int) {
	at.Domain, at.API = at.API, ""
	list, ok, err := h.domains.Domain(r.Context(), strings.ToLower(at.Domain))
	switch {
	case err != nil:
		h.log.ErrorContext(r.Context(), "gateway", "what", "domain", "host", at.Domain, "cause", err)
		return at, http.StatusInternalServerError
	case !ok:
		return at, http.StatusForbidden
	}
	best := -1
	for i, m := range list {
		if (best < 0 || len(m.Key) > len(list[best].Key)) && underKey(at.Path, m.Key) {
			best = i
		}
	}
	if best < 0 {
		return at, http.StatusNotFound
	}
	m := list[best]
	at.API, at.Stage, at.BasePath = m.API, m.Stage, m.Key
	if m.Key != "" {
		at.Path = at.Path[len(m.Key)+1:]
		if at.Path == "" {
			at.Path = "/"
		}
	}
	return at, 0
}

// underKey tells whether a path is at or below a mapping's key.
func underKey(path, key string) bool {
	if key == "" {
		return true
	}
	rest, ok := strings.CutPrefix(path, "/"+key)
	return ok && (rest == "" || rest[0] == '/')
}
